import { createTestCluster, type TestCluster, type TestClusterOptions } from './test-cluster.ts';

/** What a simulation is made of; the seed may come from outside. */
export interface SimulationOptions extends Omit<TestClusterOptions, 'seed'> {
  /** Which histories are tried, unless `HOBNOB_SEED` names one. Default: 1. */
  readonly seeds?: readonly number[];
  /** Where this stands, for the command that replays it: the test's file and its name. */
  readonly replay: { readonly file: string; readonly test: string };
}

/** A simulation failed; the message tells how to see it again. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';
  readonly seed: number;
  /** Repeats just this history. */
  readonly command: string;

  constructor(seed: number, command: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.seed = seed;
    this.command = command;
  }
}

/**
 * Runs a scenario on a new pool for each seed, and closes it. `HOBNOB_SEED` replays a single one.
 * @throws SimulationError with seed, options, time and one command that replays it, when the scenario throws;
 *   RangeError when `HOBNOB_SEED` is no whole number.
 */
export async function simulate(
  { seeds = [1], replay, ...options }: SimulationOptions,
  scenario: (cluster: TestCluster) => Promise<void>,
): Promise<void> {
  for (const seed of seedsToRun(seeds)) {
    const cluster = await createTestCluster({ ...options, seed });
    try {
      await scenario(cluster);
    } catch (cause) {
      const command = `HOBNOB_SEED=${seed} npx vitest run ${quote(replay.file)} -t ${quote(replay.test)}`;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new SimulationError(
        seed,
        command,
        [
          reason,
          `  seed:    ${seed}`,
          `  time:    ${cluster.clock.nowMs()} ms`,
          `  options: ${JSON.stringify(options)}`,
          `  replay:  ${command}`,
        ].join('\n'),
        { cause },
      );
    } finally {
      await cluster[Symbol.asyncDispose]();
    }
  }
}

function seedsToRun(seeds: readonly number[]): readonly number[] {
  const given = process.env['HOBNOB_SEED'];
  if (given === undefined || given === '') return seeds;
  const seed = Number(given);
  if (!Number.isSafeInteger(seed)) throw new RangeError(`HOBNOB_SEED is a whole number, not "${given}"`);
  return [seed];
}

/** As one word of a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
