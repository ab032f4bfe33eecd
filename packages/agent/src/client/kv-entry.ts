import { isText } from './guards.ts';
import { isRecord } from './transport.ts';

/** An entry of the key/value store. */
export interface KvEntry {
  readonly Key: string;
  readonly Value: Uint8Array;
  /** The user's number; unsigned, 64 bits. */
  readonly Flags: bigint;
  /** The session that holds the key; '' when none does. */
  readonly Session: string;
  /** How often a session has taken the key. */
  readonly LockIndex: bigint;
  readonly CreateIndex: bigint;
  readonly ModifyIndex: bigint;
  /** When the server deletes the entry, as ISO 8601. Only servers of ours have such entries. */
  readonly ExpiresAt?: string;
  /** Of Consul Enterprise. */
  readonly Namespace?: string;
}

/** Numbers of 64 bits, which JSON.parse would round. In a string of JSON a quote has a backslash before it. */
const longNumbers = /"(Flags|LockIndex|CreateIndex|ModifyIndex)":(\s*)(\d{16,20})(?!\d)/g;

/** An answer with such numbers as text. */
export function keepLongNumbers(body: string): string {
  return body.replace(longNumbers, '"$1":$2"$3"');
}

/** An entry with its numbers as they came: exact as text where they are long. */
export interface RawEntry {
  readonly Key: string;
  readonly Value: string | null;
  readonly Flags: number | string;
  readonly LockIndex: number | string;
  readonly CreateIndex: number | string;
  readonly ModifyIndex: number | string;
  readonly Session?: string;
  readonly ExpiresAt?: string;
  readonly Namespace?: string;
}

export function isEntry(value: unknown): value is RawEntry {
  if (!isRecord(value)) return false;
  const { Key, Value, Flags, LockIndex, CreateIndex, ModifyIndex, Session } = value;
  return (
    isText(Key) &&
    (Value === null || isText(Value)) &&
    (Session === undefined || isText(Session)) &&
    [Flags, LockIndex, CreateIndex, ModifyIndex].every(isWhole)
  );
}

function isWhole(value: unknown): value is number | string {
  return typeof value === 'number' ? Number.isSafeInteger(value) : isText(value) && /^\d+$/.test(value);
}

/** The entry as callers have it. */
export function entryOf({ Value, Session = '', ...entry }: RawEntry): KvEntry {
  return {
    ...entry,
    Value: Buffer.from(Value ?? '', 'base64'),
    Flags: BigInt(entry.Flags),
    Session,
    LockIndex: BigInt(entry.LockIndex),
    CreateIndex: BigInt(entry.CreateIndex),
    ModifyIndex: BigInt(entry.ModifyIndex),
  };
}
