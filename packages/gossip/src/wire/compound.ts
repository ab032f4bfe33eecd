import type { Reader } from '../codec/reader.ts';
import { WireError } from '../wire-error.ts';
import {
  compoundHeaderBytes,
  compoundPartBytesMax,
  compoundPartOverheadBytes,
  compoundPartsMax,
} from './limits.ts';
import { MessageType } from './swim-messages.ts';

export interface CompoundParts {
  /** Views of the whole parts, in order. */
  readonly parts: readonly Reader[];
  /** Parts that run past the end. */
  readonly truncatedCount: number;
}

/**
 * Many messages in one: `07 | count:u8 | count × length:u16 | the parts`. Source: memberlist util.go makeCompoundMessage.
 *
 * @throws WireError WIRE_LIMIT for more than 255 parts or a part of more than 65,535 bytes.
 */
export function encodeCompound(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length > compoundPartsMax) {
    throw new WireError(
      'WIRE_LIMIT',
      `a compound has at most ${compoundPartsMax} parts, not ${parts.length}`,
    );
  }
  let at = compoundHeaderBytes + parts.length * compoundPartOverheadBytes;
  let total = at;
  for (const part of parts) total += part.length;
  const message = Buffer.allocUnsafe(total);
  message[0] = MessageType.compound;
  message[1] = parts.length;
  for (let i = 0; i < parts.length; i += 1) {
    const part = parts[i] as Uint8Array;
    if (part.length > compoundPartBytesMax) {
      throw new WireError('WIRE_LIMIT', `a part of a compound has at most ${compoundPartBytesMax} bytes`);
    }
    message.writeUInt16BE(part.length, compoundHeaderBytes + i * compoundPartOverheadBytes);
    message.set(part, at);
    at += part.length;
  }
  return message;
}

/**
 * Splits the body that follows the type byte. Like memberlist, keeps the whole parts and counts those cut
 * off; bytes after the last part are ignored.
 * @throws WireError WIRE_TRUNCATED when the table of lengths itself is short.
 */
export function decodeCompound(body: Reader): CompoundParts {
  const count = body.u8();
  const lengths = body.part(count * 2);
  const parts: Reader[] = [];
  while (parts.length < count) {
    const length = lengths.u16();
    if (length > body.remaining) break;
    parts.push(body.part(length));
  }
  return { parts, truncatedCount: count - parts.length };
}
