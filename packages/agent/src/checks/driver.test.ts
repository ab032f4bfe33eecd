import { silentLogger } from '@hobnob/gossip/runtime';
import { seededRng, VirtualClock } from '@hobnob/gossip/testing';
import { expect, test } from 'vitest';
import { readCheck } from './definition.ts';
import { CheckDriver, type CheckDriverOptions } from './driver.ts';
import type { CheckFields } from './fields.ts';
import type { PeriodicCheck, TtlCheck } from './kinds.ts';
import type { CheckResult, RunResult } from './result.ts';

const s = 1_000_000_000n;
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const ok: CheckResult = { status: 'passing', output: 'ok' };

function define(fields: CheckFields): PeriodicCheck | TtlCheck {
  const { definition } = readCheck({ Name: 'c', ...fields });
  if (definition.kind === 'alias') throw new Error('not driven');
  return definition;
}

const tcp = (more: CheckFields = {}): PeriodicCheck | TtlCheck =>
  define({ TCP: 'x:1', Interval: 10n * s, ...more });

interface Run {
  readonly id: string;
  readonly atMs: number;
  readonly signal: AbortSignal;
  end(result: RunResult | Error): void;
}

/** A driver on a virtual clock, whose runs end when the test says so. */
function driverOnFakes(options: Partial<CheckDriverOptions> = {}) {
  const clock = new VirtualClock();
  const runs: Run[] = [];
  const results: string[] = [];
  const errors: string[] = [];
  const driver = new CheckDriver({
    clock,
    rng: { next: () => 0.5 },
    logger: { ...silentLogger, error: (_fields, message) => void errors.push(message) },
    run: ({ id }, signal) =>
      new Promise((resolve, reject) => {
        const end = (result: RunResult | Error): void =>
          result instanceof Error ? reject(result) : resolve(result);
        runs.push({ id, atMs: clock.nowMs(), signal, end });
      }),
    onResult: (id, { status, output }) => results.push(`${clock.nowMs()} ${id} ${status} ${output}`),
    ...options,
  });
  const finish = async (result: RunResult | Error = ok): Promise<void> => {
    runs.at(-1)?.end(result);
    await settle();
  };
  return { clock, driver, runs, results, errors, finish };
}

test('a check runs first after a random part of its interval, then one interval after each end', async () => {
  const { clock, driver, runs, results, finish } = driverOnFakes();
  driver.set(tcp());
  clock.advance(4_999);
  expect(runs).toHaveLength(0);
  clock.advance(1);
  clock.advance(3_000);
  await finish();
  clock.advance(9_999);
  expect(runs).toHaveLength(1);
  clock.advance(1);
  expect(runs.map(({ atMs }) => atMs)).toEqual([5_000, 18_000]);
  expect(results).toEqual(['8000 c passing ok']);
});

test('a run that takes too long is aborted at its timeout, and what it says then is its result', async () => {
  const { clock, driver, runs, results, finish } = driverOnFakes();
  driver.set(tcp({ Timeout: 2n * s }));
  clock.advance(6_999);
  expect(runs[0]?.signal.aborted).toBe(false);
  clock.advance(1);
  expect(runs[0]?.signal.aborted).toBe(true);
  await finish({ status: 'critical', output: 'i/o timeout' });
  expect(results).toEqual(['7000 c critical i/o timeout']);
});

test('runs of one check never overlap, however long one takes', async () => {
  const { clock, driver, runs } = driverOnFakes();
  driver.set(tcp({ Timeout: 3_600n * s }));
  clock.advance(100_000);
  expect(runs).toHaveLength(1);
});

test('results are smoothed by the thresholds of the check', async () => {
  const { clock, driver, results, finish } = driverOnFakes();
  driver.set(tcp({ FailuresBeforeCritical: 2 }));
  for (const status of ['passing', 'critical', 'critical'] as const) {
    clock.advance(10_000);
    await finish({ status, output: '' });
  }
  expect(results).toEqual(['10000 c passing ', '30000 c critical ']);
});

test('what skips the thresholds is published, and counts for none of them', async () => {
  const { clock, driver, results, finish } = driverOnFakes();
  driver.set(tcp({ FailuresBeforeCritical: 3 }));
  for (const result of [
    ok,
    { status: 'critical', output: 'late', skipsThresholds: true },
    { status: 'critical', output: '1' },
    { status: 'critical', output: '2' },
    { status: 'critical', output: '3' },
  ] as const) {
    clock.advance(10_000);
    await finish(result);
  }
  expect(results).toEqual(['10000 c passing ok', '20000 c critical late', '50000 c critical 3']);
});

