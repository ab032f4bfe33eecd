import type { CatalogCoordinate, DirEntry, RegisterRequest, Session } from '../records/index.ts';

/**
 * How much memory the rows of a record take at most, in bytes, with their places in all tables and indexes. A small archive
 * can hold a state of many times its size: most fields of a record may be left out, and a row has them all.
 */

/** Measured with Node 22: the largest seen, rounded up. Names that all differ cost most. */
const rowBytes = {
  entry: 400,
  lock: 300,
  named: 400,
  foreign: 300,
  registration: 1200,
  session: 600,
  sessionCheck: 400,
  coordinate: 400,
} as const;

/** Text has two bytes a unit at worst, and stands in a row, in a key and sometimes in a second key. */
const perUnit = 6;
/** Bytes of their own, and what the allocator needs for them. */
const perByte = 1.5;
/** A number, an empty text, what is missing. */
const smallPartBytes = 16;
/** A text, a list, a map or a record, without what is in it; with its place in a list or its name in a map. */
const partBytes = 80;

export function entryCost({ Key, Value, Session }: DirEntry): number {
  const lock = Session === '' ? 0 : rowBytes.lock + perUnit * Key.length;
  return rowBytes.entry + perUnit * Key.length + perByte * (Value?.length ?? 0) + lock;
}

/** Of a row that is little but its name. */
export function namedCost(name: string): number {
  return rowBytes.named + perUnit * name.length;
}

/** Of a record that is kept as it came. */
export function foreignCost(bytes: number): number {
  return rowBytes.foreign + perByte * bytes;
}

/** Of a long record while it is decoded, before it is known what becomes of its parts. */
export function decodingCost(partsCount: number): number {
  return partsCount * partBytes;
}

/** Of a node, a service or a check. */
export function registrationCost(registration: RegisterRequest): number {
  return rowBytes.registration + partsCost(registration);
}

export function sessionCost(session: Session): number {
  const { Checks, NodeChecks, ServiceChecks } = session;
  const checksCount = [Checks, NodeChecks, ServiceChecks].reduce((sum, list) => sum + (list?.length ?? 0), 0);
  return rowBytes.session + checksCount * rowBytes.sessionCheck + partsCost(session);
}

export function coordinateCost(coordinate: CatalogCoordinate): number {
  return rowBytes.coordinate + partsCost(coordinate);
}

/** The decoder bounds how deep values are. */
function partsCost(value: unknown): number {
  if (typeof value === 'string') return value === '' ? smallPartBytes : partBytes + perUnit * value.length;
  if (typeof value !== 'object' || value === null) return smallPartBytes;
  if (value instanceof Uint8Array) return partBytes + perByte * value.length;
  let bytes = partBytes;
  for (const part of Object.values(value)) bytes += partsCost(part);
  // All records share the names of their fields.
  if (isMap(value)) for (const name of Object.keys(value)) bytes += partBytes + perUnit * name.length;
  return bytes;
}

/** Maps of text are made without what objects inherit. */
function isMap(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return false;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
