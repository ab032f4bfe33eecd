import type { UserEvent } from '../../events.ts';
import { heldEventsMax } from '../limits.ts';

interface HeldEvent {
  readonly event: UserEvent;
  readonly releaseAtMs: number;
}

/**
 * Orders user events by Lamport time. A pool uses every time at least once, so an event is held only while one of an
 * earlier time is missing, and at most `holdBackMs`; then all earlier held events are released with it. An event that
 * arrives after later ones were released is released at once, out of order.
 */
export class LamportOrder {
  readonly #holdBackMs: number;
  /** By ascending Lamport time; equal times in the order of arrival. */
  readonly #held: HeldEvent[] = [];
  /** Events before this time were released or are no longer waited for. */
  #nextTime = 1;

  constructor({ holdBackMs }: { readonly holdBackMs: number }) {
    this.#holdBackMs = holdBackMs;
  }

  /** Stops waiting for events before this time. Never goes back. */
  expectFrom(lamportTime: number): void {
    this.#nextTime = Math.max(this.#nextTime, lamportTime);
  }

  /** When to call `release`; undefined while no event is held. */
  nextDeadlineMs(): number | undefined {
    return this.#held.length === 0
      ? undefined
      : Math.min(...this.#held.map(({ releaseAtMs }) => releaseAtMs));
  }

  /** Adds an event. Returns the events to emit now, in order. */
  offer(event: UserEvent, nowMs: number): readonly UserEvent[] {
    if (event.lamportTime <= this.#nextTime) {
      this.expectFrom(event.lamportTime + 1);
      return [event, ...this.#takeConsecutive()];
    }
    const after = this.#held.findLastIndex((held) => held.event.lamportTime <= event.lamportTime);
    this.#held.splice(after + 1, 0, { event, releaseAtMs: nowMs + this.#holdBackMs });
    return this.#held.length > heldEventsMax ? this.#take(1) : [];
  }

  /** Returns the events that were held long enough, and those that follow them, in order. */
  release(nowMs: number): readonly UserEvent[] {
    return this.#take(this.#held.findLastIndex(({ releaseAtMs }) => releaseAtMs <= nowMs) + 1);
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
