import { fieldsOf, type Infer, type RecordShape, type Shape } from './shape.ts';

/**
 * The hash of a record that Consul's agent gives as `X-Consul-ContentHash`, so that a client may compare hashes of both
 * kinds of agents. Source: mitchellh/hashstructure 1.0.0, with FNV-1 of 64 bits; Consul agent.AgentService.
 */

/** A hash of 64 bits in words of 32: integers of 64 bits would make large records slow. */
interface Hash {
  readonly high: number;
  readonly low: number;
}

const offsetBasis: Hash = { high: 0xcbf29ce4, low: 0x84222325 };
/** The prime is 2^40 and this. */
const primeLow = 0x1b3;
const wordSize = 2 ** 32;

/** Source: Go hash/fnv New64. */
class Fnv {
  #high = offsetBasis.high;
  #low = offsetBasis.low;

  byte(byte: number): void {
    const product = this.#low * primeLow;
    this.#high =
      (this.#high * primeLow + Math.floor(product / wordSize) + ((this.#low << 8) >>> 0)) % wordSize;
    this.#low = ((product % wordSize) ^ byte) >>> 0;
  }

  /** The lowest byte first. */
  word(word: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.byte((word >>> shift) & 0xff);
  }

  /** The hash of what was given; what is given next begins another one. */
  end(): Hash {
    const hash = { high: this.#high, low: this.#low };
    this.#high = offsetBasis.high;
    this.#low = offsetBasis.low;
    return hash;
  }
}

const fnv = new Fnv();
const encoder = new TextEncoder();
const none: Hash = { high: 0, low: 0 };

function ofText(text: string): Hash {
  for (const byte of encoder.encode(text)) fnv.byte(byte);
  return fnv.end();
}

function ofWord(write: (view: DataView) => void): Hash {
  const view = new DataView(new ArrayBuffer(8));
  write(view);
  fnv.word(view.getUint32(0, true));
  fnv.word(view.getUint32(4, true));
  return fnv.end();
}

function ofInteger(value: number | bigint): Hash {
  return ofWord((view) => view.setBigInt64(0, BigInt.asIntN(64, BigInt(value)), true));
}

function ofFloat(value: number): Hash {
  return ofWord((view) => view.setFloat64(0, value, true));
}

function ofByte(value: number): Hash {
  fnv.byte(value);
  return fnv.end();
}

/** Two hashes where the order counts. */
function inOrder(first: Hash, second: Hash): Hash {
  for (const word of [first.low, first.high, second.low, second.high]) fnv.word(word);
  return fnv.end();
}

/** Two hashes where the order does not count. */
function together(first: Hash, second: Hash): Hash {
  return { high: (first.high ^ second.high) >>> 0, low: (first.low ^ second.low) >>> 0 };
}

function ofList(hashes: readonly Hash[]): Hash {
  return hashes.reduce(inOrder, none);
}

function ofPairs(pairs: readonly (readonly [string, Hash])[], start: Hash): Hash {
  return pairs.reduce((hash, [key, value]) => together(hash, inOrder(ofText(key), value)), start);
}

/** Nothing counts as the integer 0. */
const ofNothing = ofInteger(0);

function hashOf(shape: Shape, value: unknown): Hash {
  switch (shape.kind) {
    case 'text':
      return ofText(value as string);
    case 'bool':
      return ofByte(value === true ? 1 : 0);
    case 'float':
      return ofFloat(value as number);
    case 'int':
    case 'uint':
    case 'index':
    case 'u64':
    case 'duration':
      return ofInteger(value as number | bigint);
    case 'bytes':
      return ofList([...((value as Uint8Array | null) ?? [])].map((byte) => ofByte(byte)));
    case 'json':
      return ofJson(value);
    case 'list':
      return ofList(((value as readonly unknown[] | null) ?? []).map((item) => hashOf(shape.item, item)));
    case 'map':
      return ofPairs(
        Object.entries((value as Readonly<Record<string, unknown>> | null) ?? {}).map(
          ([key, item]) => [key, hashOf(shape.item, item)] as const,
        ),
        none,
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

function ofJson(value: unknown): Hash {
  if (typeof value === 'string') return ofText(value);
  if (typeof value === 'boolean') return ofByte(value ? 1 : 0);
  if (typeof value === 'number') return ofFloat(value);
  if (typeof value !== 'object' || value === null) return ofNothing;
  if (Array.isArray(value)) return ofList(value.map(ofJson));
  return ofPairs(
    Object.entries(value).map(([key, item]) => [key, ofJson(item)] as const),
    none,
  );
}

/** The hash of a record's content, in hexadecimal digits without leading zeros. */
export function contentHash<S extends RecordShape>(shape: S, value: Infer<S>): string {
  const { high, low } = hashOf(shape, value);
  const digits = high.toString(16) + low.toString(16).padStart(8, '0');
  return digits.replace(/^0+(?=.)/, '');
}
