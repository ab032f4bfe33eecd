import { keyBytes, Reader, readBytes, readText } from '@hobnob/gossip/codec';
import { type DirEntry, index, msgpackOf, u64 } from '../records/index.ts';
import { keptValue } from '../store/kv.ts';
import { entries } from './state-records.ts';

/**
 * Reads the entries of keys, of which a state may hold millions. Consul and this server write all fields of an entry,
 * sorted by name: these are read straight into the row, without a lookup of each name and with one copy of the value.
 */

/** The head of a map of seven, and the name of the first. */
const begin = Buffer.concat([Uint8Array.of(0x87), keyBytes('CreateIndex')]);
const flagsName = keyBytes('Flags');
const keyName = keyBytes('Key');
const lockName = keyBytes('LockIndex');
const modifyName = keyBytes('ModifyIndex');
const sessionName = keyBytes('Session');
const valueName = keyBytes('Value');

const { read: readIndex } = msgpackOf(index);
const { read: readFlags } = msgpackOf(u64);

/**
 * The entry that comes next in `bytes`, which `reader` reads. Its value is a copy.
 * @throws WireError.
 */
export function readEntry(reader: Reader, bytes: Uint8Array): DirEntry {
  const start = reader.offset;
  const usual = readUsual(reader);
  if (usual !== undefined) return usual;
  const again = new Reader(bytes, start);
  const entry = entries.read(again);
  reader.skip(again.offset - reader.offset);
  return { ...entry, Value: keptValue(entry.Value) };
}

/** Undefined when its fields are others, or come in another order; the reader may have moved into it then. */
function readUsual(reader: Reader): DirEntry | undefined {
  if (!reader.skipIf(begin)) return undefined;
  const CreateIndex = readIndex(reader);
  if (!reader.skipIf(flagsName)) return undefined;
  const Flags = readFlags(reader);
  if (!reader.skipIf(keyName)) return undefined;
  // A byte that is no UTF-8 has the same text here as in a key.
  const Key = readText(reader);
  if (!reader.skipIf(lockName)) return undefined;
  const LockIndex = readIndex(reader);
  if (!reader.skipIf(modifyName)) return undefined;
  const ModifyIndex = readIndex(reader);
  if (!reader.skipIf(sessionName)) return undefined;
  const Session = readText(reader);
  if (!reader.skipIf(valueName)) return undefined;
  const Value = keptValue(readBytes(reader));
  return { LockIndex, Key, Flags, Value, Session, ExpiresAt: '', CreateIndex, ModifyIndex };
}
