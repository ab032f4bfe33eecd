import type { UserEvent } from '../../events.ts';
import { coalescedEventsMax } from '../limits.ts';

/**
 * Groups the user events that allow it: of all events of one name only those of the newest Lamport time are told,
 * when a period or a quiet time is over. Source: serf coalesce.go, coalesce_user.go.
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

  /** When `flush` is due; undefined while nothing waits. */
  nextDeadlineMs(): number | undefined {
    if (this.#periodEndsAtMs === undefined) return undefined;
    return Math.min(this.#periodEndsAtMs, this.#quietEndsAtMs);
  }

  /** Takes an event; returns what has to be told early because too much waits. */
  offer(event: UserEvent, nowMs: number): readonly UserEvent[] {
    const early = this.#count >= coalescedEventsMax ? this.#drain() : [];
    this.#keepNewest(event);
    this.#periodEndsAtMs ??= nowMs + this.#periodMs;
    this.#quietEndsAtMs = nowMs + this.#quietMs;
    return early;
  }

  /** What is to be told if it is time. */
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
