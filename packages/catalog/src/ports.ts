/** What the catalog takes from the outside world. Structural types make one clock fit the gossip's port too. */

/** Monotonic time. */
export interface Clock {
  /** Milliseconds since an arbitrary origin. */
  nowMs(): number;
  /** Calls `wake` once, at or after `deadlineMs`. Returns a function that cancels it. */
  wakeAt(deadlineMs: number, wake: () => void): () => void;
}

/** The time of day; it may be set forward and back. */
export interface WallClock {
  /** Milliseconds since 1970 in UTC. */
  nowMs(): number;
}

/** Randomness that may be seeded. Never used for keys or ids. */
export interface Rng {
  /** A number in [0, 1). */
  next(): number;
}
