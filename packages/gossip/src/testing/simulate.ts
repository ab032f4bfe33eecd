import { randomInt } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import type { Clock } from '../ports.ts';
import { requireOptions } from './check-options.ts';
import type { SimulationOptions, TestCluster } from './cluster-interface.ts';
import { createTestCluster } from './create-test-cluster.ts';
import { requireReplay } from './replay.ts';
import { SimulationError } from './simulation-error.ts';

/**
 * Runs a scenario on a new pool for each seed, and closes it. `HOBNOB_SEED` repeats a single one; `HOBNOB_TRACE` names a
 * file into which everything that happens in it is written, every transfer included.
 * @throws SimulationError with seed, options, time, history and one command that repeats it, when the pool does
 *   not start, the scenario throws, or it waits for something while no virtual time passes; RangeError when there
 *   is no seed, or `HOBNOB_SEED` is no whole number; GossipTypeError GOSSIP_ARGUMENT for an option of the wrong type or an
 *   unknown one, and for a `replay` without a file or a name.
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

/** This many seeds that nobody has chosen, from the system's randomness: each run tries other histories. */
export function freshSeeds(count: number): readonly number[] {
  if (!Number.isSafeInteger(count) || count < 1) throw new RangeError(`there are no ${count} fresh seeds`);
  return Array.from({ length: count }, () => randomInt(2 ** 31));
}

function seedsToRun(seeds: readonly number[]): readonly number[] {
  const given = process.env['HOBNOB_SEED'];
  if (given === undefined || given === '') {
    if (seeds.length === 0) throw new RangeError('a simulation without a seed would prove nothing');
    return seeds;
  }
  const seed = Number(given);
  if (!Number.isSafeInteger(seed)) throw new RangeError(`HOBNOB_SEED is a whole number, not "${given}"`);
  return [seed];
}

function openTrace(): ((line: string) => void) | undefined {
  const path = process.env['HOBNOB_TRACE'];
  if (path === undefined || path === '') return undefined;
  writeFileSync(path, '');
  return (line) => appendFileSync(path, `${line}\n`);
}

/** How often the clock is looked at, and how often it may be found unmoved. Below a test runner's own patience. */
const lookEveryMs = 100;
const looksMax = 30;

/**
 * A scenario that awaits a member's promise alone would wait for ever. Counts looks, not real time: a scenario that
 * computes for long is not looked at meanwhile.
 */
async function whileTimePasses(clock: Clock, work: Promise<void>): Promise<void> {
  let seenMs = clock.nowMs();
  let looks = 0;
  let timer: NodeJS.Timeout | undefined;
  const standstill = new Promise<never>((_resolve, reject) => {
    timer = setInterval(() => {
      looks = clock.nowMs() === seenMs ? looks + 1 : 0;
      seenMs = clock.nowMs();
      if (looks < looksMax) return;
      reject(
        new Error('no virtual time passes: await pool.settle(promise), not what a member promised alone'),
      );
    }, lookEveryMs);
  });
  try {
    await Promise.race([work, standstill]);
  } finally {
    clearInterval(timer);
  }
}
