import { nameBytesMax } from '../wire/limits.ts';

/** Intents kept for names that are not members yet. When full, new ones are refused rather than old ones
 * evicted: an evicted intent would be taken for news, and gossiped on, when its next copy arrives. */
export const recentIntentsMax = 4096;

/** Pruned names remembered; the oldest is forgotten first. */
export const prunedNamesMax = 4096;

/** Failed and left members kept; the oldest is reaped early. Swim bounds the live ones. */
export const reapedMembersMax = 65_536;

/** Lamport times whose events a push/pull carries. Source: serf config.go EventBuffer. */
export const recentTimesMax = 512;

/** Lamport times whose events and queries are known again; what comes later than that is taken for too old. */
export const seenTimesMax = 4096;

/**
 * Events of our own that are gossiped at once. Real peers remember 512 Lamport times, and whoever gets the first event
 * of a burst after a later one must still find its time among them.
 */
export const ownEventsInFlightMax = 256;

/** Events of our own that wait for their turn; more are refused. */
export const waitingEventsMax = 1024;

/**
 * Events or queries remembered in all, and their bytes. Serf sets no bound: a sender that uses one time again
 * and again would fill its memory. Beyond, the oldest times are forgotten, and taken for too old from then on.
 */
export const recentItemsMax = 8192;
export const recentBytesMax = 4 * 1024 * 1024;

/** Events held back to be put in order; when full, the oldest is told early. */
export const heldEventsMax = 512;

/** Events that wait to be grouped; when full, what waits is told early. */
export const coalescedEventsMax = 1024;

/** Questions of ours that are open at once: as many as real peers know again. Source: serf config.go QueryBuffer. */
export const openQueriesMax = 512;

/** Queries of others that the application may still answer; the oldest is given up first. */
export const answerableQueriesMax = 512;

/** Queries that wait for the engine of regular expressions to be loaded. */
export const waitingQueriesMax = 64;

/** An encoded query. Source: serf config.go QuerySizeLimit. */
export const queryBytesMax = 1024;

/** An encoded response, relayed or not. Source: serf config.go QueryResponseSizeLimit. */
export const responseBytesMax = 1024;

/** Members that relay one answer. More than Serf's own tools ask for would only multiply traffic. */
export const relayFactorMax = 5;

/** Answers kept for one query in a small pool; in larger ones, two for each member. */
export const answersMaxLeast = 64;

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
