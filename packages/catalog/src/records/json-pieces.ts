import { JsonSink } from '../go/json-sink.ts';
import type { Infer, RecordShape, Shape } from './shape.ts';
import {
  closeList,
  closeObject,
  type JsonLayout,
  openList,
  openObject,
  outermost,
  type Place,
  type WriteValue,
  type WrittenField,
  writerOf,
  writtenFields,
} from './write-json.ts';

/**
 * JSON in pieces, so that the sender can let other work pass between two of them. Together they are what the writer of
 * the whole value gives.
 */
export type JsonPieces = Generator<Buffer, void, undefined>;

/** How much a piece of a list holds at most, but for its last record: less than a millisecond of work. */
const recordsEach = 100;
const bytesEach = 64 * 1024;

/** Writes the records of lists. */
interface ItemWriter {
  readonly write: WriteValue;
  /** Empty whenever a piece has been taken, so that all lists share it. */
  readonly sink: JsonSink;
}

const itemWriters = {
  compact: new WeakMap<Shape, ItemWriter>(),
  pretty: new WeakMap<Shape, ItemWriter>(),
};

/** A list of records. */
export function* jsonListPieces<S extends Shape>(
  item: S,
  records: Iterable<Infer<S>>,
  layout: JsonLayout = 'compact',
): JsonPieces {
  const place = outermost[layout];
  const { write, sink } = madeOnce(itemWriters[layout], item, () => ({
    write: writerOf(item, place.inner),
    sink: new JsonSink(),
  }));
  // A list that nobody read to its end has left what it had begun.
  sink.clear();
  yield* writeItems(records, write, sink, place);
  yield sink.take();
}

function* writeItems(
  items: Iterable<unknown>,
  write: WriteValue,
  sink: JsonSink,
  { first, next, last }: Place,
): JsonPieces {
  sink.byte(openList);
  let count = 0;
  for (const item of items) {
    sink.raw(count === 0 ? first : next);
    write(item, sink);
    count += 1;
    if (count % recordsEach === 0 || sink.length >= bytesEach) {
      yield sink.take();
      // Another writer may have failed meanwhile, and left its beginning.
      sink.clear();
    }
  }
  if (count > 0) sink.raw(last);
  sink.byte(closeList);
}

interface PiecedField extends WrittenField {
  /** Of a list: the writer of its items. */
  readonly writeItem: WriteValue | undefined;
}

const recordFields = {
  compact: new WeakMap<RecordShape, readonly PiecedField[]>(),
  pretty: new WeakMap<RecordShape, readonly PiecedField[]>(),
};

/** A record whose own fields may be long lists. */
export function* jsonRecordPieces<S extends RecordShape>(
  shape: S,
  value: Infer<S>,
  layout: JsonLayout = 'compact',
): JsonPieces {
  const place = outermost[layout];
  const fields = madeOnce(recordFields[layout], shape, () => piecedFields(shape, place));
  const sink = new JsonSink();
  sink.byte(openObject);
  let isFirst = true;
  for (const field of fields) {
    const item = (value as Readonly<Record<string, unknown>>)[field.name];
    if (field.isLeftOut?.(item) === true) continue;
    sink.raw(isFirst ? field.firstLabel : field.nextLabel);
    isFirst = false;
    if (field.writeItem === undefined || item === null) field.write(item, sink);
    else yield* writeItems(item as Iterable<unknown>, field.writeItem, sink, place.inner);
  }
  if (!isFirst) sink.raw(place.last);
  sink.byte(closeObject);
  yield sink.take();
}

function piecedFields(shape: RecordShape, place: Place): readonly PiecedField[] {
  return writtenFields(shape, place).map((field) => ({
    ...field,
    writeItem: field.shape.kind === 'list' ? writerOf(field.shape.item, place.inner.inner) : undefined,
  }));
}

function madeOnce<Key extends object, Value>(made: WeakMap<Key, Value>, key: Key, make: () => Value): Value {
  let value = made.get(key);
  if (value === undefined) {
    value = make();
    made.set(key, value);
  }
  return value;
}
