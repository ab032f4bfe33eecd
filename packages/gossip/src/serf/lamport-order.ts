import type { UserEvent } from '../events.ts';
import { heldEventsMax } from './limits.ts';

interface Held {
  readonly event: UserEvent;
  readonly dueAtMs: number;
}

/**
 * Puts user events into the order of their Lamport times. Gossip arrives newest first (spec 8.11), so each event
 * waits for a moment in which older ones can overtake it. When an event is due, everything older than it goes
 * first. One that comes after its moment has passed is told late rather than never.
 */
export class LamportOrder {
  readonly #holdBackMs: number;
  /** By ascending Lamport time; equal times in the order of arrival. */
  readonly #held: Held[] = [];

  constructor({ holdBackMs }: { readonly holdBackMs: number }) {
    this.#holdBackMs = holdBackMs;
  }

  /** When `release` is due; undefined while nothing is held. */
  nextDeadlineMs(): number | undefined {
    return this.#held.length === 0 ? undefined : Math.min(...this.#held.map(({ dueAtMs }) => dueAtMs));
  }

  /** Holds an event back; returns what has to go to make room. */
  offer(event: UserEvent, nowMs: number): readonly UserEvent[] {
    const after = this.#held.findLastIndex((held) => held.event.lamportTime <= event.lamportTime);
    this.#held.splice(after + 1, 0, { event, dueAtMs: nowMs + this.#holdBackMs });
    return this.#held.length > heldEventsMax ? this.#take(1) : [];
  }

  /** What is to be told now, in order. */
  release(nowMs: number): readonly UserEvent[] {
    return this.#take(this.#held.findLastIndex(({ dueAtMs }) => dueAtMs <= nowMs) + 1);
  }

  #take(count: number): readonly UserEvent[] {
    return this.#held.splice(0, count).map(({ event }) => event);
  }
}
