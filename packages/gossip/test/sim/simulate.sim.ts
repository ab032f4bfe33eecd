import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  checkConverged,
  createTestCluster,
  findGhosts,
  freshSeeds,
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

/** Fails for seed 2 alone. Adds to the list which failures `m1` reports. */
async function failingRun(reported: string[]): Promise<SimulationError> {
  const run = simulate({ nodes: 6, seeds: [1, 2, 3], replay }, async (pool) => {
    pool.addRule(udpOnly(loss(0.3)));
    pool.crash('m6');
    pool.gossip('m1').on('member-failed', ({ members }) => {
      reported.push(`${pool.seed} ${pool.clock.nowMs()} ${members.map(({ name }) => name).join()}`);
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
  test('prints what happened last, seed, virtual time, options and one command', async () => {
    const error = await failingRun([]);
    expect([error.seed, error.atMs]).toEqual([2, 60_100]);
    expect(error.command).toBe("HOBNOB_SEED=2 npx vitest run 'test/pool.test.ts' -t 'it'\\''s whole$'");
    const lines = error.message.split('\n');
    expect(lines[0]).toBe('as planned');
    expect(lines[1]).toBe(`  history, 23 of ${error.history.length} lines:`);
    const shown = lines.slice(2, -4).map((line) => line.slice(4));
    expect(shown.slice(0, 3)).toEqual(error.history.filter((line) => line.includes(' ms  * ')));
    expect(shown.slice(3)).toEqual(error.history.slice(-20));
    expect(lines.slice(-4)).toEqual([
      '  seed:    2',
      '  time:    60100 ms',
      '  options: {"nodes":6}',
      `  replay:  ${error.command}`,
    ]);
    expect(error.cause).toEqual(new Error('as planned'));
  });

  test('points at the line of the scenario that threw, not at the simulator', async () => {
    const { stack = '' } = await failingRun([]);
    const frames = stack.split('\n').filter((line) => line.startsWith('    at '));
    expect(frames[0]).toContain('simulate.sim.ts');
  });

  test('replays the same history, and only that, when HOBNOB_SEED names its seed', async () => {
    const first: string[] = [];
    const { history } = await failingRun(first);
    vi.stubEnv('HOBNOB_SEED', '2');
    const second: string[] = [];
    const again = await failingRun(second);
    expect(second.length).toBeGreaterThan(0);
    expect(second).toEqual(first.filter((line) => line.startsWith('2 ')));
    expect(again.history).toEqual(history);
  });

  test('shows options without their keys', async () => {
    const gossip = { tags: { role: 'web' }, encryption: { keys: [new Uint8Array(16).fill(7)] } };
    const run = simulate({ nodes: ['a', 'b'], gossip, replay }, () => Promise.reject(new Error('so')));
    await expect(run).rejects.toThrow(
      'options: {"nodes":"a, b","gossip":{"tags":{"role":"web"},"encryption":"encrypted"}}',
    );
    const byName = simulate({ nodes: 2, gossip: () => gossip, replay }, () =>
      Promise.reject(new Error('so')),
    );
    await expect(byName).rejects.toThrow('options: {"nodes":2,"gossip":"function gossip"}');
  });

  test('names the cause when the scenario awaits a promise while no virtual time passes', async () => {
    const run = simulate({ nodes: 2, seeds: [5], replay }, async (pool) => {
      await pool.gossip('m1').leave();
    });
    await expect(run).rejects.toThrow(/no virtual time passes: await pool\.settle[\s\S]*seed: {4}5/);
  });

  test('names the seed even when the pool does not start', async () => {
    const run = simulate({ nodes: 2, gossip: { label: 'x'.repeat(300) }, seeds: [6], replay }, () =>
      Promise.resolve(),
    );
    await expect(run).rejects.toMatchObject({ name: 'SimulationError', seed: 6, atMs: 0 });
  });

  test('writes every transfer of a run into the file that HOBNOB_TRACE names', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hobnob-trace-'));
    vi.stubEnv('HOBNOB_TRACE', join(folder, 'trace.log'));
    vi.stubEnv('HOBNOB_SEED', '2');
    const { history } = await failingRun([]);
    const lines = (await readFile(join(folder, 'trace.log'), 'utf8')).trimEnd().split('\n');
    await rm(folder, { recursive: true });
    expect(lines[0]).toBe('seed 2');
    expect(lines).toContain(history.find((line) => line.includes('* crash m6')));
    expect(
      lines.some((line) =>
        /^ +\d+\.\d ms {2}m1 -> m\d packet of \d+ B is lost \[ping m\d #\d+[^\]]*\]$/.test(line),
      ),
    ).toBe(true);
    expect(lines.some((line) => /m1 -> m\d stream of \d+ B arrives at \d+\.\d ms$/.test(line))).toBe(true);
  });

  test('refuses an empty list of seeds, and a seed that is no integer', async () => {
    const scenario = (): Promise<void> => Promise.resolve();
    await expect(simulate({ nodes: 2, seeds: [], replay }, scenario)).rejects.toThrow(RangeError);
    vi.stubEnv('HOBNOB_SEED', 'two');
    await expect(simulate({ nodes: 2, replay }, scenario)).rejects.toThrow(RangeError);
  });
});

test('fresh seeds are as many as asked for, and differ each time', async () => {
  const seeds = freshSeeds(20);
  expect(new Set([...seeds, ...freshSeeds(20)]).size).toBeGreaterThan(30);
  expect(seeds.every((seed) => Number.isSafeInteger(seed))).toBe(true);
  expect(seeds).toHaveLength(20);
  expect(() => freshSeeds(0)).toThrow(RangeError);
});

describe('a pool that starts joined', () => {
  test('lists all members at once, gossips nothing, and detects a crash', async () => {
    const pool = await createTestCluster({ nodes: 80, seed: 1, start: 'joined' });
    expect(pool.isConverged()).toBe(true);
    await pool.advance(5_000);
    expect(pool.network.stats().packetsSent).toBeLessThan(80 * 2 * 5 + 80);
    pool.crash('m77');
    await pool.advanceUntil(() => pool.isConverged() || pool.statusSeenBy('m1', 'm77') === 'failed', 60_000);
    await pool.advance(3_000);
    checkConverged(pool);
    await pool[Symbol.asyncDispose]();
  });

  test('admits a newcomer', async () => {
    const pool = await createTestCluster({ nodes: 50, seed: 2, start: 'joined' });
    const newcomer = await pool.restart('newcomer', { host: '10.200.0.1' });
    await pool.settle(newcomer.join([pool.addressOf('m9').host]));
    await pool.advanceUntil(() => pool.isConverged(), 10_000);
    expect(newcomer.members()).toHaveLength(51);
    await pool[Symbol.asyncDispose]();
  });
});

describe('the checkers', () => {
  test('name the seed, the observer and the member that it sees wrongly', async () => {
    const pool = await createTestCluster({ nodes: 4, seed: 3 });
    pool.crash('m4');
    expect(findGhosts(pool)).toEqual(
      ['m1', 'm2', 'm3'].map((observer) => ({ observer, ghost: 'm4', status: 'alive' })),
    );
    expect(() => checkConverged(pool)).toThrow(/not converged .*seed 3.*m1 sees m4, which does not run/);
    await pool[Symbol.asyncDispose]();
  });

  test('distinguish a false positive from a crash', async () => {
    const pool = await createTestCluster({ nodes: 5, seed: 4 });
    const failures = watchFailures(pool);
    pool.crash('m4');
    isolate(pool, 'm5');
    await pool.advance(60_000);
    const wrong = failures.falsePositives(({ subject }) => subject === 'm4');
    expect(wrong.filter(({ observer }) => observer === 'm1').map(({ subject }) => subject)).toEqual(['m5']);
    await pool[Symbol.asyncDispose]();
  });

  test('a member with long anomalies is reported failed, one with short anomalies is not', async () => {
    const seenOf = async (durationMs: number): Promise<number> => {
      const pool = await createTestCluster({ nodes: 10, seed: 5 });
      const failures = watchFailures(pool);
      pool.addRule(
        slowMember({ clock: pool.clock, host: pool.addressOf('m2').host, durationMs, intervalMs: 1_000 }),
      );
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

test('the test in the guide is one of those that are run here, word for word', async () => {
  const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), 'utf8');
  const [, block = ''] = /```ts\n([\s\S]+?)```/.exec(await read('../../docs/simulator.md')) ?? [];
  const body = block.slice(block.indexOf("test('"));
  expect(body).toMatch(/^test\('the pool is whole[\s\S]+\n\}\);\n$/);
  expect(await read('./example.sim.ts')).toContain(body);
});
