import fc from 'fast-check';
import type { Step } from '../case.ts';
import { type AllowedDifference, compareAnswers, type Difference } from '../compare.ts';
import { asCurl } from './as-curl.ts';
import { left, type Pair, type Parting, type PlayOptions, play } from './play.ts';
import { searchCounterexample, searchSeconds } from './search.ts';

export interface RoundsOptions extends PlayOptions {
  readonly step: fc.Arbitrary<Step>;
  readonly stepsMax: number;
}

/**
 * Plays random sequences until the time is over. Returns how many steps were played.
 * @throws Error with the seed and the shortest sequence found, as lines for a shell, when the agents part.
 */
export async function playRounds(pair: Pair, options: RoundsOptions): Promise<number> {
  const sequences = fc.array(options.step, { minLength: 1, maxLength: options.stepsMax, size: 'max' });
  let stepsCount = 0;
  let last: Parting | undefined;
  const property = fc.asyncProperty(sequences, async (steps) => {
    stepsCount += steps.length;
    const parting = await playTwice(pair, steps, options);
    last = parting ?? last;
    return parting === undefined;
  });
  await searchCounterexample(property, {
    seconds: searchSeconds,
    numRuns: 1,
    describe: (steps) =>
      [
        asCurl(steps),
        `after request ${last?.step}, asked ${last?.asked}:`,
        ...(last?.differences ?? []).slice(0, 5).map(describeDifference),
      ].join('\n'),
  });
  return stepsCount;
}

/** A difference that does not come again is one of time, not of behaviour: agents do some things by themselves. */
async function playTwice(
  pair: Pair,
  steps: readonly Step[],
  options: PlayOptions,
): Promise<Parting | undefined> {
  const first = await play(pair, steps, options);
  if (first === undefined) return undefined;
  const second = await play(pair, steps, options);
  return second?.step === first.step && second.asked === first.asked ? second : undefined;
}

/**
 * Sends single requests to both agents until the time is over. Returns how many we refused.
 * @throws Error with the seed and the shortest request found, as a line for a shell, when the answers differ.
 */
export async function compareRequests(
  { theirs, ours }: Pair,
  request: fc.Arbitrary<Step>,
  allowed: readonly AllowedDifference[],
): Promise<number> {
  let refusedCount = 0;
  let last: Difference | undefined;
  const property = fc.asyncProperty(request, async (step) => {
    const [their, our] = await Promise.allSettled([theirs.caller.send(step), ours.caller.send(step)]);
    if (our.status === 'rejected') throw our.reason;
    if (our.value.status >= 400) refusedCount += 1;
    // A real Consul closes the connection where its handler panics.
    if (their.status === 'rejected') return our.value.status < 500;
    const differences = compareAnswers(step.path, their.value, our.value, { theirs: [], ours: [] });
    const [found] = left(differences, step.path, allowed);
    last = found ?? last;
    return found === undefined;
  });
  await searchCounterexample(property, {
    // Single requests are many times as fast as sequences.
    seconds: searchSeconds / 3,
    numRuns: 200,
    describe: (step) => [asCurl([step]), last === undefined ? '' : describeDifference(last)].join('\n'),
  });
  return refusedCount;
}

function describeDifference({ at, theirs, ours }: Difference): string {
  return `  ${at}\n    theirs: ${theirs}\n    ours:   ${ours}`;
}
