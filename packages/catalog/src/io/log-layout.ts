import type { EntryKind, LogEntry } from '../log/log-store.ts';

/** How an entry stands on disk: the key is its index in 8 bytes, the value its kind, its term in 8 bytes, and its data. */

const kinds: readonly EntryKind[] = ['command', 'noop', 'configuration', 'barrier'];
const headBytes = 9;

export function keyOfIndex(index: number): Buffer {
  const key = Buffer.alloc(8);
  key.writeBigUInt64BE(BigInt(index));
  return key;
}

export function indexOfKey(key: Uint8Array): number {
  return Number(Buffer.from(key.buffer, key.byteOffset, key.byteLength).readBigUInt64BE());
}

export function bytesOfEntry({ kind, term, data }: LogEntry): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes + data.length);
  bytes[0] = kinds.indexOf(kind);
  bytes.writeBigUInt64BE(BigInt(term), 1);
  bytes.set(data, headBytes);
  return bytes;
}

/** The entry that `bytes` hold; a copy, so that it outlives what the database lends. */
export function entryOfBytes(key: Uint8Array, bytes: Uint8Array): LogEntry {
  const [code = 0] = bytes;
  const kind = kinds[code];
  if (kind === undefined)
    throw new Error(`entry ${indexOfKey(key)} of the log is of the unknown kind ${code}`);
  const term = Number(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readBigUInt64BE(1));
  return { index: indexOfKey(key), term, kind, data: bytes.slice(headBytes) };
}
