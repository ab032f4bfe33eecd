import type { UserEvent } from '../events.ts';
import { encodeSerfMessage } from '../wire/serf-codec.ts';
import type { EventSlot, UserEventMessage } from '../wire/serf-messages.ts';
import { LamportOrder } from './lamport-order.ts';
import { RecentRing } from './recent-ring.ts';
import type { SerfState } from './state.ts';
import type { OwnUserEvent } from './types.ts';
import { UserCoalescer } from './user-coalesce.ts';

interface Remembered {
  readonly name: string;
  readonly payload: Uint8Array;
}

/** How a user event of ours travels. */
export function encodeUserEvent(event: OwnUserEvent, lamportTime: number): Uint8Array {
  return encodeSerfMessage({ type: 'user-event', lamportTime, ...event });
}

/**
 * User events: each is told once however many copies come, passed on as the bytes that came, and remembered for
 * those who join. Source: serf.go UserEvent, handleUserEvent.
 */
export class UserEvents {
  readonly #state: SerfState;
  readonly #ring = new RecentRing<Remembered>();
  readonly #order: LamportOrder | undefined;
  readonly #coalescer: UserCoalescer | undefined;

  constructor(state: SerfState) {
    this.#state = state;
    const { order, holdBackMs, coalesce } = state.config.userEvents;
    this.#order = order === 'lamport' ? new LamportOrder({ holdBackMs }) : undefined;
    this.#coalescer = coalesce === undefined ? undefined : new UserCoalescer(coalesce);
  }

  /** An event of our own: told here like any other, and queued. */
  send(event: OwnUserEvent): void {
    const { clocks } = this.#state;
    const lamportTime = clocks.event.time;
    clocks.event.increment();
    if (this.#admit({ type: 'user-event', lamportTime, ...event }))
      this.#state.enqueue('events', encodeUserEvent(event, lamportTime));
  }

  /** An event that was gossiped to us; `raw` is the whole message, which is copied when it goes on. */
  receive(message: UserEventMessage, raw: Uint8Array): void {
    if (!this.#state.witness('event', message.lamportTime)) return;
    if (this.#admit(message)) this.#state.passOn('events', raw);
  }

  /** What a peer remembers. Told in the order of time, not of the peer's ring (spec 8.11); nothing is passed on. */
  replay(slots: readonly EventSlot[]): void {
    const byTime = slots.toSorted((a, b) => a.lamportTime - b.lamportTime);
    for (const { lamportTime, events } of byTime) {
      if (events.length === 0 || !this.#state.witness('event', lamportTime)) continue;
      for (const { name, payload } of events) {
        this.#admit({ type: 'user-event', lamportTime, name, payload, coalesce: false });
      }
    }
  }

  /** Events before this time are not told: they happened before we joined. */
  ignoreBefore(lamportTime: number): void {
    this.#ring.ignoreBefore(lamportTime);
  }

  /** What we remember, for those who ask. */
  slots(): readonly EventSlot[] {
    return this.#ring.entries().map(({ lamportTime, items }) => ({ lamportTime, events: items }));
  }

  nextDeadlineMs(): number | undefined {
    const order = this.#order?.nextDeadlineMs();
    const coalescer = this.#coalescer?.nextDeadlineMs();
    return order === undefined || coalescer === undefined ? (order ?? coalescer) : Math.min(order, coalescer);
  }

  /** Tells what was held back long enough. */
  runDue(): void {
    const { nowMs } = this.#state;
    for (const event of this.#order?.release(nowMs) ?? []) this.#coalesce(event);
    this.#tell(this.#coalescer?.flush(nowMs) ?? []);
  }

  #admit({ lamportTime, name, payload, coalesce }: UserEventMessage): boolean {
    const item = { name, payload };
    const recency = this.#ring.admit(lamportTime, item, {
      clockTime: this.#state.clocks.event.time,
      bytes: name.length + payload.length,
      isSame: (known) => known.name === name && isSameBytes(known.payload, payload),
    });
    if (recency !== 'new') return false;
    const event: UserEvent = { type: 'user-event', name, payload, lamportTime, coalesce };
    if (this.#order === undefined) this.#coalesce(event);
    else for (const due of this.#order.offer(event, this.#state.nowMs)) this.#coalesce(due);
    return true;
  }

  #coalesce(event: UserEvent): void {
    if (this.#coalescer === undefined || !event.coalesce) this.#tell([event]);
    else this.#tell(this.#coalescer.offer(event, this.#state.nowMs));
  }

  #tell(events: readonly UserEvent[]): void {
    for (const event of events) this.#state.emit({ type: 'event', event });
  }
}

function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
