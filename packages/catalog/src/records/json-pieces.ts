import { JsonSink, sortedKeys } from '../go/json-sink.ts';
import {
  fieldsOf,
  type Infer,
  type ListShape,
  type MapShape,
  type RecordShape,
  type Shape,
} from './shape.ts';
import {
  closeList,
  closeObject,
  type JsonLayout,
  openList,
  openObject,
  outermost,
  type Place,
  type WriteValue,
  writerOf,
  writtenFields,
} from './write-json.ts';

/**
 * JSON in pieces, so that the sender can let other work pass between two of them. Together they are what the writer of
 * the whole value gives.
 */
export type JsonPieces = Generator<Buffer, void, undefined>;

/** How much a piece holds at most, but for its last value: less than a millisecond of work. */
const valuesEach = 100;
const bytesEach = 64 * 1024;

/** Writes values of one shape in one place, in pieces where they are long. */
interface PieceWriter {
  readonly write: WriteValue;
  /** Whether a value has so many others in it that it is written in pieces. */
  readonly isLong: (value: unknown) => boolean;
  readonly pieces: (value: unknown, sink: JsonSink) => JsonPieces;
}

/** A writer, and a sink that is empty whenever a piece has been taken, so that all values share it. */
interface SharedWriter {
  readonly writer: PieceWriter;
  readonly sink: JsonSink;
}

type Writers = Readonly<Record<JsonLayout, WeakMap<Shape, SharedWriter>>>;

/** Of items of lists, and of values that stand alone. */
const itemWriters: Writers = { compact: new WeakMap(), pretty: new WeakMap() };
const wholeWriters: Writers = { compact: new WeakMap(), pretty: new WeakMap() };

/** The writer of a shape in a place, made once; its sink is empty. */
function sharedWriter(writers: WeakMap<Shape, SharedWriter>, shape: Shape, place: Place): SharedWriter {
  let shared = writers.get(shape);
  if (shared === undefined) {
    shared = { writer: pieceWriter(shape, place), sink: new JsonSink() };
    writers.set(shape, shared);
  }
  // A value that could not be written, or was not read to its end, has left what it had begun.
  shared.sink.clear();
  return shared;
}

/** A list of records, which may be found while it is written. */
export function* jsonListPieces<S extends Shape>(
  item: S,
  records: Iterable<Infer<S>>,
  layout: JsonLayout = 'compact',
): JsonPieces {
  const place = outermost[layout];
  const { writer, sink } = sharedWriter(itemWriters[layout], item, place.inner);
  yield* writeItems(records, writer, sink, place);
  yield sink.take();
}

/** A value of a shape, in which lists and maps may be long at any depth. */
export function* jsonPieces<S extends Shape>(
  shape: S,
  value: Infer<S>,
  layout: JsonLayout = 'compact',
): JsonPieces {
  const { writer, sink } = sharedWriter(wholeWriters[layout], shape, outermost[layout]);
  // To count the keys of a large map takes as long as to write some of them.
  const isCollection = value !== null && (shape.kind === 'list' || shape.kind === 'map');
  if (isCollection || writer.isLong(value)) yield* writer.pieces(value, sink);
  else writer.write(value, sink);
  yield sink.take();
}

function pieceWriter(shape: Shape, place: Place): PieceWriter {
  const write = writerOf(shape, place);
  switch (shape.kind) {
    case 'list':
      return listPieces(shape, place, write);
    case 'map':
      return mapPieces(shape, place, write);
    case 'pointer':
      return { ...pieceWriter(shape.target, place), write };
    case 'record':
      return recordPieces(shape, place, write);
    default:
      return { write, isLong: () => false, pieces: noPieces };
  }
}

function noPieces(): never {
  throw new Error('only lists, maps and records are long');
}

function listPieces({ item }: ListShape, place: Place, write: WriteValue): PieceWriter {
  const items = pieceWriter(item, place.inner);
  const shortMax = shortMaxOf(item);
  return {
    write,
    isLong: (value) => {
      const list = value as readonly unknown[] | null;
      return list !== null && (list.length > shortMax || list.some(items.isLong));
    },
    pieces: (value, sink) => writeItems(value as readonly unknown[], items, sink, place),
  };
}

