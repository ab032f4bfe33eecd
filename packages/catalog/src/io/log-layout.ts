import { crc32 } from 'node:zlib';
import type { EntryKind, LogEntry } from '../log/log-store.ts';

/**
 * How an entry stands on disk: the key is its index in 8 bytes, the value its kind, its term in 8 bytes, a CRC-32 of all but
 * itself in 4 bytes, and its data. LMDB finds what was not written whole, and nothing that has changed since.
 */

const kinds: readonly EntryKind[] = ['command', 'noop', 'configuration', 'barrier'];
const termAt = 1;
const sumAt = 9;
const headBytes = 13;

export function keyOfIndex(index: number): Buffer {
  const key = Buffer.alloc(8);
  key.writeBigUInt64BE(BigInt(index));
  return key;
}

export function indexOfKey(key: Uint8Array): number {
  return Number(viewOf(key).readBigUInt64BE());
}

export function bytesOfEntry({ index, kind, term, data }: LogEntry): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes + data.length);
  bytes[0] = kinds.indexOf(kind);
  bytes.writeBigUInt64BE(BigInt(term), termAt);
  bytes.set(data, headBytes);
  bytes.writeUInt32BE(sumOf(keyOfIndex(index), bytes), sumAt);
  return bytes;
}

/**
 * The entry that `bytes` hold; a copy, so that it outlives what the database lends.
 * @throws Error when it is not what was written.
 */
export function entryOfBytes(key: Uint8Array, bytes: Uint8Array): LogEntry {
  const view = viewOf(bytes);
  const index = indexOfKey(key);
  if (bytes.length < headBytes || view.readUInt32BE(sumAt) !== sumOf(key, bytes)) {
    throw new Error(`entry ${index} of the log is damaged: its checksum is another`);
  }
  const kind = kinds[view[0] ?? 0];
  if (kind === undefined) throw new Error(`entry ${index} of the log is of an unknown kind`);
  return { index, term: Number(view.readBigUInt64BE(termAt)), kind, data: bytes.slice(headBytes) };
}

function sumOf(key: Uint8Array, bytes: Uint8Array): number {
  const head = crc32(bytes.subarray(0, sumAt), crc32(key));
  return crc32(bytes.subarray(headBytes), head);
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
