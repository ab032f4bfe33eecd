import {
  checkConverged,
  createTestCluster,
  findGhosts,
  loss,
  SimulationError,
  simulate,
  slowMember,
  type TestCluster,
  udpOnly,
  watchFailures,
} from '@hobnob/gossip/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllEnvs();
});

const replay = { file: 'test/pool.test.ts', test: "it's whole" };

/** Fails for seed 2 alone, and tells what it saw. */
async function failingRun(told: string[]): Promise<SimulationError> {
  const run = simulate({ nodes: 6, seeds: [1, 2, 3], replay }, async (pool) => {
    pool.addRule(udpOnly(loss(0.3)));
    pool.crash('m6');
    pool.gossip('m1').on('member-failed', ({ members }) => {
      told.push(`${pool.seed} ${pool.clock.nowMs()} ${members.map(({ name }) => name).join()}`);
    });
    await pool.advance(60_000);
    if (pool.seed === 2) throw new Error('as planned');
  });
  return run.then(
    () => {
      throw new Error('the simulation did not fail');
    },
    (error: unknown) => {
      if (error instanceof SimulationError) return error;
      throw error;
    },
  );
}

describe('a simulation that fails', () => {
  test('prints seed, virtual time, options and one command, safe for a shell', async () => {
    const error = await failingRun([]);
    expect(error.seed).toBe(2);
    expect(error.command).toBe("HOBNOB_SEED=2 npx vitest run 'test/pool.test.ts' -t 'it'\\''s whole'");
    expect(error.message.split('\n')).toEqual([
      'as planned',
      '  seed:    2',
      expect.stringMatching(/^ {2}time: {4}\d+(\.\d+)? ms$/),
      '  options: {"nodes":6}',
      `  replay:  ${error.command}`,
    ]);
    expect(error.cause).toEqual(new Error('as planned'));
  });

  test('replays the same history, and only that, when HOBNOB_SEED names its seed', async () => {
    const first: string[] = [];
    await failingRun(first);
    vi.stubEnv('HOBNOB_SEED', '2');
    const second: string[] = [];
    await failingRun(second);
    expect(second.length).toBeGreaterThan(0);
    expect(second).toEqual(first.filter((line) => line.startsWith('2 ')));
  });

  test('refuses a seed that is no whole number', async () => {
    vi.stubEnv('HOBNOB_SEED', 'two');
    await expect(simulate({ nodes: 2, replay }, () => Promise.resolve())).rejects.toThrow(RangeError);
  });
});

describe('a pool that has known itself for long', () => {
  test('lists everybody at once, gossips nothing, and finds who dies', async () => {
    const pool = await createTestCluster({ nodes: 200, seed: 1, start: 'joined' });
    expect(pool.isConverged()).toBe(true);
    await pool.advance(5_000);
    expect(pool.network.stats().packetsSent).toBeLessThan(200 * 2 * 5 + 200);
    pool.crash('m77');
    await pool.advanceUntil(() => pool.isConverged() || pool.statusSeenBy('m1', 'm77') === 'failed', 60_000);
    await pool.advance(3_000);
    checkConverged(pool);
    await pool[Symbol.asyncDispose]();
  });

  test('takes in somebody new', async () => {
    const pool = await createTestCluster({ nodes: 50, seed: 2, start: 'joined' });
    const newcomer = await pool.restart('newcomer', { host: '10.200.0.1' });
    await pool.settle(newcomer.join([pool.addressOf('m9').host]));
    await pool.advanceUntil(() => pool.isConverged(), 10_000);
    expect(newcomer.members()).toHaveLength(51);
    await pool[Symbol.asyncDispose]();
  });
});

describe('the checkers', () => {
  test('name who sees whom wrongly, and the seed', async () => {
    const pool = await createTestCluster({ nodes: 4, seed: 3 });
    pool.crash('m4');
    expect(findGhosts(pool)).toEqual(
      ['m1', 'm2', 'm3'].map((observer) => ({ observer, ghost: 'm4', status: 'alive' })),
    );
    expect(() => checkConverged(pool)).toThrow(/not converged .*seed 3.*m1 sees m4, who does not run/);
    await pool[Symbol.asyncDispose]();
  });

  test('tell a false positive from a death', async () => {
    const pool = await createTestCluster({ nodes: 5, seed: 4 });
    const failures = watchFailures(pool);
    pool.crash('m4');
    isolate(pool, 'm5');
    await pool.advance(60_000);
    const wrong = failures.falsePositives(({ subject }) => subject === 'm4');
    expect(wrong.filter(({ observer }) => observer === 'm1').map(({ subject }) => subject)).toEqual(['m5']);
    await pool[Symbol.asyncDispose]();
  });

  test('a member that is slow for long at a time is thought to be dead, and one that is slow for a moment is not', async () => {
    const seenOf = async (slowMs: number): Promise<number> => {
      const pool = await createTestCluster({ nodes: 10, seed: 5 });
      const failures = watchFailures(pool);
      pool.addRule(slowMember({ clock: pool.clock, host: pool.addressOf('m2').host, slowMs, wellMs: 1_000 }));
      await pool.advance(60_000);
      await pool[Symbol.asyncDispose]();
      return failures.seen.filter(({ subject }) => subject === 'm2').length;
    };
    expect(await seenOf(100)).toBe(0);
    expect(await seenOf(50_000)).toBeGreaterThan(0);
  });
});

function isolate(pool: TestCluster, name: string): void {
  pool.partition(
    [name],
    pool.names.filter((other) => other !== name),
  );
}
