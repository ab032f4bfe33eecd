import { describe, describeSecret } from './describe.ts';

/** More faults than this help nobody; the rest is counted. */
const problemsMax = 50;

/** Collects everything that is wrong, so that a caller sees all of it at once. */
export class ProblemList {
  readonly #sentences: string[] = [];
  #count = 0;

  /** A sentence that takes time to find is asked for only when there is room for it. */
  add(sentence: string | (() => string)): void {
    this.#count += 1;
    if (this.#count > problemsMax) return;
    this.#sentences.push(typeof sentence === 'string' ? sentence : sentence());
  }

  /** How many there are, those beyond the limit included. */
  get count(): number {
    return this.#count;
  }

  get sentences(): readonly string[] {
    const beyond = this.#count - problemsMax;
    return beyond > 0 ? [...this.#sentences, `${beyond} more faults like these`] : [...this.#sentences];
  }
}

/** Where a value stands, and what collects its faults. */
export interface Place {
  /** As a reader writes it: `bind.port`, `encryption.keys[0]`; empty for the options as a whole. */
  readonly path: string;
  /** Whether the value must not be shown. */
  readonly isSecret: boolean;
  readonly problems: ProblemList;
}

/** What a value may be: checks one, and describes all that pass. */
export interface Kind<T> {
  /** What is allowed, as the end of a sentence: `a whole number from 0 to 65535`. */
  readonly allowed: string;
  /** What a number counts. */
  readonly unit?: 'ms' | 'bytes';
  /**
   * The value as it is used from now on: a caller's later changes do not reach it. Undefined after a problem, which
   * is then in the list of the place. Never throws.
   */
  read(value: unknown, place: Place): T | undefined;
}

/** Adds the sentence that names path, value, what is allowed and, if there is one, a hint. */
export function refuse(place: Place, value: unknown, allowed: string, hint?: string): undefined {
  const found = place.isSecret ? describeSecret(value) : describe(value);
  return refuseFound(place, found, allowed, hint);
}

/** The same for what is said better than by the value itself. */
export function refuseFound(place: Place, found: string, allowed: string, hint?: string): undefined {
  const after = hint === undefined ? '' : ` (${hint})`;
  const path = place.path === '' ? 'options' : place.path;
  place.problems.add(`${path} is ${found}; allowed: ${allowed}${after}`);
  return undefined;
}

/**
 * Reads a value that stands alone.
 * @throws what `failure` makes of the sentences when there is a problem.
 */
export function readOrThrow<T>(
  kind: Kind<T>,
  value: unknown,
  failure: (problems: readonly string[]) => Error,
): T {
  const problems = new ProblemList();
  const read = kind.read(value, { path: '', isSecret: false, problems });
  if (problems.count > 0) throw failure(problems.sentences);
  // Without a problem there is a value; kinds whose values may be undefined have no others.
  return read as T;
}
