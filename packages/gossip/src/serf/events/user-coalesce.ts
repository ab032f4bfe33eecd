import type { UserEvent } from '../../events.ts';
import { coalescedEventsMax } from '../limits.ts';

/**
 * Coalesces user events: of all events of one name only those of the newest Lamport time are emitted, when the period
 * or the quiet time ends. Source: serf coalesce.go, coalesce_user.go.
 */
export class UserCoalescer {
  readonly #periodMs: number;
  readonly #quietMs: number;
  readonly #newest = new Map<string, UserEvent[]>();
  #count = 0;
  #periodEndsAtMs: number | undefined;
  #quietEndsAtMs = 0;

  constructor({ periodMs, quietMs }: { readonly periodMs: number; readonly quietMs: number }) {
    this.#periodMs = periodMs;
    this.#quietMs = quietMs;
  }

  /** When to call `flush`; undefined while no event waits. */
  nextDeadlineMs(): number | undefined {
    if (this.#periodEndsAtMs === undefined) return undefined;
    return Math.min(this.#periodEndsAtMs, this.#quietEndsAtMs);
  }

  /** Adds an event. Returns the waiting events, to be emitted early, when they are too many. */
  offer(event: UserEvent, nowMs: number): readonly UserEvent[] {
    const early = this.#count >= coalescedEventsMax ? this.#drain() : [];
    this.#keepNewest(event);
    this.#periodEndsAtMs ??= nowMs + this.#periodMs;
    this.#quietEndsAtMs = nowMs + this.#quietMs;
    return early;
  }

  /** Returns the events to emit if the period or the quiet time has ended. */
  flush(nowMs: number): readonly UserEvent[] {
    const dueAtMs = this.nextDeadlineMs();
    return dueAtMs === undefined || nowMs < dueAtMs ? [] : this.#drain();
  }

  #keepNewest(event: UserEvent): void {
    const known = this.#newest.get(event.name);
    const knownTime = known?.[0]?.lamportTime ?? -1;
    if (event.lamportTime < knownTime) return;
    if (known !== undefined && event.lamportTime === knownTime) {
      known.push(event);
      this.#count += 1;
      return;
    }
    this.#newest.set(event.name, [event]);
    this.#count += 1 - (known?.length ?? 0);
  }

  #drain(): readonly UserEvent[] {
    const events = [...this.#newest.values()].flat();
    this.#newest.clear();
    this.#count = 0;
    this.#periodEndsAtMs = undefined;
    return events;
  }
}
