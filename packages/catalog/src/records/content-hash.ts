import { fieldsOf, type Infer, type RecordShape, type Shape } from './shape.ts';

/**
 * The hash of a record that Consul's agent gives as `X-Consul-ContentHash`, so that a client may compare hashes of both
 * kinds of agents. Source: mitchellh/hashstructure 1.0.0, with FNV-1 of 64 bits; Consul agent.AgentService.
 */

const offsetBasis = { high: 0xcbf29ce4, low: 0x84222325 };
/** The prime is 2^40 and this. */
const primeLow = 0x1b3;
const wordSize = 2 ** 32;

/**
 * In words of 32 bits: integers of 64 bits would be too slow for a proxy whose configuration fills a whole request.
 * Source: Go hash/fnv New64.
 */
function fnv(bytes: Uint8Array): bigint {
  let { high, low } = offsetBasis;
  for (const byte of bytes) {
    const product = low * primeLow;
    high = (high * primeLow + Math.floor(product / wordSize) + ((low << 8) >>> 0)) % wordSize;
    low = ((product % wordSize) ^ byte) >>> 0;
  }
  return (BigInt(high) << 32n) | BigInt(low);
}

const encoder = new TextEncoder();

function ofText(text: string): bigint {
  return fnv(encoder.encode(text));
}

function ofWord(write: (view: DataView) => void): bigint {
  const view = new DataView(new ArrayBuffer(8));
  write(view);
  return fnv(new Uint8Array(view.buffer));
}

function ofInteger(value: number | bigint): bigint {
  return ofWord((view) => view.setBigInt64(0, BigInt.asIntN(64, BigInt(value)), true));
}

function ofFloat(value: number): bigint {
  return ofWord((view) => view.setFloat64(0, value, true));
}

function ofBool(value: boolean): bigint {
  return fnv(Uint8Array.of(value ? 1 : 0));
}

/** Two hashes where the order counts; where it does not, they are joined by exclusive or. */
function inOrder(first: bigint, second: bigint): bigint {
  const view = new DataView(new ArrayBuffer(16));
  view.setBigUint64(0, first, true);
  view.setBigUint64(8, second, true);
  return fnv(new Uint8Array(view.buffer));
}

function ofList(hashes: readonly bigint[]): bigint {
  return hashes.reduce(inOrder, 0n);
}

function ofPairs(pairs: readonly (readonly [string, bigint])[], start: bigint): bigint {
  return pairs.reduce((hash, [key, value]) => hash ^ inOrder(ofText(key), value), start);
}

/** Nothing counts as the integer 0. */
const ofNothing = ofInteger(0);

function hashOf(shape: Shape, value: unknown): bigint {
  switch (shape.kind) {
    case 'text':
      return ofText(value as string);
    case 'bool':
      return ofBool(value as boolean);
    case 'float':
      return ofFloat(value as number);
    case 'int':
    case 'uint':
    case 'index':
    case 'u64':
    case 'duration':
      return ofInteger(value as number | bigint);
    case 'bytes':
      return ofList([...((value as Uint8Array | null) ?? [])].map((byte) => fnv(Uint8Array.of(byte))));
    case 'json':
      return ofJson(value);
    case 'list':
      return ofList(((value as readonly unknown[] | null) ?? []).map((item) => hashOf(shape.item, item)));
    case 'map':
      return ofPairs(
        Object.entries((value as Readonly<Record<string, unknown>> | null) ?? {}).map(
          ([key, item]) => [key, hashOf(shape.item, item)] as const,
        ),
        0n,
      );
    case 'pointer':
      return value === null ? ofNothing : hashOf(shape.target, value);
    case 'record':
      return ofPairs(
        fieldsOf(shape).map(
          ({ name, shape: inner }) =>
            [name, hashOf(inner, (value as Readonly<Record<string, unknown>>)[name])] as const,
        ),
        ofText(shape.name),
      );
  }
}

function ofJson(value: unknown): bigint {
  if (typeof value === 'string') return ofText(value);
  if (typeof value === 'boolean') return ofBool(value);
  if (typeof value === 'number') return ofFloat(value);
  if (typeof value !== 'object' || value === null) return ofNothing;
  if (Array.isArray(value)) return ofList(value.map(ofJson));
  return ofPairs(
    Object.entries(value).map(([key, item]) => [key, ofJson(item)] as const),
    0n,
  );
}

/** The hash of a record's content, in hexadecimal digits without leading zeros. */
export function contentHash<S extends RecordShape>(shape: S, value: Infer<S>): string {
  return hashOf(shape, value).toString(16);
}
