import { describe, describeSecret } from './describe.ts';

/** Further problems are only counted. */
const problemsMax = 50;

/** Collects all problems, so that a caller sees them at once. */
export class ProblemList {
  readonly #sentences: string[] = [];
  #count = 0;

  /** A function is called only while there is room for its sentence, which may take time to compute. */
  add(sentence: string | (() => string)): void {
    this.#count += 1;
    if (this.#count > problemsMax) return;
    this.#sentences.push(typeof sentence === 'string' ? sentence : sentence());
  }

  /** The number of problems, including those beyond the limit. */
  get count(): number {
    return this.#count;
  }

  get sentences(): readonly string[] {
    const beyond = this.#count - problemsMax;
    return beyond > 0 ? [...this.#sentences, `${beyond} more faults like these`] : [...this.#sentences];
  }
}

/** The place of a value, and the list of its problems. */
export interface Place {
  /** The path of the value: `bind.port`, `encryption.keys[0]`; empty for the options as a whole. */
  readonly path: string;
  /** Whether the value must not be shown. */
  readonly isSecret: boolean;
  readonly problems: ProblemList;
}

/** A kind of value: describes the allowed values and checks one. */
export interface Kind<T> {
  /** The allowed values, as the end of a sentence: `a whole number from 0 to 65535`. */
  readonly allowed: string;
  /** The unit of a number. */
  readonly unit?: 'ms' | 'bytes';
  /**
   * The checked value, copied so that later changes by the caller have no effect. Undefined after a problem, which is then
   * in the list of the place. Never throws.
   */
  read(value: unknown, place: Place): T | undefined;
}

/** Adds the sentence that names path, value, what is allowed and, if there is one, a hint. */
export function refuse(place: Place, value: unknown, allowed: string, hint?: string): undefined {
  const found = place.isSecret ? describeSecret(value) : describe(value);
  return refuseFound(place, found, allowed, hint);
}

/** As `refuse`, with a description in place of the value. */
export function refuseFound(place: Place, found: string, allowed: string, hint?: string): undefined {
  const after = hint === undefined ? '' : ` (${hint})`;
  const path = place.path === '' ? 'options' : place.path;
  place.problems.add(`${path} is ${found}; allowed: ${allowed}${after}`);
  return undefined;
}

/**
 * Reads a value that stands alone.
 * @throws the result of `failure` for the sentences when there is a problem.
 */
export function readOrThrow<T>(
  kind: Kind<T>,
  value: unknown,
  failure: (problems: readonly string[]) => Error,
): T {
  const problems = new ProblemList();
  const read = kind.read(value, { path: '', isSecret: false, problems });
  if (problems.count > 0) throw failure(problems.sentences);
  // Without a problem there is a value, unless undefined is a value of the kind.
  return read as T;
}
