import { randomInt } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import type { Clock } from '../ports.ts';
import { requireOptions } from './check-options.ts';
import type { SimulationOptions, TestCluster } from './cluster-interface.ts';
import { createTestCluster } from './create-test-cluster.ts';
import { requireReplay } from './replay.ts';
import { SimulationError } from './simulation-error.ts';

/**
 * Runs a scenario on a new pool for each seed, and closes the pool. `HOBNOB_SEED` selects a single seed; `HOBNOB_TRACE`
 * names a file to which the history and every transfer are written.
 * @throws SimulationError with seed, options, time, history and the command that repeats it, when the pool does not
 *   start, the scenario throws, or it awaits a promise while no virtual time passes; RangeError when `seeds` is empty or
 *   `HOBNOB_SEED` is no safe integer; GossipTypeError GOSSIP_ARGUMENT for an option of the wrong type or an unknown one,
 *   and for a `replay` without a file or a name.
 */
export async function simulate(
  given: SimulationOptions,
  scenario: (cluster: TestCluster) => Promise<void>,
): Promise<void> {
  requireOptions('simulate', given);
  const { seeds = [1], replay, ...options } = given;
  requireReplay(replay);
  const trace = openTrace();
  for (const seed of seedsToRun(seeds)) {
    trace?.(`seed ${seed}`);
    let cluster: TestCluster | undefined;
    try {
      cluster = await createTestCluster({ ...options, seed, ...(trace && { trace }) });
      await whileTimePasses(cluster.clock, scenario(cluster));
    } catch (cause) {
      const history = cluster?.history() ?? [];
      const atMs = cluster?.clock.nowMs() ?? 0;
      throw new SimulationError({ seed, atMs, options, replay, history, cause });
    } finally {
      await cluster?.[Symbol.asyncDispose]();
    }
  }
}

/** Random seeds, so that each run tries other histories. @throws RangeError for a count below 1. */
export function freshSeeds(count: number): readonly number[] {
  if (!Number.isSafeInteger(count) || count < 1)
    throw new RangeError(`the count of fresh seeds is a positive integer, not ${count}`);
  return Array.from({ length: count }, () => randomInt(2 ** 31));
}

function seedsToRun(seeds: readonly number[]): readonly number[] {
  const given = process.env['HOBNOB_SEED'];
  if (given === undefined || given === '') {
    if (seeds.length === 0) throw new RangeError('a simulation needs at least one seed');
    return seeds;
  }
  const seed = Number(given);
  if (!Number.isSafeInteger(seed)) throw new RangeError(`HOBNOB_SEED is a safe integer, not "${given}"`);
  return [seed];
}

function openTrace(): ((line: string) => void) | undefined {
  const path = process.env['HOBNOB_TRACE'];
  if (path === undefined || path === '') return undefined;
  writeFileSync(path, '');
  return (line) => appendFileSync(path, `${line}\n`);
}

/** How often the clock is checked, and after how many checks without progress the scenario fails. */
const checkEveryMs = 100;
const idleChecksMax = 30;

/**
 * Rejects when no virtual time passes: a scenario that awaits a member's promise itself would wait forever. It counts checks
 * rather than real time, because a scenario that computes for long blocks the checks too.
 */
async function whileTimePasses(clock: Clock, work: Promise<void>): Promise<void> {
  let seenMs = clock.nowMs();
  let idleChecks = 0;
  let timer: NodeJS.Timeout | undefined;
  const standstill = new Promise<never>((_resolve, reject) => {
    timer = setInterval(() => {
      idleChecks = clock.nowMs() === seenMs ? idleChecks + 1 : 0;
      seenMs = clock.nowMs();
      if (idleChecks < idleChecksMax) return;
      reject(new Error('no virtual time passes: await pool.settle(promise) instead of the promise itself'));
    }, checkEveryMs);
  });
  try {
    await Promise.race([work, standstill]);
  } finally {
    clearInterval(timer);
  }
}
