import type { UserEvent } from '../../events.ts';
import { heldEventsMax } from '../limits.ts';

interface Held {
  readonly event: UserEvent;
  readonly dueAtMs: number;
}

/**
 * Puts user events into the order of their Lamport times. A pool uses every time at least once, so an event waits only
 * while one of an earlier time is missing, and no longer than a moment. Whatever is older goes with it then. One that
 * comes after its moment has passed is released late rather than never.
 */
export class LamportOrder {
  readonly #holdBackMs: number;
  /** By ascending Lamport time; equal times in the order of arrival. */
  readonly #held: Held[] = [];
  /** Every event before this time was released, or is missing for good. */
  #nextTime = 1;

  constructor({ holdBackMs }: { readonly holdBackMs: number }) {
    this.#holdBackMs = holdBackMs;
  }

  /** Events before this time will not come. Never goes back. */
  expectFrom(lamportTime: number): void {
    this.#nextTime = Math.max(this.#nextTime, lamportTime);
  }

  /** When `release` is due; undefined while nothing is held. */
  nextDeadlineMs(): number | undefined {
    return this.#held.length === 0 ? undefined : Math.min(...this.#held.map(({ dueAtMs }) => dueAtMs));
  }

  /** Takes an event; returns the events to release now, in order. */
  offer(event: UserEvent, nowMs: number): readonly UserEvent[] {
    if (event.lamportTime <= this.#nextTime) {
      this.expectFrom(event.lamportTime + 1);
      return [event, ...this.#takeConsecutive()];
    }
    const after = this.#held.findLastIndex((held) => held.event.lamportTime <= event.lamportTime);
    this.#held.splice(after + 1, 0, { event, dueAtMs: nowMs + this.#holdBackMs });
    return this.#held.length > heldEventsMax ? this.#take(1) : [];
  }

  /** The events to release now although earlier ones are missing, in order. */
  release(nowMs: number): readonly UserEvent[] {
    return this.#take(this.#held.findLastIndex(({ dueAtMs }) => dueAtMs <= nowMs) + 1);
  }

  #take(count: number): readonly UserEvent[] {
    if (count === 0) return [];
    const events = this.#held.splice(0, count).map(({ event }) => event);
    this.expectFrom((events.at(-1)?.lamportTime ?? 0) + 1);
    return [...events, ...this.#takeConsecutive()];
  }

  #takeConsecutive(): readonly UserEvent[] {
    const events: UserEvent[] = [];
    for (let first = this.#held[0]; first !== undefined; first = this.#held[0]) {
      if (first.event.lamportTime > this.#nextTime) break;
      this.#held.shift();
      events.push(first.event);
      this.expectFrom(first.event.lamportTime + 1);
    }
    return events;
  }
}
