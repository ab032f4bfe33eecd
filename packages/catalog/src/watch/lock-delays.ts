import type { Clock } from '../ports.ts';
import type { LockDelay } from '../store/transaction.ts';

const nsPerMs = 1_000_000;
/** A command that names more is kept as it is, in no time, and put in order when a lock is asked for. */
const fewCount = 200;

/** Source: Consul agent/structs, MaxLockDelay. */
const longestMs = 60_000;

/** What one command delayed, or several small ones after one another. */
interface Layer {
  /** When each ends, in the order in which they were added. */
  readonly endsMs: Map<string, number>;
  /** What is not in `endsMs` yet, and when it began. */
  unordered: readonly LockDelay[];
  readonly beganMs: number;
}

/**
 * Keys that may not be locked for a time, because a session lost them: another process may still believe that it holds
 * them. Each server keeps its own, by its own clock; they are not part of the state. Source: consensus-and-rpc.md 5.4.
 */
export class LockDelays {
  readonly #clock: Clock;
  /** The last one has the last word on a key. */
  #layers: Layer[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are kept apart. */
  get layersCount(): number {
    return this.#layers.length;
  }

  add(delays: readonly LockDelay[]): void {
    if (delays.length === 0) return;
    const nowMs = this.#clock.nowMs();
    this.#dropEnded(nowMs);
    if (delays.length > fewCount) {
      this.#layers.push({ endsMs: new Map(), unordered: delays, beganMs: nowMs });
      return;
    }
    let layer = this.#layers.at(-1);
    if (layer === undefined || layer.unordered.length > 0) {
      layer = { endsMs: new Map(), unordered: [], beganMs: nowMs };
      this.#layers.push(layer);
    }
    put(layer.endsMs, delays, nowMs);
  }

  /** Forgets all: another state has other sessions. */
  clear(): void {
    this.#layers = [];
  }

  isDelayed(key: string): boolean {
    for (const layer of this.#layers.toReversed()) {
      const { endsMs, unordered, beganMs } = layer;
      if (unordered.length > 0) {
        put(endsMs, unordered, beganMs);
        layer.unordered = [];
      }
      const endMs = endsMs.get(key);
      if (endMs !== undefined) return endMs > this.#clock.nowMs();
    }
    return false;
  }

  /**
   * The longest delay is a minute, so that what is kept is what sessions lost in the last minute. An ended one stays while
   * an older layer may say otherwise of its key.
   */
  #dropEnded(nowMs: number): void {
    for (let [oldest] = this.#layers; oldest !== undefined; [oldest] = this.#layers) {
      const { endsMs, unordered, beganMs } = oldest;
      for (const [key, endMs] of endsMs) {
        if (endMs > nowMs) return;
        endsMs.delete(key);
      }
      if (unordered.length > 0 && beganMs + longestMs > nowMs) return;
      this.#layers.shift();
    }
  }
}

function put(endsMs: Map<string, number>, delays: readonly LockDelay[], beganMs: number): void {
  for (const { key, delayNs } of delays) {
    endsMs.delete(key);
    endsMs.set(key, beganMs + Number(delayNs) / nsPerMs);
  }
}
