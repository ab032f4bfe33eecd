import { formatDuration } from '../go/duration.ts';
import { JsonSink, jsonFloat, sortedKeys } from '../go/json-sink.ts';
import { fieldsOf, type Infer, type RecordShape, type Shape } from './shape.ts';
import { emptinessOf, zeroInside } from './zero.ts';

/** `pretty` is what `?pretty` asks for: a field a line, indented by four spaces a level. */
export type JsonLayout = 'compact' | 'pretty';

/** Writes a value as the bytes of JSON. */
export type JsonWriter<T> = (value: T) => Buffer;

/** Writes a value at the end of a sink. */
export type WriteValue = (value: unknown, sink: JsonSink) => void;

const writers = {
  compact: new WeakMap<Shape, JsonWriter<unknown>>(),
  pretty: new WeakMap<Shape, JsonWriter<unknown>>(),
};

/**
 * The writer of a shape; made once. Fields come in Consul's order and maps in that of their keys, 64-bit integers are
 * exact, and the text is safe inside HTML, as Go's is.
 */
export function jsonWriter<S extends Shape>(shape: S, layout: JsonLayout = 'compact'): JsonWriter<Infer<S>> {
  let writer = writers[layout].get(shape);
  if (writer === undefined) {
    const write = writerOf(shape, outermost[layout]);
    const sink = new JsonSink();
    writer = (value) => {
      // A writer that failed has left its beginning.
      sink.clear();
      write(value, sink);
      return sink.take();
    };
    writers[layout].set(shape, writer);
  }
  return writer;
}

/** What stands between the values of a list or an object, as JSON already. */
export interface Place {
  /** Between the opening bracket and the first value. */
  readonly first: Uint8Array;
  /** Between values. */
  readonly next: Uint8Array;
  /** Between the last value and the closing bracket. */
  readonly last: Uint8Array;
  readonly colon: string;
  /** The place of a value inside this one. */
  readonly inner: Place;
}

const compact: Place = {
  first: new Uint8Array(0),
  next: Buffer.from(','),
  last: new Uint8Array(0),
  colon: ':',
  get inner() {
    return compact;
  },
};

/** Places are made once for each depth, of which readers of JSON allow a few hundred. */
function prettyAt(depth: number): Place {
  const indent = '\n'.padEnd(1 + 4 * (depth + 1));
  let inner: Place | undefined;
  return {
    first: Buffer.from(indent),
    next: Buffer.from(`,${indent}`),
    last: Buffer.from('\n'.padEnd(1 + 4 * depth)),
    colon: ': ',
    get inner() {
      inner ??= prettyAt(depth + 1);
      return inner;
    },
  };
}

/** The place of a value that stands alone. */
export const outermost: Readonly<Record<JsonLayout, Place>> = { compact, pretty: prettyAt(0) };

const nothing = Buffer.from('null');
const emptyList = Buffer.from('[]');
const [yes, no] = [Buffer.from('true'), Buffer.from('false')];
/** The brackets of lists and objects. */
export const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];
const writeText: WriteValue = (value, sink) => sink.text(value as string);
const writeString: WriteValue = (value, sink) => sink.ascii(String(value));

