import type { JsonValue } from '../go/json-value.ts';

/**
 * Descriptions of records: plain data from which follow a record's TypeScript type, its zero value, the JSON reader and
 * writer, the MessagePack form and the fields that filters may name. They describe Go structs, so they know what Go
 * knows: nil apart from empty, zero values for what is absent, and the names of types that error texts quote.
 */

/** How error texts and readers call the Go type behind a shape. */
interface GoTyped {
  /** The type as Go prints it in error texts: `string`, `types.NodeID`, `[]string`. */
  readonly goType: string;
}

/** Where the type of a shape's values is kept; never present at run time. */
declare const held: unique symbol;
interface Holds<T> {
  readonly [held]?: T;
}

/** Text; absent is ''. */
export interface TextShape extends GoTyped, Holds<string> {
  readonly kind: 'text';
  /** Whether it holds any bytes, as `key-text.ts` describes them; otherwise what is no UTF-8 reads as U+FFFD. */
  readonly isKey?: boolean;
}
/** A truth value; absent is false. */
export interface BoolShape extends GoTyped, Holds<boolean> {
  readonly kind: 'bool';
}
/** A signed integer of 64 bits, or of 64 unsigned bits; beyond 2^53 only the nearest number is kept. */
export interface IntShape extends GoTyped, Holds<number> {
  readonly kind: 'int' | 'uint';
}
/** An index of the Raft log: unsigned, and never beyond 2^53 in practice. A larger one reads as the largest safe one. */
export interface IndexShape extends GoTyped, Holds<number> {
  readonly kind: 'index';
}
/** An unsigned integer of 64 bits, exact. */
export interface U64Shape extends GoTyped, Holds<bigint> {
  readonly kind: 'u64';
}
/** A float of 64 bits. */
export interface FloatShape extends GoTyped, Holds<number> {
  readonly kind: 'float';
}
/** A duration in nanoseconds, exact. JSON reads text (`10s`) and nanoseconds. */
export interface DurationShape<Written extends 'number' | 'text' = 'number' | 'text'>
  extends GoTyped,
    Holds<bigint> {
  readonly kind: 'duration';
  /** How JSON writes it: nanoseconds, or as Go prints a duration. */
  readonly written: Written;
}
/** Bytes; nil is null. JSON has them in base64. */
export interface BytesShape extends GoTyped, Holds<Uint8Array | null> {
  readonly kind: 'bytes';
}
/** Any JSON value, as Go's `interface{}`: null, truth, number, text, list or map. */
export interface JsonShape extends GoTyped, Holds<JsonValue> {
  readonly kind: 'json';
}
/** A list; nil is null and is not the empty list, unless it is said to be. */
export interface ListShape<Item extends Shape = Shape, Nil extends null = null>
  extends GoTyped,
    Holds<readonly Infer<Item>[] | Nil> {
  readonly kind: 'list';
  readonly item: Item;
  /** Whether nil, and a field that is absent, are the empty list. */
  readonly isNilEmpty: boolean;
}
/** A map with text for keys; nil is null and is not the empty map. */
export interface MapShape<Item extends Shape = Shape>
  extends GoTyped,
    Holds<Readonly<Record<string, Infer<Item>>> | null> {
  readonly kind: 'map';
  readonly item: Item;
}
/** A pointer to a record; nil is null. */
export interface PointerShape<Target extends RecordShape = RecordShape>
  extends GoTyped,
    Holds<Infer<Target> | null> {
  readonly kind: 'pointer';
  readonly target: Target;
}
/** A record: fields in the order in which JSON writes them. Absent, it has every field at its zero value. */
export interface RecordShape<Fields extends FieldMap = FieldMap>
  extends GoTyped,
    Holds<{ readonly [Name in keyof Fields]: Infer<ShapeOf<Fields[Name]>> }> {
  readonly kind: 'record';
  readonly name: string;
  readonly fields: Fields;
  readonly decoding: Decoding;
  /** The Go type that a decoder of its own reads, as error texts print it. */
  readonly decoderType: string;
  /** Further keys that JSON accepts and drops, if their values are of these shapes. */
  readonly ignored: Readonly<Record<string, Shape>>;
}

/** What a field can hold. */
export type Shape =
  | TextShape
  | BoolShape
  | IntShape
  | IndexShape
  | U64Shape
  | FloatShape
  | DurationShape
  | BytesShape
  | JsonShape
  | ListShape
  | MapShape
  | PointerShape
  | RecordShape;

/**
 * Who reads a record's JSON. `parent`: the decoder that reads what it is in. `strict`, `lenient`: the record has a
 * decoder of its own, which refuses or ignores unknown fields, and whose error texts name fields from here on.
 */
export type Decoding = 'parent' | 'strict' | 'lenient';

/** A shape as a field, with what is special about it. */
export interface Field<S extends Shape = Shape> {
  readonly shape: S;
  /** JSON leaves it out when it is empty: '', false, 0, nil, an empty list or map. Never a record. */
  readonly omitEmpty?: boolean;
  /** False when JSON neither has nor accepts it. */
  readonly json?: boolean;
  /** False when filters may not name it. */
  readonly filter?: boolean;
  /** True for what Consul does not have: MessagePack has it only when it is not empty, so that Consul's bytes stay its own. */
  readonly isOwn?: boolean;
  /** Other keys that JSON accepts, used when the field itself is empty. */
  readonly aliases?: readonly string[];
}

