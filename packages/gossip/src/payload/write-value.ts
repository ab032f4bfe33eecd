import {
  writeArrayHeader,
  writeBool,
  writeFloat,
  writeInt,
  writeMapHeader,
  writeNil,
} from '../codec/msgpack-tokens.ts';
import { decodeText, encodeText, isUtf8 } from '../codec/text.ts';
import { describeKind, isPlainObject, isPlainPrototype, typedArrayName } from '../codec/value-kinds.ts';
import { Writer } from '../codec/writer.ts';
import { GossipTypeError } from '../errors.ts';
import { writeBigintExtension, writeInt64, writeTimestamp } from './extensions.ts';
import { depthMax } from './read-value.ts';

/** Far more than any message carries; a value of shared parts could grow without a bound otherwise. */
const valueBytesMax = 1024 * 1024;
/** A key may be of any length, and the path is read by people. */
const keyLengthShownMax = 40;

type Step = string | number;

/**
 * One value in the `spec` family, so that `readValue` gives back an equal one: null, booleans, finite numbers, text,
 * bytes, Date, bigint within 64 bits, lists and plain objects. Fields that are undefined are left out. Every value is
 * read once and written as it is read, so a getter or a proxy cannot show another one in between.
 * @throws GossipTypeError GOSSIP_PAYLOAD for everything else, with its path from `root`.
 */
export function encodeValue(value: unknown, root: string): Uint8Array {
  const writer = new ValueWriter(root);
  writer.write(value);
  return writer.finish();
}

class ValueWriter {
  readonly #writer = new Writer();
  readonly #root: string;
  /** How the value under way is reached, and the containers on the way. */
  readonly #path: Step[] = [];
  readonly #containers: object[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  /** Bytes of their own: a view of a shared pool would show what others left there. */
  finish(): Uint8Array {
    return new Uint8Array(this.#writer.finish());
  }

  write(value: unknown): void {
    const writer = this.#writer;
    if (this.#path.length > depthMax) throw this.#refused(`is more than ${depthMax} levels deep`);
    if (value === null) writeNil(writer);
    else if (typeof value === 'boolean') writeBool(writer, value);
    else if (typeof value === 'number') this.#writeNumber(value);
    else if (typeof value === 'string') this.#writeText(value, 'has');
    else if (typeof value === 'bigint') this.#writeBigint(value);
    else if (typeof value === 'object') this.#writeObject(value);
    else throw this.#refused(`is ${describeKind(value)}`);
    if (writer.length > valueBytesMax) throw this.#refused(`ends beyond ${valueBytesMax} bytes`);
  }

  #writeNumber(value: number): void {
    if (!Number.isFinite(value)) throw this.#refused(`is ${value}`);
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) writeInt(this.#writer, value);
    else writeFloat(this.#writer, value);
  }

  /** A bigint that a number can hold would come back as a number, so it travels as an extension. */
  #writeBigint(value: bigint): void {
    const writer = this.#writer;
    if (Number.isSafeInteger(Number(value))) {
      writeBigintExtension(writer, value);
    } else if (BigInt.asIntN(64, value) === value && value < 0n) {
      writer.u8(0xd3);
      writeInt64(writer, value);
    } else if (BigInt.asUintN(64, value) === value) {
      writer.u8(0xcf);
      writeInt64(writer, value);
    } else {
      throw this.#refused('is a bigint beyond 64 bits');
    }
  }

  #writeText(text: string, verb: 'has' | 'has a key with'): void {
    const bytes = encodeText(text);
    // Half of a surrogate pair has no UTF-8. What a peer sent as broken UTF-8 goes back as it came.
    if (!isUtf8(text) && decodeText(bytes) !== text) throw this.#refused(`${verb} half of a surrogate pair`);
    const writer = this.#writer;
    if (bytes.length < 0x20) writer.u8(0xa0 | bytes.length);
    else this.#writeLength(bytes.length, 0xd9);
    writer.bytes(bytes);
  }

