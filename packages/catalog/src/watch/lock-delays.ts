import type { Clock } from '../ports.ts';
import type { LockDelay } from '../store/transaction.ts';

const nsPerMs = 1_000_000;

/**
 * Keys that may not be locked for a time, because a session lost them: another process may still believe that it holds
 * them. Each server keeps its own, by its own clock; they are not part of the state. Source: consensus-and-rpc.md 5.4.
 */
export class LockDelays {
  readonly #clock: Clock;
  /** When each ends, in the order in which they were added. */
  readonly #endsMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(delays: readonly LockDelay[]): void {
    if (delays.length === 0) return;
    const nowMs = this.#clock.nowMs();
    for (const { key, delayNs } of delays) {
      this.#endsMs.delete(key);
      this.#endsMs.set(key, nowMs + Number(delayNs) / nsPerMs);
    }
    this.#dropEnded(nowMs);
  }

  /** Forgets all: another state has other sessions. */
  clear(): void {
    this.#endsMs.clear();
  }

  isDelayed(key: string): boolean {
    const endMs = this.#endsMs.get(key);
    if (endMs === undefined) return false;
    if (endMs > this.#clock.nowMs()) return true;
    this.#endsMs.delete(key);
    return false;
  }

  /** The longest delay is a minute, so that what is kept is what sessions lost in the last minute. */
  #dropEnded(nowMs: number): void {
    for (const [key, endMs] of this.#endsMs) {
      if (endMs > nowMs) return;
      this.#endsMs.delete(key);
    }
  }
}
