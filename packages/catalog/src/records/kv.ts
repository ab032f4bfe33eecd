import { raftIndexFields } from './node.ts';
import { bytes, durationNs, field, type Infer, index, keyText, record, text, textOf, u64 } from './shape.ts';

/** An entry of the key/value store. Source: Consul structs.DirEntry. */
export const DirEntry = record('DirEntry', {
  /** How often a session has taken the key. */
  LockIndex: index,
  Key: keyText,
  /** For the user; opaque. */
  Flags: u64,
  /** Null when empty. */
  Value: bytes,
  /** Id of the session that holds the key. */
  Session: field(text, { omitEmpty: true }),
  /** When the leader deletes the entry: ISO 8601 in UTC with milliseconds, so that times compare as text. Not of Consul. */
  ExpiresAt: field(text, { omitEmpty: true, isOwn: true, filter: false }),
  ...raftIndexFields,
});
/** An entry of the key/value store. */
export interface DirEntry extends Infer<typeof DirEntry> {}

/** What a KVS request does. Source: Consul api.KVOp. */
export const kvOps = ['set', 'delete', 'delete-cas', 'delete-tree', 'cas', 'lock', 'unlock'] as const;
/** What a KVS request does. */
export type KvOp = (typeof kvOps)[number];

/** KVS.Apply, and command 2 of the Raft log. Source: Consul structs.KVSRequest. */
export const KvsRequest = record('KVSRequest', {
  Datacenter: text,
  /** One of {@link kvOps}; another is refused when it is applied. */
  Op: textOf('api.KVOp'),
  DirEnt: DirEntry,
  /** How long the entry lives, in ns; the leader turns it into a time before it proposes. Not of Consul. */
  TTL: field(durationNs, { isOwn: true }),
  Token: text,
});
/** KVS.Apply, and command 2 of the Raft log. */
export interface KvsRequest extends Infer<typeof KvsRequest> {}
