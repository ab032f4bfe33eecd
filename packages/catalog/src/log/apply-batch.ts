import type { StateMachine } from './command-log.ts';

/** One thing to apply, and who hears what became of it. */
export interface Pending<Result> {
  readonly apply: () => Result | Promise<Result>;
  readonly resolve: (result: Result) => void;
  readonly reject: (fault: unknown) => void;
}

/** Applies in order, and answers those of a turn of the event loop together, after all who wait for the change. */
export async function applyBatch<Result>(
  machine: Pick<StateMachine, 'flush' | 'endOfTurn'>,
  batch: readonly Pending<Result>[],
): Promise<void> {
  let answers: (() => void)[] = [];
  const answer = () => {
    machine.flush();
    for (const resolve of answers) resolve();
    answers = [];
  };
  for (const { apply, resolve, reject } of batch) {
    try {
      const applied = apply();
      // Those before a command that takes several turns do not wait for it.
      if (applied instanceof Promise) answer();
      const result = applied instanceof Promise ? await applied : applied;
      answers.push(() => resolve(result));
    } catch (fault) {
      // The machine is at fault; those who have proposed something else must not wait for ever.
      answers.push(() => reject(fault));
    }
    const end = machine.endOfTurn();
    if (end === undefined) continue;
    answer();
    await end;
  }
  answer();
}
