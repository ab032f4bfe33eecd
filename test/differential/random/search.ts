import fc from 'fast-check';

/** Seconds that each kind of random request is tried; `HOBNOB_RANDOM_SECONDS` for long runs. */
export const searchSeconds = Number(process.env['HOBNOB_RANDOM_SECONDS'] ?? 15);
/** A counterexample that is not shortened in this time is reported as it is. */
export const shrinkSeconds = 120;
/** The seed of the first round; each further one adds one. */
const firstSeed = Number(process.env['HOBNOB_RANDOM_SEED'] ?? Date.now() % 1_000_000_000);

export interface SearchOptions<T> {
  readonly seconds: number;
  readonly numRuns: number;
  readonly describe: (counterexample: T) => string;
}

/**
 * Tries a property in rounds of `numRuns` cases until the time is over.
 * @throws Error with the seed of the round and what `describe` says of the shortest counterexample found.
 */
export async function searchCounterexample<T>(
  property: fc.IAsyncPropertyWithHooks<[T]>,
  { seconds, numRuns, describe }: SearchOptions<T>,
): Promise<void> {
  const endMs = performance.now() + seconds * 1000;
  for (let seed = firstSeed; performance.now() < endMs; seed += 1) {
    const { failed, counterexample, errorInstance } = await fc.check(property, {
      seed,
      numRuns,
      interruptAfterTimeLimit: (seconds + shrinkSeconds) * 1000,
    });
    if (!failed) continue;
    const shown = counterexample === null ? 'no counterexample in time' : describe(counterexample[0]);
    throw new Error(`HOBNOB_RANDOM_SEED=${seed} finds it again:\n${shown}`, { cause: errorInstance });
  }
}
