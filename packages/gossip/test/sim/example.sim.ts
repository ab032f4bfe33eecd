/**
 * The example of docs/guides/simulator.md, to be copied: it needs vitest and @hobnob/gossip, nothing else.
 */
import {
  checkConverged,
  findGhosts,
  latency,
  logNormalMs,
  loss,
  simulate,
  slowMember,
  udpOnly,
  watchFailures,
} from '@hobnob/gossip/testing';
import { expect, test } from 'vitest';

const file = 'packages/gossip/test/sim/example.sim.ts';

test('the pool is whole again after a partition', async ({ task }) => {
  const replay = { file, test: task.name };
  await simulate({ nodes: 20, seeds: [1, 2, 3], replay }, async (pool) => {
    pool.addRule(latency(logNormalMs({ medianMs: 2, p99Ms: 80 })));
    const heal = pool.partition(pool.names.slice(0, 8), pool.names.slice(8));
    await pool.advance(60_000);
    expect(pool.statusSeenBy('m1', 'm20')).toBe('failed');

    heal();
    await pool.advanceUntil(() => pool.isConverged(), 10 * 60_000);
    checkConverged(pool);
  });
});

test('only the dead are called dead, whatever else goes wrong', async ({ task }) => {
  const replay = { file, test: task.name };
  await simulate({ nodes: 12, seeds: [1, 2, 3], replay }, async (pool) => {
    const failures = watchFailures(pool);
    pool.addRule(udpOnly(loss(0.1)));
    pool.addRule(
      slowMember({ clock: pool.clock, host: pool.addressOf('m3').host, slowMs: 400, wellMs: 600 }),
    );
    const resume = pool.pause('m5');
    await pool.advance(3_000);
    resume();
    await pool.advance(60_000);
    pool.crash('m7');
    await pool.advance(60_000);

    expect(failures.falsePositives(({ subject }) => subject === 'm7')).toEqual([]);
    expect(findGhosts(pool)).toEqual([]);

    const again = await pool.restart('m7');
    await pool.settle(again.join([pool.addressOf('m1').host]));
    await pool.advanceUntil(() => pool.isConverged(), 60_000);
  });
});
