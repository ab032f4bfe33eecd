import {
  CatalogCoordinate,
  DirEntry,
  index,
  listOf,
  msgpackOf,
  RegisterRequest,
  record,
  Session,
  text,
} from '../records/index.ts';

/** What a snapshot of Consul's state machine is made of: a header, then records of a type in one byte and a value. Source: consensus-and-rpc.md 5.10. */

export const header = msgpackOf(record('snapshotHeader', { LastIndex: index }));

/** The types of the records that stand for a table of ours. */
export const recordType = {
  registration: 0,
  entry: 2,
  session: 3,
  tombstone: 5,
  coordinates: 6,
  index: 16,
  chunks: 29,
} as const;

/** Kept as they came: tokens, policies, roles, binding rules and methods, which Consul writes before the keys. */
export const accessTypes: ReadonlySet<number> = new Set([4, 11, 17, 19, 23, 25, 27]);

/**
 * Kept as they came: prepared queries, autopilot, intentions, the CA (three types), config entries, federation states.
 * Consul 1.8.7 refuses all others.
 */
export const otherTypes: ReadonlySet<number> = new Set([7, 9, 12, 13, 14, 15, 22, 30]);

export const registrations = msgpackOf(RegisterRequest);
export const entries = msgpackOf(DirEntry);
export const sessions = msgpackOf(Session);
/** A batch of one when Consul writes it. */
export const coordinates = msgpackOf(listOf(CatalogCoordinate));
export const indexes = msgpackOf(record('IndexEntry', { Key: text, Value: index }));
