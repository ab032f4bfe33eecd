/**
 * The examples of packages/gossip/docs/simulator.md, to be copied: they need vitest and @hobnob/gossip, nothing else.
 */
import {
  checkConverged,
  findGhosts,
  findStale,
  latency,
  logNormalMs,
  loss,
  simulate,
  udpOnly,
  watchFailures,
  watchRegressions,
} from '@hobnob/gossip/testing';
import { expect, test } from 'vitest';

test('the pool is whole again after a partition', { timeout: 60_000 }, async ({ task }) => {
  const replay = { file: import.meta.url, test: task.name };
  await simulate({ nodes: 20, seeds: [1, 2, 3], replay }, async (pool) => {
    pool.addRule(latency(logNormalMs({ medianMs: 2, p99Ms: 80 })));
    const heal = pool.partition(pool.names.slice(0, 8), pool.names.slice(8));
    await pool.advance(60_000);
    expect(pool.statusSeenBy('m1', 'm20')).toBe('failed');

    heal();
    await pool.advanceUntil(() => pool.isConverged(), 10 * 60_000);
    await pool.advance(30_000);
    checkConverged(pool); // and stays so
  });
});

test('only crashed members are reported failed, whatever else goes wrong', { timeout: 60_000 }, async ({
  task,
}) => {
  const replay = { file: import.meta.url, test: task.name };
  await simulate({ nodes: 12, seeds: [1, 2, 3], replay }, async (pool) => {
    const failures = watchFailures(pool);
    pool.addRule(udpOnly(loss(0.1)));
    pool.addRule(loss(1), { from: ['m1'], to: ['m2'] });
    pool.slow('m3', { durationMs: 400, intervalMs: 600 });
    const resume = pool.pause('m5');
    await pool.advance(3_000);
    resume();
    await pool.advance(60_000);
    pool.crash('m7');
    await pool.advance(60_000);

    expect(failures.falsePositives()).toEqual([]);
    expect(failures.seen.some(({ subject }) => subject === 'm7')).toBe(true);
    expect(findGhosts(pool)).toEqual([]);

    await pool.restart('m7');
    await pool.join('m7');
    await pool.advanceUntil(() => pool.isConverged(), 60_000);
  });
});

test('no old claim returns when all members but one restart', { timeout: 60_000 }, async ({ task }) => {
  const replay = { file: import.meta.url, test: task.name };
  const gossip = { tags: { version: '1' } };
  await simulate({ nodes: 12, seeds: [1, 2, 3], gossip, replay }, async (pool) => {
    const regressions = watchRegressions(pool);
    const others = pool.names.slice(1);
    for (const name of others) pool.crash(name);
    await pool.advance(5_000);
    for (const name of others) await pool.restart(name, { gossip: { tags: { version: '2' } } });
    await pool.join(others);
    await pool.advanceUntil(() => pool.isConverged() && findStale(pool).length === 0, 60_000);

    expect(pool.gossip('m1').member('m7')?.tags).toEqual({ version: '2' });
    expect(regressions.seen).toEqual([]);
  });
});

test('a query in virtual time is answered by the live members', { timeout: 60_000 }, async ({ task }) => {
  const replay = { file: import.meta.url, test: task.name };
  await simulate({ nodes: 8, seeds: [1, 2, 3], replay }, async (pool) => {
    pool.onEvent(({ observer, event }) => {
      if (event.type === 'query') event.respond(new TextEncoder().encode(`${observer} is fine`));
    });
    pool.crash('m8');
    const { responses } = await pool.settle(pool.gossip('m1').query('health').done);
    const answered = responses.map(({ from }) => from);
    // Gossip reaches nearly every member: each sends a query four times in a pool of this size.
    expect(answered.length).toBeGreaterThanOrEqual(pool.running.length - 2);
    expect(pool.running).toEqual(expect.arrayContaining(answered));
  });
});
