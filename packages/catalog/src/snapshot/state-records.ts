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

export const registrations = msgpackOf(RegisterRequest);
export const entries = msgpackOf(DirEntry);
export const sessions = msgpackOf(Session);
export const coordinates = msgpackOf(listOf(CatalogCoordinate));
export const indexes = msgpackOf(record('IndexEntry', { Key: text, Value: index }));
