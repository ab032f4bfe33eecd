import { nameBytesMax } from '../wire/limits.ts';

/** Intents kept for names that are not members yet. When full, new ones are refused rather than old ones
 * evicted: an evicted intent would be taken for news, and gossiped on, when its next copy arrives. */
export const recentIntentsMax = 4096;

/** Pruned names remembered; the oldest is forgotten first. */
export const prunedNamesMax = 4096;

/** Failed and left members kept; the oldest is reaped early. Swim bounds the live ones. */
export const downMembersMax = 65_536;

/** Queries remembered so that each is answered once. As many as Serf's own ring has slots. */
export const recentQueriesMax = 512;

/** A warning that peers can provoke is told at most this often for each kind. */
export const warningIntervalMs = 60_000;

/** A UTF-16 unit is at most so many bytes of UTF-8. */
const utf8BytesPerUnitMax = 3;

const utf8 = new TextEncoder();

/** Whether a name that a peer mentions may be kept. */
export function isNameTolerable(name: string): boolean {
  if (name.length === 0 || name.length > nameBytesMax) return false;
  if (name.length * utf8BytesPerUnitMax <= nameBytesMax) return true;
  return utf8.encode(name).length <= nameBytesMax;
}

/** What a snapshot remembers at most: everybody the member table holds, and enough of the rest to find a pool again. */
export const snapshotLimits = { aliveMax: 65_536, failedMax: 1024, seedsMax: 64 } as const;
