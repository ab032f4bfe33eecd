import { newMap } from '../../go/json-value.ts';

/** Work that is done in pieces of less than a millisecond: between two of them other work may pass. */
export type Pieces<T> = Generator<undefined, T, undefined>;

/**
 * A value that is computed when it is read, of the state at the moment of the question, and once for all who read it.
 * What takes long is computed in pieces.
 */
export class Later<T> {
  #pieces: (() => Pieces<T>) | undefined;
  #done: { readonly value: T } | undefined;
  #running: Promise<T> | undefined;

  private constructor(pieces: (() => Pieces<T>) | undefined, done: { readonly value: T } | undefined) {
    this.#pieces = pieces;
    this.#done = done;
  }

  /** A value that is there. */
  static of<T>(value: T): Later<T> {
    return new Later<T>(undefined, { value });
  }

  /** What `pieces` returns; it must not read what changes. */
  static in<T>(pieces: () => Pieces<T>): Later<T> {
    return new Later<T>(pieces, undefined);
  }

  /** Computes the value without a pause. */
  now(): T {
    if (this.#done !== undefined) return this.#done.value;
    return this.#take(runToEnd(this.#start()));
  }

  /** Computes the value with a pause between pieces. */
  inTurns(nextTurn: () => Promise<void>): T | Promise<T> {
    if (this.#done !== undefined) return this.#done.value;
    this.#running ??= this.#run(nextTurn);
    return this.#running;
  }

  /** Another value, computed from this one: at once when this one is there, since it has few rows, and none is slow. */
  map<To>(pieces: (value: T) => Pieces<To>, isSlow = false): Later<To> {
    const done = this.#done;
    if (done !== undefined) {
      return isSlow ? Later.in(() => pieces(done.value)) : Later.of(runToEnd(pieces(done.value)));
    }
    const from = this.#start();
    return Later.in(function* () {
      return yield* pieces(yield* from);
    });
  }

  #start(): Pieces<T> {
    const pieces = this.#pieces;
    if (pieces === undefined) throw new Error('the value has been computed already');
    return pieces();
  }

  async #run(nextTurn: () => Promise<void>): Promise<T> {
    const pieces = this.#start();
    let piece = pieces.next();
    while (piece.done !== true) {
      await nextTurn();
      piece = pieces.next();
    }
    return this.#take(piece.value);
  }

  #take(value: T): T {
    this.#done = { value };
    this.#pieces = undefined;
    return value;
  }
}

/** Does the work without a pause. */
export function runToEnd<T>(pieces: Pieces<T>): T {
  let piece = pieces.next();
  while (piece.done !== true) piece = pieces.next();
  return piece.value;
}

/** So many rows are looked at in one piece of work. */
export const rowsEach = 200;

/** `map` of each that is not undefined, in pieces of so many rows. */
export function* mapPieces<From, To>(
  rows: readonly From[],
  map: (row: From) => To | undefined,
  each = rowsEach,
): Pieces<readonly To[]> {
  const found: To[] = [];
  for (let at = 0; at < rows.length; at += 1) {
    if (at % each === each - 1) yield;
    const mapped = map(rows[at] as From);
    if (mapped !== undefined) found.push(mapped);
  }
  return found;
}

/** A map of the entries, in pieces. */
export function* mapOfPieces<Value>(
  entries: Iterable<readonly [string, Value]>,
  each = rowsEach,
): Pieces<Readonly<Record<string, Value>>> {
  const map = newMap<Value>();
  let count = 0;
  for (const [key, value] of entries) {
    map[key] = value;
    count += 1;
    if (count % each === 0) yield;
  }
  return map;
}

/** Whether a row is found, and whether that may take milliseconds. */
export interface RowFilter<T> {
  (row: T): boolean;
  readonly isSlow: boolean;
}

/** The rows for which `filter` holds, in pieces; all without a filter. */
export function* filterPieces<T extends object>(
  rows: readonly T[],
  filter: RowFilter<T> | undefined,
): Pieces<readonly T[]> {
  if (filter === undefined) return rows;
  return yield* mapPieces(rows, (row) => (filter(row) ? row : undefined), filter.isSlow ? 1 : rowsEach);
}