  #writeBytes(value: Uint8Array): void {
    // A copy: memory that is shared or resized must not change between its length and its content.
    const bytes = this.#attempt(() => new Uint8Array(value), 'is detached');
    this.#writeLength(bytes.length, 0xc4);
    this.#writer.bytes(bytes);
  }

  /** The first of three tokens that follow each other: lengths of 8, 16 and 32 bits. */
  #writeLength(count: number, first: number): void {
    const writer = this.#writer;
    if (count < 0x100) {
      writer.u8(first);
      writer.u8(count);
    } else if (count < 0x10000) {
      writer.u8(first + 1);
      writer.u16(count);
    } else {
      writer.u8(first + 2);
      writer.u32(count);
    }
  }

  #writeObject(value: object): void {
    const arrayName = typedArrayName(value);
    if (arrayName === 'Uint8Array') {
      this.#writeBytes(value as Uint8Array);
      return;
    }
    const ancestor = this.#containers.indexOf(value);
    if (ancestor >= 0) throw this.#refused(`leads back to ${this.#pathText(ancestor)}`);
    const write = this.#attempt(() => this.#writerOf(value), 'cannot be read');
    this.#containers.push(value);
    write();
    this.#containers.pop();
  }

  /** Looks at an object, which may be a proxy that throws, before anything of it is written. */
  #writerOf(value: object): () => void {
    if (Array.isArray(value)) {
      const items = this.#itemsOf(value);
      return () => this.#writeItems(items);
    }
    const time = timeOf(value);
    if (time !== undefined) {
      if (Number.isNaN(time)) throw this.#refused('is an invalid Date');
      return () => writeTimestamp(this.#writer, time);
    }
    if (!isPlainObject(value)) throw this.#refused(`is ${describeKind(value)}`);
    const fields = this.#fieldsOf(value);
    return () => this.#writeFields(fields);
  }

  #itemsOf(list: readonly unknown[]): readonly unknown[] {
    // The prototype of lists is a list itself, in every realm; that of a subclass is none.
    if (!Array.isArray(Object.getPrototypeOf(list))) throw this.#refused(`is ${describeKind(list)}`);
    const items: unknown[] = [];
    for (let i = 0; i < list.length; i += 1) {
      const property = Object.getOwnPropertyDescriptor(list, i);
      if (property === undefined) throw this.#refused('is missing', i);
      items.push(this.#dataOf(property, i));
    }
    const others = Object.keys(list).slice(items.length);
    if (others[0] !== undefined) throw this.#refused('is a field of a list', others[0]);
    this.#requireNoSymbols(list);
    return items;
  }

  #fieldsOf(object: object): readonly (readonly [string, unknown])[] {
    const fields: [string, unknown][] = [];
    for (const key of Object.keys(object)) {
      const property = Object.getOwnPropertyDescriptor(object, key);
      const value = property && this.#dataOf(property, key);
      if (value !== undefined) fields.push([key, value]);
    }
    this.#requireNoSymbols(object);
    return fields;
  }

  #dataOf(property: PropertyDescriptor, step: Step): unknown {
    if (!('value' in property)) throw this.#refused('is a getter or setter', step);
    return property.value;
  }

  #requireNoSymbols(container: object): void {
    for (const symbol of Object.getOwnPropertySymbols(container)) {
      const isSeen = Object.prototype.propertyIsEnumerable.call(container, symbol);
      if (isSeen) throw this.#refused(`has a key that is ${describeKind(symbol)}`);
    }
  }

  #writeItems(items: readonly unknown[]): void {
    writeArrayHeader(this.#writer, items.length);
    for (const [i, item] of items.entries()) this.#writeAt(i, item);
  }

  #writeFields(fields: readonly (readonly [string, unknown])[]): void {
    writeMapHeader(this.#writer, fields.length);
    for (const [key, value] of fields) {
      this.#writeText(key, 'has a key with');
      this.#writeAt(key, value);
    }
  }

  #writeAt(step: Step, value: unknown): void {
    this.#path.push(step);
    this.write(value);
    this.#path.pop();
  }

  /** What a proxy throws becomes the cause of ours. */
  #attempt<T>(look: () => T, otherwise: string): T {
    try {
      return look();
    } catch (error) {
      if (error instanceof GossipTypeError) throw error;
      throw this.#refused(otherwise, undefined, error);
    }
  }

  #refused(what: string, step?: Step, cause?: unknown): GossipTypeError {
    const path = this.#pathText(this.#path.length) + (step === undefined ? '' : pathStep(step));
    const options = cause === undefined ? {} : { cause };
    return new GossipTypeError('GOSSIP_PAYLOAD', `${path} ${what}`, options);
  }

  #pathText(length: number): string {
    return this.#root + this.#path.slice(0, length).map(pathStep).join('');
  }
}

/** How one step of a path is written: `.name`, `[0]`, `["a b"]`. */
export function pathStep(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`;
  if (step.length > keyLengthShownMax) return `[${JSON.stringify(`${step.slice(0, keyLengthShownMax)}…`)}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}

/** The milliseconds of a Date that is nothing else, NaN for an invalid one; undefined for everything but a Date. */
function timeOf(value: object): number | undefined {
  if (Object.prototype.toString.call(value) !== '[object Date]') return undefined;
  const isSubclass = !isPlainPrototype(Object.getPrototypeOf(Object.getPrototypeOf(value)));
  if (isSubclass || Object.keys(value).length > 0) return undefined;
  return Date.prototype.getTime.call(value);
}
