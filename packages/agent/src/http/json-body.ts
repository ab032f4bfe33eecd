import { type Infer, type JsonLayout, jsonListPieces, jsonPieces, type Shape } from '@hobnob/catalog/records';
import type { Turns } from '../async/turns.ts';

/** JSON that is written in pieces of less than a millisecond of work, to be read once. */
export type JsonPieces = IterableIterator<Buffer, void, undefined>;

/** Writes the same value in either layout. */
export type WriteJson = (layout: JsonLayout) => JsonPieces;

/** A list of records, which may be found while it is written. */
export function listJson<S extends Shape>(item: S, list: Iterable<Infer<S>>): WriteJson {
  return (layout) => withEnd(layout, jsonListPieces(item, list, layout));
}

/** A value of a shape, in which lists and maps may be long. */
export function valueJson<S extends Shape>(shape: S, value: Infer<S>): WriteJson {
  return (layout) => withEnd(layout, jsonPieces(shape, value, layout));
}

const newline = Buffer.from('\n');

/** Consul ends the layout for people with a line break. */
function* withEnd(layout: JsonLayout, pieces: Iterable<Buffer>): JsonPieces {
  yield* pieces;
  if (layout === 'pretty') yield newline;
}

/** JSON of which the beginning is there. */
export interface BegunJson {
  readonly begun: Buffer;
  /** What follows; undefined when that was all. */
  readonly rest: JsonPieces | undefined;
}

/** Why an answer is not written: there is nobody left who reads it. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

export interface BeginOptions {
  /** How much is written at least, unless the whole is shorter. */
  readonly bytesMax: number;
  /** Whether the client has closed its connection. */
  readonly isGone: () => boolean;
}

/** Writes up to `bytesMax`, with other work in between. @throws ClientGone. */
export async function beginJson(
  pieces: JsonPieces,
  { bytesMax, isGone }: BeginOptions,
  turns: Turns,
): Promise<BegunJson> {
  const written: Buffer[] = [];
  let bytes = 0;
  while (bytes <= bytesMax) {
    const { done, value } = pieces.next();
    if (done === true) return { begun: joined(written), rest: undefined };
    written.push(value);
    bytes += value.length;
    if (isLarge(value)) await turns.next();
    if (isGone()) throw new ClientGone('the client closed its connection');
  }
  return { begun: joined(written), rest: pieces };
}

/** Writes what is begun to its end, at the pace at which it is read. */
export async function* streamJson({ begun, rest }: BegunJson, turns: Turns): AsyncGenerator<Buffer, void> {
  yield begun;
  for (let next = rest?.next(); next !== undefined && next.done !== true; next = rest?.next()) {
    yield next.value;
    await turns.next();
  }
}

/** Work worth a turn of its own; most answers are smaller. */
const largeBytes = 8 * 1024;

function isLarge(piece: Buffer): boolean {
  return piece.length > largeBytes;
}

function joined(pieces: readonly Buffer[]): Buffer {
  const [first, ...more] = pieces;
  return first !== undefined && more.length === 0 ? first : Buffer.concat(pieces);
}