function* writeItems(
  items: Iterable<unknown>,
  writer: PieceWriter,
  sink: JsonSink,
  { first, next, last }: Place,
): JsonPieces {
  sink.byte(openList);
  let count = 0;
  for (const item of items) {
    sink.raw(count === 0 ? first : next);
    yield* writeOne(item, writer, sink, count);
    count += 1;
  }
  if (count > 0) sink.raw(last);
  sink.byte(closeList);
}

/** Writes the value at a position of others, and ends the piece where it holds enough. */
function* writeOne(
  value: unknown,
  { write, isLong, pieces }: PieceWriter,
  sink: JsonSink,
  at: number,
): JsonPieces {
  if (isLong(value)) yield* pieces(value, sink);
  else write(value, sink);
  if (at % valuesEach !== valuesEach - 1 && sink.length < bytesEach) return;
  yield sink.take();
  // Another writer may have failed meanwhile, and left its beginning.
  sink.clear();
}

type Entries = Readonly<Record<string, unknown>>;

function mapPieces({ item }: MapShape, place: Place, write: WriteValue): PieceWriter {
  const items = pieceWriter(item, place.inner);
  const shortMax = shortMaxOf(item);
  return {
    write,
    isLong: (value) => value !== null && hasLong(value as Entries, items, shortMax),
    pieces: function* (value, sink) {
      const map = value as Entries;
      sink.byte(openObject);
      const keys = sortedKeys(map);
      for (const [at, key] of keys.entries()) {
        sink.raw(at === 0 ? place.first : place.next);
        sink.text(key);
        sink.ascii(place.colon);
        yield* writeOne(map[key], items, sink, at);
      }
      if (keys.length > 0) sink.raw(place.last);
      sink.byte(closeObject);
    },
  };
}

function hasLong(map: Entries, { isLong }: PieceWriter, shortMax: number): boolean {
  let count = 0;
  for (const key in map) {
    count += 1;
    if (count > shortMax || isLong(map[key])) return true;
  }
  return false;
}

function recordPieces(shape: RecordShape, place: Place, write: WriteValue): PieceWriter {
  const fields = writtenFields(shape, place).map((field) => ({
    ...field,
    writer: mayBeLong(field.shape) ? pieceWriter(field.shape, place.inner) : undefined,
  }));
  const long = fields.filter(({ writer }) => writer !== undefined);
  return {
    write,
    isLong: (value) =>
      value !== null && long.some(({ name, writer }) => writer?.isLong((value as Entries)[name])),
    pieces: function* (value, sink) {
      sink.byte(openObject);
      let isFirst = true;
      for (const field of fields) {
        const item = (value as Entries)[field.name];
        if (field.isLeftOut?.(item) === true) continue;
        sink.raw(isFirst ? field.firstLabel : field.nextLabel);
        isFirst = false;
        if (field.writer?.isLong(item) === true) yield* field.writer.pieces(item, sink);
        else field.write(item, sink);
      }
      if (!isFirst) sink.raw(place.last);
      sink.byte(closeObject);
    },
  };
}

/** So many values are written at once; of those that hold bytes, as keys do, one may have half a megabyte. */
function shortMaxOf(item: Shape): number {
  return holdsBytes(item) ? 1 : valuesEach;
}

function holdsBytes(shape: Shape): boolean {
  switch (shape.kind) {
    case 'bytes':
      return true;
    case 'list':
    case 'map':
      return holdsBytes(shape.item);
    case 'pointer':
      return holdsBytes(shape.target);
    case 'record':
      return fieldsOf(shape).some((field) => holdsBytes(field.shape));
    default:
      return false;
  }
}

function mayBeLong({ kind }: Shape): boolean {
  return kind === 'list' || kind === 'map' || kind === 'record' || kind === 'pointer';
}
