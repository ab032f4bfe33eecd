import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  checkConverged,
  findGhosts,
  loss,
  seededRng,
  simulate,
  type TestCluster,
  udpOnly,
} from '@hobnob/gossip/testing';
import { expect, test } from 'vitest';

/** How long the churn lasts; `.ci/long` sets an hour. */
const minutes = Number(process.env['HOBNOB_CHURN_MINUTES'] ?? 3);
const minuteMs = 60_000;
const runningMax = 14;
const runningMin = 7;
/** How much the heap may grow without a leak: compiled code, the test runner's records. */
const growthBytesMax = 4 * 2 ** 20;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function heapBytes(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

test('a pool in which members join, leave, crash and return does not grow the heap', {
  timeout: 30 * minuteMs,
}, async ({ task }) => {
  const replay = { file: 'packages/gossip/test/long-sim/endurance.sim.ts', test: task.name };
  // Members are reaped within minutes here, not days, so that memory that is kept for them must be freed.
  const timing = { reconnectTimeoutMs: 2 * minuteMs, tombstoneTimeoutMs: 2 * minuteMs };
  await simulate({ nodes: 10, gossip: { timing }, replay }, async (pool) => {
    pool.addRule(udpOnly(loss(0.02)));
    const churn = new Churn(pool);
    await churn.during(3 * minuteMs);
    await rest(pool);
    const before = heapBytes();
    await churn.during(minutes * minuteMs);
    await rest(pool);
    const growth = heapBytes() - before;

    process.stdout.write(
      `${minutes} minutes of churn: ${JSON.stringify(churn.counts)}, heap ${growth} bytes\n`,
    );
    for (const [action, count] of Object.entries(churn.counts)) expect(count, action).toBeGreaterThan(0);
    expect(growth, `the heap grew by ${growth} bytes`).toBeLessThan(growthBytesMax);
  });
});

/** No member starts or stops until dead ones are reaped, the queues are empty and the pool has converged. */
async function rest(pool: TestCluster): Promise<void> {
  await pool.advance(6 * minuteMs);
  checkConverged(pool);
  expect(findGhosts(pool)).toEqual([]);
  for (const name of pool.running) {
    const { swimQueueDepth, intentQueueDepth, eventQueueDepth } = pool.gossip(name).stats();
    expect([name, swimQueueDepth, intentQueueDepth, eventQueueDepth]).toEqual([name, 0, 0, 0]);
    expect(pool.gossip(name).members()).toHaveLength(pool.running.length);
  }
}

type Action = 'newcomer' | 'crash' | 'leave' | 'quick-restart';

/** Something happens to a member every few seconds, drawn from the pool's seed. */
class Churn {
  readonly counts: Record<Action, number> = { newcomer: 0, crash: 0, leave: 0, 'quick-restart': 0 };
  readonly #pool: TestCluster;
  readonly #rng;

  constructor(pool: TestCluster) {
    this.#pool = pool;
    this.#rng = seededRng(pool.seed).fork('churn');
  }

  async during(durationMs: number): Promise<void> {
    const { clock } = this.#pool;
    for (const endMs = clock.nowMs() + durationMs; clock.nowMs() < endMs; ) {
      await this.#pool.advance(2_000 + this.#rng.next() * 8_000);
      await this.#act(this.#nextAction());
      for (const name of this.#pool.running) {
        const { swimQueueDepth, failed, left } = statsOf(this.#pool, name);
        // One message about each name that is known at most; those forgotten by Serf may still be in the queue.
        expect(swimQueueDepth).toBeLessThanOrEqual(runningMax + failed + left + 64);
      }
    }
  }

  #nextAction(): Action {
    const { length } = this.#pool.running;
    if (length <= runningMin) return 'newcomer';
    const actions: readonly Action[] = ['crash', 'leave', 'quick-restart', 'newcomer', 'newcomer'];
    const action = actions[Math.floor(this.#rng.next() * actions.length)] ?? 'crash';
    return action === 'newcomer' && length >= runningMax ? 'leave' : action;
  }

  async #act(action: Action): Promise<void> {
    this.counts[action] += 1;
    const pool = this.#pool;
    const name = pool.running[Math.floor(this.#rng.next() * pool.running.length)] ?? 'm1';
    switch (action) {
      case 'crash':
        pool.crash(name);
        return;
      case 'leave':
        await pool.settle(pool.gossip(name).leave());
        await pool.stop(name);
        return;
      case 'quick-restart':
        await this.#enter(name, pool.addressOf(name).host);
        return;
      case 'newcomer': {
        const number = this.counts.newcomer;
        await this.#enter(`n${number}`, `10.1.${number >> 8}.${number & 255}`);
        return;
      }
    }
  }

  async #enter(name: string, host: string): Promise<void> {
    const pool = this.#pool;
    const member = await pool.restart(name, { host });
    const seeds = pool.running.filter((other) => other !== name).slice(0, 3);
    await pool.settle(member.join(seeds.map((seed) => pool.addressOf(seed).host)));
  }
}

function statsOf(pool: TestCluster, name: string) {
  const members = pool.gossip(name).members();
  const countOf = (status: string): number => members.filter((member) => member.status === status).length;
  return {
    swimQueueDepth: pool.gossip(name).stats().swimQueueDepth,
    failed: countOf('failed'),
    left: countOf('left'),
  };
}