test('the next run waits until nothing is left of the last one, whose result is published before', async () => {
  const { clock, driver, runs, results, finish } = driverOnFakes();
  driver.set(tcp());
  clock.advance(5_000);
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  await finish({ ...ok, ended });
  expect(results).toEqual(['5000 c passing ok']);
  clock.advance(100_000);
  expect(runs).toHaveLength(1);
  expect(driver.stats.runningCount).toBe(1);
  end();
  await settle();
  clock.advance(10_000);
  expect(runs).toHaveLength(2);
});

test('a check that is set again with the same definition goes on undisturbed', async () => {
  const { clock, driver, runs, results, finish } = driverOnFakes();
  driver.set(tcp());
  clock.advance(5_000);
  driver.set(tcp({ Notes: 'new', Status: 'passing' }));
  expect(runs[0]?.signal.aborted).toBe(false);
  await finish();
  clock.advance(9_000);
  driver.set(tcp());
  clock.advance(1_000);
  expect(runs.map(({ atMs }) => atMs)).toEqual([5_000, 15_000]);
  expect(results).toHaveLength(1);
});

test('a check that changes starts anew: its run is aborted and has no result', async () => {
  const { clock, driver, runs, results } = driverOnFakes();
  driver.set(tcp());
  clock.advance(5_000);
  driver.set(tcp({ TCP: 'y:1' }));
  expect(runs[0]?.signal.aborted).toBe(true);
  runs[0]?.end(ok);
  await settle();
  expect(results).toEqual([]);
  clock.advance(5_000);
  expect(runs).toHaveLength(2);
});

test('a check that is removed or closed has no result any more, and leaves no timer', async () => {
  const { clock, driver, runs, results } = driverOnFakes();
  driver.set(tcp());
  driver.set(tcp({ Name: 'd' }));
  driver.set(define({ Name: 't', TTL: s }));
  clock.advance(500);
  driver.remove('d');
  driver.remove('unknown');
  clock.advance(4_500);
  expect(results).toEqual(['1000 t critical TTL expired']);
  driver.close();
  driver.close();
  for (const run of runs) run.end(ok);
  await settle();
  driver.set(tcp({ Name: 'e' }));
  clock.advance(60_000);
  expect(runs.map(({ id }) => id)).toEqual(['c']);
  expect(results).toHaveLength(1);
  expect(clock.pendingCount).toBe(0);
  expect(driver.stats).toEqual({ periodicCount: 0, ttlCount: 0, runningCount: 0, waitingCount: 0 });
});

test('only so many runs are under way; the others wait for their turn', async () => {
  const { clock, driver, runs, results } = driverOnFakes({ runsMax: 2 });
  for (const Name of ['a', 'b', 'c', 'd', 'e']) driver.set(tcp({ Name }));
  clock.advance(5_000);
  expect(runs.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(driver.stats).toMatchObject({ runningCount: 2, waitingCount: 3 });
  driver.remove('d');
  runs[0]?.end(ok);
  await settle();
  runs[1]?.end(ok);
  await settle();
  expect(runs.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'e']);
  expect(results).toHaveLength(2);
  expect(driver.stats.waitingCount).toBe(0);
});

test('programs have places of their own', async () => {
  const { clock, driver, runs } = driverOnFakes({ runsMax: 1, programsMax: 1 });
  for (const Name of ['p', 'q']) {
    const fields = { Name, ScriptArgs: ['x'], Interval: 10n * s };
    const { definition } = readCheck(fields, { allowsScripts: true });
    if (definition.kind !== 'script') throw new Error('no script');
    driver.set(definition);
  }
  driver.set(tcp({ Name: 'a' }));
  driver.set(tcp({ Name: 'b' }));
  clock.advance(5_000);
  expect(runs.map(({ id }) => id)).toEqual(['p', 'a']);
  expect(driver.stats).toMatchObject({ runningCount: 2, waitingCount: 2 });
  runs[0]?.end(ok);
  await settle();
  expect(runs.map(({ id }) => id)).toEqual(['p', 'a', 'q']);
});