/** The fields of a record: a shape, or a shape with options. */
export type FieldMap = Readonly<Record<string, Shape | Field>>;
type ShapeOf<F> = F extends Field<infer S> ? S : F extends Shape ? F : never;

/** The type of a shape's values. */
export type Infer<S> = S extends Holds<infer T> ? Exclude<T, undefined> : never;

const named = <S extends Shape>(shape: S) => shape;

/** Text. */
export const text: TextShape = { kind: 'text', goType: 'string' };
/** A key of the key/value store: any bytes. */
export const keyText: TextShape = { kind: 'text', goType: 'string', isKey: true };
/** A truth value. */
export const bool: BoolShape = { kind: 'bool', goType: 'bool' };
/** A signed integer. */
export const int: IntShape = { kind: 'int', goType: 'int' };
/** An unsigned integer. */
export const uint: IntShape = { kind: 'uint', goType: 'uint' };
/** An index of the Raft log. */
export const index: IndexShape = { kind: 'index', goType: 'uint64' };
/** An unsigned integer of 64 bits, exact. */
export const u64: U64Shape = { kind: 'u64', goType: 'uint64' };
/** A float of 64 bits. */
export const float: FloatShape = { kind: 'float', goType: 'float64' };
/** Bytes. */
export const bytes: BytesShape = { kind: 'bytes', goType: '[]uint8' };
/** Any JSON value. */
export const json: JsonShape = { kind: 'json', goType: 'interface {}' };
/** A duration that JSON writes in nanoseconds. */
export const durationNs: DurationShape<'number'> = {
  kind: 'duration',
  goType: 'time.Duration',
  written: 'number',
};
/** A duration that JSON writes as text. */
export const durationText: DurationShape<'text'> = {
  kind: 'duration',
  goType: 'time.Duration',
  written: 'text',
};

/** Text of a type of its own, which error texts name. */
export function textOf(goType: string): TextShape {
  return { kind: 'text', goType };
}

/** A list of items of one shape. */
export function listOf<Item extends Shape>(item: Item, goType = `[]${item.goType}`): ListShape<Item> {
  return named<ListShape<Item>>({ kind: 'list', goType, item, isNilEmpty: false });
}

/** A list of a reply: Consul leaves open whether one without items is nil, and readers make it empty. */
export function foundOf<Item extends Shape>(item: Item, goType = `[]${item.goType}`): ListShape<Item, never> {
  return named<ListShape<Item, never>>({ kind: 'list', goType, item, isNilEmpty: true });
}

/** A map from text to values of one shape. */
export function mapOf<Item extends Shape>(item: Item): MapShape<Item> {
  return named<MapShape<Item>>({ kind: 'map', goType: `map[string]${item.goType}`, item });
}

/** A record that may be absent. */
export function pointerTo<Target extends RecordShape>(target: Target): PointerShape<Target> {
  return named<PointerShape<Target>>({ kind: 'pointer', goType: `*${target.goType}`, target });
}

/** A field of a record with options, which its type keeps; a shape alone is a field without. */
export function field<S extends Shape, const O extends Omit<Field, 'shape'>>(
  shape: S,
  options: O,
): Field<S> & O {
  return { ...options, shape };
}

export interface RecordOptions {
  /** Default `parent`. */
  readonly decoding?: Decoding;
  /** The Go type; default `structs.` and the name. */
  readonly goType?: string;
  /** Default: the Go type. */
  readonly decoderType?: string;
  /** Default: none. */
  readonly ignored?: Readonly<Record<string, Shape>>;
}

/** Describes a record; `fields` in the order in which JSON writes them. */
export function record<Fields extends FieldMap>(
  name: string,
  fields: Fields,
  options: RecordOptions = {},
): RecordShape<Fields> {
  const { decoding = 'parent', goType = `structs.${name}`, ignored = {} } = options;
  const { decoderType = goType } = options;
  return { kind: 'record', name, goType, fields, decoding, decoderType, ignored };
}

/** One field of a record with every option filled in. */
export interface FieldEntry {
  readonly name: string;
  readonly shape: Shape;
  readonly omitEmpty: boolean;
  readonly json: boolean;
  readonly filter: boolean;
  readonly isOwn: boolean;
  readonly aliases: readonly string[];
}

/** The fields of a record in order. */
export function fieldsOf(shape: RecordShape): readonly FieldEntry[] {
  return Object.entries(shape.fields).map(([name, entry]) => {
    const options: Field = 'shape' in entry ? entry : { shape: entry };
    const { omitEmpty = false, json = true, filter = true, isOwn = false, aliases = [] } = options;
    return { name, shape: options.shape, omitEmpty, json, filter, isOwn, aliases };
  });
}

/**
 * The Go struct that a decoder of its own reads, as error texts print it: the extra keys, each as `Name type key`
 * (`key` where it differs), before the record itself.
 */
export function decoderStruct(...keys: readonly string[]): string {
  const extra = keys.map((key) => {
    const [, name = '', type = '', tag] = /^(\w+) (\S+)(?: (\w+))?$/.exec(key) ?? [];
    return `${name} ${type.replace('{', ' {')}${tag === undefined ? '' : ` "json:\\"${tag}\\""`}; `;
  });
  return `struct { ${extra.join('')}*structs.Alias }`;
}
