import { WireError } from '../wire-error.ts';
import { Reader } from './reader.ts';

/** The result of {@link skipToken} when the token is not complete. */
const incomplete = -1;

/**
 * Skips one whole value, however deep, without recursion.
 * @throws WireError WIRE_TRUNCATED; WIRE_MALFORMED for extension types, which peers never send.
 */
export function skipValue(reader: Reader): void {
  let pending = 1;
  while (pending > 0) {
    const children = skipToken(reader);
    pending += children - 1;
    if (children === incomplete || pending > reader.remaining) {
      throw new WireError('WIRE_TRUNCATED', 'a value ends after its bytes do');
    }
  }
}

/**
 * Finds the end of a value while its bytes arrive. Every token is read once, whatever the size of the chunks, so the work
 * is linear in the bytes.
 */
export class ValueScanner {
  readonly #tokensMax: number;
  #pending = 1;
  #tokensCount = 0;

  /** @param tokensMax Of a value with more, scalars and containers together, no more is looked at. Default: any number. */
  constructor(tokensMax = Number.POSITIVE_INFINITY) {
    this.#tokensMax = tokensMax;
  }

  /** How many scalars and containers were found so far. */
  get tokensCount(): number {
    return this.#tokensCount;
  }

  /**
   * Moves `reader` over complete tokens; true when the value is complete. Otherwise call it again with more bytes and a
   * reader at the place where this one stopped.
   * @throws WireError WIRE_MALFORMED for extension types; WIRE_LIMIT for more than the tokens that it may have.
   */
  scan(reader: Reader): boolean {
    while (this.#pending > 0 && reader.remaining > 0) {
      const children = skipToken(reader);
      if (children === incomplete) return false;
      this.#pending += children - 1;
      this.#tokensCount += 1;
      if (this.#tokensCount > this.#tokensMax) {
        throw new WireError('WIRE_LIMIT', `a value has more than ${this.#tokensMax} parts`);
      }
    }
    return this.#pending === 0;
  }
}

/** Skips a container's header or a whole scalar; gives the number of values inside, or `incomplete`. */
function skipToken(reader: Reader): number {
  const tag = reader.peek();
  if (tag <= 0x7f || tag >= 0xe0 || tag === 0xc0 || tag === 0xc2 || tag === 0xc3)
    return skipSized(reader, 1, 0);
  if (tag <= 0x8f) return skipSized(reader, 1, (tag & 0x0f) * 2);
  if (tag <= 0x9f) return skipSized(reader, 1, tag & 0x0f);
  if (tag <= 0xbf) return skipSized(reader, 1 + (tag & 0x1f), 0);
  switch (tag) {
    case 0xcc:
    case 0xd0:
      return skipSized(reader, 2, 0);
    case 0xcd:
    case 0xd1:
      return skipSized(reader, 3, 0);
    case 0xca:
    case 0xce:
    case 0xd2:
      return skipSized(reader, 5, 0);
    case 0xcb:
    case 0xcf:
    case 0xd3:
      return skipSized(reader, 9, 0);
    default:
      return skipCounted(reader, tag);
  }
}

function skipCounted(reader: Reader, tag: number): number {
  const widthBytes = lengthFieldBytes(tag);
  if (widthBytes === 0) {
    throw new WireError('WIRE_MALFORMED', `token 0x${tag.toString(16)} is an extension or unused`);
  }
  if (reader.remaining < 1 + widthBytes) return incomplete;
  const field = new Reader(reader.lookAhead(1 + widthBytes));
  field.skip(1);
  const count = widthBytes === 1 ? field.u8() : widthBytes === 2 ? field.u16() : field.u32();
  if (tag === 0xdc || tag === 0xdd) return skipSized(reader, 1 + widthBytes, count);
  if (tag === 0xde || tag === 0xdf) return skipSized(reader, 1 + widthBytes, count * 2);
  return skipSized(reader, 1 + widthBytes + count, 0);
}

function lengthFieldBytes(tag: number): number {
  switch (tag) {
    case 0xc4:
    case 0xd9:
      return 1;
    case 0xc5:
    case 0xda:
    case 0xdc:
    case 0xde:
      return 2;
    case 0xc6:
    case 0xdb:
    case 0xdd:
    case 0xdf:
      return 4;
    default:
      return 0;
  }
}

function skipSized(reader: Reader, bytes: number, children: number): number {
  if (reader.remaining < bytes) return incomplete;
  reader.skip(bytes);
  return children;
}