test('a run that is aborted keeps its place until it has ended', async () => {
  const { clock, driver, runs } = driverOnFakes({ runsMax: 1 });
  driver.set(tcp({ Name: 'a' }));
  driver.set(tcp({ Name: 'b' }));
  clock.advance(5_000);
  driver.remove('a');
  expect(driver.stats.runningCount).toBe(1);
  runs[0]?.end(ok);
  await settle();
  expect(runs.map(({ id }) => id)).toEqual(['a', 'b']);
});

test.each([
  ['tcp', { TCP: 'x:1' }, 8],
  ['grpc', { GRPC: 'x:1' }, 1],
])('of %s checks that are due at once so many start before the event loop turns', (_kind, fields, count) => {
  const wakes: (() => void)[] = [];
  const clock = {
    nowMs: () => 5_000,
    wakeAt: (_atMs: number, wake: () => void) => {
      wakes.push(wake);
      return () => undefined;
    },
  };
  const { driver, runs } = driverOnFakes({
    clock,
    rng: { next: () => 0 },
  });
  for (let n = 0; n < 20; n += 1) driver.set(define({ Name: `c${n}`, Interval: 10n * s, ...fields }));
  wakes.at(-1)?.();
  expect(runs).toHaveLength(count);
  wakes.at(-1)?.();
  expect(runs).toHaveLength(2 * count);
});

test('many checks that are due at once all start, and one timer serves them', async () => {
  const { clock, driver, runs } = driverOnFakes();
  for (let n = 0; n < 1_000; n += 1) driver.set(tcp({ Name: `c${n}` }));
  expect(clock.pendingCount).toBe(1);
  clock.advance(5_000);
  expect(runs).toHaveLength(512);
  expect(driver.stats.waitingCount).toBe(488);
  expect(clock.pendingCount).toBe(1);
});

test('first runs are spread over the interval', () => {
  const { clock, driver, runs } = driverOnFakes({ rng: seededRng(1) });
  for (let n = 0; n < 500; n += 1) driver.set(tcp({ Name: `c${n}` }));
  clock.advance(5_000);
  expect(runs.length).toBeGreaterThan(200);
  expect(runs.length).toBeLessThan(300);
});

test('a listener that throws, and a run that rejects, are logged, and the checks go on', async () => {
  const { clock, driver, errors, runs, finish } = driverOnFakes({
    onResult: () => {
      throw new Error('listener');
    },
  });
  driver.set(tcp());
  driver.set(define({ Name: 't', TTL: s }));
  clock.advance(5_000);
  await finish(new Error('bug'));
  clock.advance(10_000);
  expect(runs).toHaveLength(2);
  expect(errors).toEqual([
    'A listener of check results threw',
    'Check failed to run',
    'A listener of check results threw',
  ]);
});

test('a TTL check expires, once, unless its client reports', () => {
  const { clock, driver, results } = driverOnFakes();
  driver.set(define({ TTL: 2n * s }));
  clock.advance(1_500);
  expect(driver.updateTtl('c', { status: 'passing', output: 'fine' })).toEqual({
    status: 'passing',
    output: 'fine',
  });
  clock.advance(10_000);
  expect(results).toEqual([
    '1500 c passing fine',
    '3500 c critical TTL expired (last output before timeout follows): fine',
  ]);
  driver.updateTtl('c', { status: 'warning', output: '' });
  clock.advance(2_000);
  expect(results.slice(2)).toEqual(['11500 c warning ', '13500 c critical TTL expired']);
});

test('a TTL check that is registered again has its whole TTL ahead, and forgets the last output', () => {
  const { clock, driver, results } = driverOnFakes();
  driver.set(define({ TTL: 2n * s }));
  driver.updateTtl('c', { status: 'passing', output: 'fine' });
  clock.advance(1_500);
  driver.set(define({ TTL: 2n * s }));
  clock.advance(1_999);
  expect(results).toEqual(['0 c passing fine']);
  clock.advance(1);
  expect(results.slice(1)).toEqual(['3500 c critical TTL expired']);
});

test('only a TTL check takes updates, also after it became another kind', () => {
  const { driver } = driverOnFakes();
  driver.set(define({ TTL: s }));
  driver.set(tcp());
  expect(driver.updateTtl('c', ok)).toBeUndefined();
  expect(driver.updateTtl('unknown', ok)).toBeUndefined();
  expect(driver.stats).toMatchObject({ periodicCount: 1, ttlCount: 0 });
});
