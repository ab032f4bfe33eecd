import { nameBytesMax } from '../wire/limits.ts';

/**
 * Intents kept for names that are not members yet. A full table refuses new ones: the next copy of a dropped intent
 * would count as new and be rebroadcast.
 */
export const recentIntentsMax = 4096;

/** Pruned names remembered; the oldest is dropped first. */
export const prunedNamesMax = 4096;

/** Failed and left members kept; the oldest is reaped early. Swim bounds the live members. */
export const downMembersMax = 65_536;

/** Lamport times whose events a push/pull contains. Source: serf config.go EventBuffer. */
export const recentTimesMax = 512;

/** Lamport times whose events and queries are remembered. Older ones are dropped as too old. */
export const seenTimesMax = 4096;

/**
 * Own events gossiped at once. Serf remembers 512 Lamport times and drops what is older, so a receiver that gets the
 * first event of a burst last must still remember its time.
 */
export const ownEventsInFlightMax = 256;

/** Own events that wait to be gossiped; more are refused. */
export const waitingEventsMax = 1024;

/**
 * Events or queries remembered in all, and their bytes. Beyond either, the oldest times are forgotten and count as
 * too old. Serf has no bound, so a sender that reuses one time can fill its memory.
 */
export const recentItemsMax = 8192;
export const recentBytesMax = 4 * 1024 * 1024;

/** Events held back to be ordered; beyond that the oldest is emitted early. */
export const heldEventsMax = 512;

/** Events that wait to be coalesced; beyond that all of them are emitted early. */
export const coalescedEventsMax = 1024;

/** Open queries of our own: as many as Serf remembers. Source: serf config.go QueryBuffer. */
export const openQueriesMax = 512;

/** Received queries that the application may still answer; the oldest is dropped first. */
export const answerableQueriesMax = 512;

/** Queries that wait until the engine of regular expressions is loaded. */
export const waitingQueriesMax = 64;

/** An encoded query. Source: serf config.go QuerySizeLimit. */
export const queryBytesMax = 1024;

/** An encoded response, relayed or not. Source: serf config.go QueryResponseSizeLimit. */
export const responseBytesMax = 1024;

/** Members that relay one response. Serf's own tools ask for no more. */
export const relayFactorMax = 5;

/** Acks, and responses, accepted for one query in a small pool; in a larger one, two for each member. */
export const answersMaxLeast = 64;

/** The shortest time between two warnings of one kind that peers can provoke. */
export const warningIntervalMs = 60_000;

/** A UTF-16 unit is at most so many bytes of UTF-8. */
const utf8BytesPerUnitMax = 3;

const utf8 = new TextEncoder();

/** Whether a name from a peer may be stored. */
export function isNameTolerable(name: string): boolean {
  if (name.length === 0 || name.length > nameBytesMax) return false;
  if (name.length * utf8BytesPerUnitMax <= nameBytesMax) return true;
  return utf8.encode(name).length <= nameBytesMax;
}

/** Entries of a snapshot: all live members that the member table holds, and enough others to rejoin the pool. */
export const snapshotLimits = { aliveMax: 65_536, failedMax: 1024, seedsMax: 64 } as const;