/** The writer of a shape's values in a place; made at every call. */
export function writerOf(shape: Shape, place: Place): WriteValue {
  switch (shape.kind) {
    case 'text':
      return writeText;
    case 'float':
      return (value, sink) => sink.ascii(jsonFloat(value as number));
    case 'bool':
      return (value, sink) => sink.raw(value === true ? yes : no);
    case 'int':
    case 'uint':
    case 'index':
      return (value, sink) => sink.integer(value as number);
    case 'u64':
      return writeString;
    case 'duration':
      if (shape.written === 'number') return writeString;
      return (value, sink) => sink.text(formatDuration(value as bigint));
    case 'bytes':
      return (value, sink) => (value === null ? sink.raw(nothing) : sink.text(base64(value as Uint8Array)));
    case 'json':
      return (value, sink) => writePlain(value, sink, place);
    case 'list':
      return listWriter(shape.item, place);
    case 'map':
      return mapWriter(shape.item, place);
    case 'pointer': {
      const write = writerOf(shape.target, place);
      return (value, sink) => (value === null ? sink.raw(nothing) : write(value, sink));
    }
    case 'record':
      return recordWriter(shape, place);
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

function listWriter(item: Shape, place: Place): WriteValue {
  const write = writerOf(item, place.inner);
  return (value, sink) =>
    value === null ? sink.raw(nothing) : writeList(value as readonly unknown[], sink, place, write);
}

function writeList(items: readonly unknown[], sink: JsonSink, place: Place, write: WriteValue): void {
  if (items.length === 0) {
    sink.raw(emptyList);
    return;
  }
  sink.byte(openList);
  sink.raw(place.first);
  write(items[0], sink);
  for (let i = 1; i < items.length; i += 1) {
    sink.raw(place.next);
    write(items[i], sink);
  }
  sink.raw(place.last);
  sink.byte(closeList);
}

function mapWriter(item: Shape, place: Place): WriteValue {
  const write = writerOf(item, place.inner);
  return (value, sink) =>
    value === null ? sink.raw(nothing) : writeMap(value as Entries, sink, place, write);
}

type Entries = Readonly<Record<string, unknown>>;

function writeMap(map: Entries, sink: JsonSink, place: Place, write: WriteValue): void {
  sink.byte(openObject);
  const start = sink.length;
  for (const key of sortedKeys(map)) {
    sink.raw(sink.length === start ? place.first : place.next);
    sink.text(key);
    sink.ascii(place.colon);
    write(map[key], sink);
  }
  if (sink.length > start) sink.raw(place.last);
  sink.byte(closeObject);
}

/** A field as it is written. */
export interface WrittenField {
  readonly name: string;
  readonly shape: Shape;
  readonly isText: boolean;
  /** Whether a value is left out: of a field that JSON leaves out when empty, or has not at all. */
  readonly isLeftOut: ((value: unknown) => boolean) | undefined;
  readonly write: WriteValue;
  /** The name as the first one of its record, and as a later one. */
  readonly firstLabel: Uint8Array;
  readonly nextLabel: Uint8Array;
}

/** The fields of a record in a place, in their order. */
export function writtenFields(shape: RecordShape, place: Place): readonly WrittenField[] {
  return fieldsOf(shape).map(({ name, shape: value, omitEmpty, json }) => {
    const label = Buffer.from(`"${name}"${place.colon}`);
    return {
      name,
      shape: value,
      isText: value.kind === 'text',
      isLeftOut: json ? (omitEmpty ? emptinessOf(value) : undefined) : () => true,
      write: writerOf(value, place.inner),
      firstLabel: Buffer.concat([place.first, label]),
      nextLabel: Buffer.concat([place.next, label]),
    };
  });
}

function recordWriter(shape: RecordShape, place: Place): WriteValue {
  const fields = writtenFields(shape, place);
  const writeFields: WriteValue = (value, sink) => {
    const record = value as Readonly<Record<string, unknown>>;
    sink.byte(openObject);
    const start = sink.length;
    let at = 0;
    // Engines read the fields of an object faster in its own order than by name.
    for (const name in record) {
      const field = fields[at];
      if (field === undefined || field.name !== name) break;
      writeField(field, record[name], sink, start);
      at += 1;
    }
    for (; at < fields.length; at += 1) {
      const field = fields[at] as WrittenField;
      writeField(field, record[field.name], sink, start);
    }
    if (sink.length > start) sink.raw(place.last);
    sink.byte(closeObject);
  };
  const zero = zeroInside(shape);
  const sink = new JsonSink();
  writeFields(zero, sink);
  const zeroJson = sink.take();
  return (value, into) => (value === zero ? into.raw(zeroJson) : writeFields(value, into));
}

function writeField(field: WrittenField, value: unknown, sink: JsonSink, start: number): void {
  if (field.isLeftOut?.(value) === true) return;
  const label = sink.length === start ? field.firstLabel : field.nextLabel;
  if (field.isText) {
    sink.labelledText(label, value as string);
    return;
  }
  sink.raw(label);
  field.write(value, sink);
}

/** Any JSON, as Go writes an `interface{}`. */
function writePlain(value: unknown, sink: JsonSink, place: Place): void {
  if (value === null || value === undefined) sink.raw(nothing);
  else if (typeof value === 'string') sink.text(value);
  else if (typeof value === 'number') sink.ascii(jsonFloat(value));
  else if (typeof value !== 'object') sink.ascii(String(value));
  else {
    const inner = place.inner;
    const write: WriteValue = (item) => writePlain(item, sink, inner);
    if (Array.isArray(value)) writeList(value, sink, place, write);
    else writeMap(value as Entries, sink, place, write);
  }
}
