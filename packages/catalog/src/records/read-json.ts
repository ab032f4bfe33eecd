import { InputError } from '../go/input-error.ts';
import { type JsonNode, JsonObject, parseJson } from '../go/json-parse.ts';
import { isList, newMap, plainValue } from '../go/json-value.ts';
import { quote } from '../go/strconv.ts';
import {
  checkDuration,
  type JsonContext,
  numberError,
  readDuration,
  readScalar,
  typeError,
} from './read-scalar.ts';
import {
  fieldsOf,
  type Infer,
  type ListShape,
  type MapShape,
  type RecordShape,
  type Shape,
} from './shape.ts';
import { emptinessOf, zeroInside, zeroOf } from './zero.ts';

/** Reads a value; `previous` is what an equal key before gave, which Go merges lists, maps and records into. */
type ReadNode = (node: JsonNode, context: JsonContext, previous: unknown) => unknown;

/** Turns the bytes of a request into a record. @throws InputError with Go's text, see {@link InputError}. */
export type JsonReader<T> = (bytes: Uint8Array, base?: T) => T;

const readers = new WeakMap<Shape, JsonReader<unknown>>();

/**
 * The reader of a shape's JSON; made once. Keys count in any case, `null` as absent, and what follows is not read. With
 * a base, what is absent is as there; a list that is null is nil all the same, as in Go.
 */
export function jsonReader<S extends Shape>(shape: S): JsonReader<Infer<S>> {
  let reader = readers.get(shape);
  if (reader === undefined) {
    const read = nodeReader(shape, true);
    reader = (bytes, base) => {
      const node = parseJson(bytes);
      if (node === null) return base ?? zeroOf(shape);
      try {
        return decode((context) => read(node, context, base), {
          structName: '',
          path: [],
          isSealed: false,
        });
      } catch (error) {
        throw error instanceof DecoderFailed ? error.reason : error;
      }
    };
    readers.set(shape, reader);
  }
  return reader as JsonReader<Infer<S>>;
}

/** Reads one record from JSON as Consul reads it, over a base if there is one. @throws InputError. */
export function readJson<S extends Shape>(shape: S, bytes: Uint8Array, base?: Infer<S>): Infer<S> {
  return jsonReader(shape)(bytes, base);
}

/** Ends a decoder, and with it those around it. */
class DecoderFailed extends Error {
  readonly reason: InputError;

  constructor(reason: InputError) {
    super(reason.message);
    this.reason = reason;
  }
}

/**
 * Runs one decoder. As in Go, it notes the first value that does not fit and reads on to its end; but a decoder inside it
 * that fails ends it at once, so that its error comes first. @throws DecoderFailed.
 */
function decode<T>(read: (context: JsonContext) => T, outer: Omit<JsonContext, 'noted'>): T {
  const context: JsonContext = { ...outer, noted: {} };
  try {
    const value = read(context);
    if (context.noted.first === undefined) return value;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    context.noted.first ??= error;
  }
  throw new DecoderFailed(context.noted.first);
}

/**
 * Reads a value inside a decoder: an error is noted, and the value is undefined then. Once one is noted, values are only
 * read for decoders inside them, since thousands of further errors would take long.
 */
function itemReader(shape: Shape, isStrict: boolean): ReadNode {
  return notingReader(shape, nodeReader(shape, isStrict));
}

function notingReader(shape: Shape, read: ReadNode): ReadNode {
  const mayFailInside = hasDecoder(shape);
  return (node, context, previous) => {
    const { noted } = context;
    if (noted.first !== undefined && !mayFailInside) return undefined;
    try {
      return read(node, context, previous);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      noted.first ??= error;
      return undefined;
    }
  };
}

/** True when a value of the shape is read by a decoder of its own, or something in it is. */
function hasDecoder(shape: Shape): boolean {
  switch (shape.kind) {
    case 'list':
    case 'map':
      return hasDecoder(shape.item);
    case 'pointer':
      return hasDecoder(shape.target);
    case 'record':
      return shape.decoding !== 'parent' || fieldsOf(shape).some((entry) => hasDecoder(entry.shape));
    default:
      return false;
  }
}

/** `isStrict`: whether the decoder refuses unknown fields of records that have no decoder of their own. */
function nodeReader(shape: Shape, isStrict: boolean): ReadNode {
  switch (shape.kind) {
    case 'json':
      return readPlain;
    case 'list':
      return listReader(shape, isStrict);
    case 'map':
      return mapReader(shape, isStrict);
    case 'pointer': {
      const read = recordReader(shape.target, isStrict);
      return (node, context, previous) => (node === null ? null : read(node, context, previous ?? undefined));
    }
    case 'record':
      return recordReader(shape, isStrict);
    default: {
      const zero = zeroOf(shape);
      return (node, context, previous) =>
        node === null ? (previous ?? zero) : readScalar(shape, node, context);
    }
  }
}

function readPlain(node: JsonNode, context: JsonContext): unknown {
  return plainValue(node, (number) => numberError(number, 'float64', context));
}

function listReader(shape: ListShape, isStrict: boolean): ReadNode {
  const read = itemReader(shape.item, isStrict);
  const nil = zeroOf(shape);
  return (node, context, previous) => {
    if (node === null) return nil;
    if (!isList(node)) throw typeError(node, shape.goType, context);
    const before = Array.isArray(previous) ? previous : [];
    return node.map((item, i) => read(item, context, before[i]));
  };
}

