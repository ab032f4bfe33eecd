import { readBytes, readUint, u16Max } from '../codec/msgpack-read.ts';
import { writeNil, writeRaw, writeRawHeader } from '../codec/msgpack-tokens.ts';
import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { WireError } from '../wire-error.ts';
import { hostFromBytes } from './address.ts';
import { nameBytesMax } from './limits.ts';
import type { ReplyTo, Versions } from './swim-messages.ts';

/** Fields that several of memberlist's messages share. */

const versionBytes = 6;

/** Six version bytes. Any other length counts as absent; fewer crash some peers, so they are never sent on. */
export function readVersions(reader: Reader): Versions | undefined {
  const bytes = readBytes(reader);
  if (bytes.length !== versionBytes) return undefined;
  return {
    protocolMin: bytes[0] as number,
    protocolMax: bytes[1] as number,
    protocolCur: bytes[2] as number,
    delegateMin: bytes[3] as number,
    delegateMax: bytes[4] as number,
    delegateCur: bytes[5] as number,
  };
}

/** Always six bytes: zeros, as peers send, for a node with unknown versions. */
export function writeVersions(writer: Writer, versions: Versions | undefined): void {
  writeRawHeader(writer, versionBytes);
  writer.u8(versions?.protocolMin ?? 0);
  writer.u8(versions?.protocolMax ?? 0);
  writer.u8(versions?.protocolCur ?? 0);
  writer.u8(versions?.delegateMin ?? 0);
  writer.u8(versions?.delegateMax ?? 0);
  writer.u8(versions?.delegateCur ?? 0);
}

/** Empty bytes are sent as nil, as peers send absent bytes. */
export function writeRawOrNil(writer: Writer, bytes: Uint8Array): void {
  if (bytes.length === 0) writeNil(writer);
  else writeRaw(writer, bytes);
}

export function readPort(reader: Reader): number {
  return readUint(reader, u16Max);
}

/** The address for the answer; undefined unless both address and port are present. @throws WireError WIRE_MALFORMED. */
export function replyToFrom(addr: Uint8Array | undefined, port: number): ReplyTo | undefined {
  if (addr === undefined || addr.length === 0 || port === 0) return undefined;
  return { host: hostFromBytes(addr), port };
}

/** @throws WireError WIRE_MALFORMED unless there are 4 or 16 bytes; peers accept any number. */
export function checkAddress(addr: Uint8Array): void {
  if (addr.length === 4 || addr.length === 16) return;
  throw new WireError('WIRE_MALFORMED', `an IP address has 4 or 16 bytes, not ${addr.length}`);
}

/** @throws WireError WIRE_MALFORMED when there is no name: it is the node's identity; WIRE_LIMIT when it is too long. */
export function checkName(name: string): void {
  if (name === '') throw new WireError('WIRE_MALFORMED', 'a node without a name');
  if (name.length > nameBytesMax) {
    throw new WireError(
      'WIRE_LIMIT',
      `a name of ${name.length} characters; ${nameBytesMax} bytes are tolerated`,
    );
  }
}