function mapReader(shape: MapShape, isStrict: boolean): ReadNode {
  const read = itemReader(shape.item, isStrict);
  return (node, context, previous) => {
    if (node === null) return null;
    if (!(node instanceof JsonObject)) throw typeError(node, shape.goType, context);
    const map = Object.assign(newMap<unknown>(), previous);
    node.keys.forEach((key, i) => {
      map[key] = read(node.values[i] ?? null, context, undefined);
    });
    return map;
  };
}

/** What a key of a record's JSON leads to. */
interface Slot {
  /** As error texts call it. */
  readonly key: string;
  /** The field that gets the value; undefined when the value is dropped. */
  readonly field: string | undefined;
  /** Whether it is another key of the field. */
  readonly isAlias: boolean;
  readonly read: ReadNode;
}

function recordReader(shape: RecordShape, parentIsStrict: boolean): ReadNode {
  const isDecoder = shape.decoding !== 'parent';
  const isStrict = isDecoder ? shape.decoding === 'strict' : parentIsStrict;
  const { exact, folded } = slotsOf(shape, isStrict);
  const zero = zeroInside(shape);
  const aliases = fieldsOf(shape)
    .filter((entry) => entry.aliases.length > 0)
    .map(({ name, aliases: keys, shape: value }) => ({
      name,
      keys,
      isEmpty: emptinessOf(value),
      empty: value.kind === 'record' ? zeroInside(value) : zeroOf(value),
    }));
  const durations = fieldsOf(shape).filter((entry) => entry.shape.kind === 'duration');
  const fill = (node: JsonObject, context: JsonContext, target: Record<string, unknown>): void => {
    const aliased = newMap<unknown>();
    node.keys.forEach((key, i) => {
      const slot = exact.get(key) ?? folded.get(foldKey(key));
      if (slot === undefined) {
        if (isStrict)
          context.noted.first ??= new InputError('INPUT_FIELD', `json: unknown field ${quote(key)}`);
        return;
      }
      if (!context.isSealed) context.path.push(slot.key);
      const into = slot.isAlias ? aliased : target;
      const at = slot.isAlias ? slot.key : (slot.field ?? '');
      const previous = slot.field === undefined ? undefined : into[at];
      const value = slot.read(node.values[i] ?? null, context, previous);
      if (slot.field !== undefined) into[at] = value;
      if (!context.isSealed) context.path.pop();
    });
    // What the fields hold no longer counts.
    if (context.noted.first !== undefined) return;
    for (const { name, keys, isEmpty, empty } of aliases) {
      for (const key of keys) {
        // Where no other key is given, an empty list or map becomes none at all.
        if (isEmpty(target[name])) target[name] = key in aliased ? aliased[key] : empty;
      }
    }
    for (const { name } of durations) target[name] = readDuration(target[name] as JsonNode | bigint);
  };
  const readRecord: ReadNode = (node, context, previous) => {
    if (!(node instanceof JsonObject)) {
      // Nobody sees a further error, and throwing thousands takes long.
      if (context.noted.first !== undefined) return undefined;
      throw typeError(node, isDecoder ? shape.decoderType : shape.goType, context);
    }
    const isFirst = previous === undefined || previous === zero;
    if (isFirst && node.keys.length === 0) return zero;
    const target = (isFirst ? zeroOf(shape) : { ...previous }) as Record<string, unknown>;
    fill(node, contextIn(shape, context), target);
    return target;
  };
  return (node, context, previous) => {
    if (node === null) return previous ?? zero;
    if (!isDecoder) return readRecord(node, context, previous);
    return decode((inside) => readRecord(node, inside, previous), context);
  };
}

/**
 * The context inside a record. A decoder of its own starts without a path, but the decoder around it puts its own path
 * over the error: from there on names no longer count.
 */
function contextIn(shape: RecordShape, outer: JsonContext): JsonContext {
  if (outer.isSealed) return outer;
  if (shape.decoding === 'parent') return { ...outer, structName: shape.name };
  return outer.path.length === 0 ? outer : { ...outer, isSealed: true };
}

interface RecordSlots {
  readonly exact: ReadonlyMap<string, Slot>;
  /** By the key in lower case, for those that are not exact. */
  readonly folded: ReadonlyMap<string, Slot>;
}

function slotsOf(shape: RecordShape, isStrict: boolean): RecordSlots {
  const exact = new Map<string, Slot>();
  const folded = new Map<string, Slot>();
  const add = (key: string, value: Shape, field: string | undefined, isAlias: boolean) => {
    // Durations are parsed after all fields, as Consul does; until then they are nodes.
    const read = value.kind === 'duration' ? notingReader(value, checkDuration) : itemReader(value, isStrict);
    const slot: Slot = { key, field, isAlias, read };
    exact.set(key, slot);
    if (!folded.has(foldKey(key))) folded.set(foldKey(key), slot);
  };
  for (const [key, value] of Object.entries(shape.ignored)) add(key, value, undefined, false);
  for (const { name, shape: value, json, aliases } of fieldsOf(shape)) {
    if (json) add(name, value, name, false);
    for (const key of aliases) add(key, value, name, true);
  }
  return { exact, folded };
}

/** Go compares keys in any case, and for it the long s and the Kelvin sign are letters in another case. */
function foldKey(key: string): string {
  return key.toLowerCase().replaceAll('\u017f', 's');
}
