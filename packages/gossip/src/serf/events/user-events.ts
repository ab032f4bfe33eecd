import type { UserEvent } from '../../events.ts';
import { encodeSerfMessage } from '../../wire/serf-codec.ts';
import type { EventSlot, UserEventMessage } from '../../wire/serf-messages.ts';
import { ownEventsInFlightMax } from '../limits.ts';
import { type Recency, RecentRing } from '../recent-ring.ts';
import type { SerfState } from '../state.ts';
import type { OwnUserEvent } from '../types.ts';
import { LamportOrder } from './lamport-order.ts';
import { UserCoalescer } from './user-coalesce.ts';

interface RecentEvent {
  readonly name: string;
  readonly payload: Uint8Array;
}

/** The encoded message of a user event of our own. */
export function encodeUserEvent(event: OwnUserEvent, lamportTime: number): Uint8Array {
  return encodeSerfMessage({ type: 'user-event', lamportTime, ...event });
}

/**
 * User events. Each is emitted once although many copies arrive, rebroadcast as the bytes that were received, and
 * remembered for members that join. A burst of our own is sent in its order, and only as many events at once as the
 * receivers can remember (ADR 0023). Source: serf.go UserEvent, handleUserEvent.
 */
export class UserEvents {
  readonly #state: SerfState;
  readonly #ring = new RecentRing<RecentEvent>();
  readonly #order: LamportOrder | undefined;
  readonly #coalescer: UserCoalescer | undefined;
  /** Own events that wait until earlier ones are sent. They have no Lamport time yet. */
  readonly #waiting: OwnUserEvent[] = [];

  constructor(state: SerfState) {
    this.#state = state;
    const { order, holdBackMs, coalesce } = state.config.userEvents;
    this.#order = order === 'lamport' ? new LamportOrder({ holdBackMs }) : undefined;
    this.#coalescer = coalesce === undefined ? undefined : new UserCoalescer(coalesce);
  }

  /** Own events that wait until earlier ones are sent. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Own events of which no copy was sent. */
  get unsentCount(): number {
    return this.#waiting.length + this.#state.queues.ordered('events').unsentCount;
  }

  /** Emits an event of our own and queues it for gossip, or lets it wait while too many are queued. */
  send(event: OwnUserEvent): void {
    this.#waiting.push(event);
    this.#sendWaiting();
    if (this.#waiting.length === 0) return;
    this.#state.warn('waiting-events', 'user events wait: more were sent at once than the pool can gossip', {
      waitingCount: this.#waiting.length,
    });
  }

  /** After we left: drops and counts the own events that were not sent. */
  dropUnsent(): void {
    const unsentCount = this.unsentCount;
    this.#waiting.length = 0;
    if (unsentCount === 0) return;
    this.#state.countDropped('unsent-user-event', unsentCount);
    this.#state.warn('unsent-events', 'left before all user events were sent; the rest is dropped', {
      unsentCount,
    });
  }

  /** Receives a gossiped event. `raw` is the whole message; it is copied when it is rebroadcast. */
  receive(message: UserEventMessage, raw: Uint8Array): void {
    const { lamportTime } = message;
    if (!this.#state.witness('event', lamportTime)) return;
    const recency = this.#admit(message);
    if (recency === 'old') {
      this.#state.countDropped('too-old-user-event');
      const current = this.#state.clocks.event.time;
      this.#state.warn('too-old-messages', 'received old event', {
        name: message.name,
        lamportTime,
        current,
      });
    }
    const copy = recency === 'new' ? this.#state.toRebroadcast(raw) : undefined;
    if (copy !== undefined) this.#state.enqueueOrdered('events', copy, { lamportTime });
  }

  /**
   * Emits the events of a push/pull by Lamport time, not in the peer's ring order (gossip.md 8.11). None is
   * rebroadcast.
   */
  replay(slots: readonly EventSlot[]): void {
    const byTime = slots.toSorted((a, b) => a.lamportTime - b.lamportTime);
    for (const { lamportTime, events } of byTime) {
      if (events.length === 0 || !this.#state.witness('event', lamportTime)) continue;
      for (const { name, payload } of events) {
        this.#admit({ type: 'user-event', lamportTime, name, payload, coalesce: false });
      }
    }
  }

  /** Ignores events before this time, which an earlier instance received or which are older than a join. */
  ignoreBefore(lamportTime: number): void {
    this.#ring.ignoreBefore(lamportTime);
    this.#order?.expectFrom(lamportTime);
  }

  /** The remembered events, for a push/pull. */
  slots(): readonly EventSlot[] {
    return this.#ring.entries().map(({ lamportTime, items }) => ({ lamportTime, events: items }));
  }

  nextDeadlineMs(): number | undefined {
    const sendAtMs = this.#waiting.length > 0 && this.#canSend ? this.#state.nowMs : undefined;
    const times = [sendAtMs, this.#order?.nextDeadlineMs(), this.#coalescer?.nextDeadlineMs()];
    const known = times.filter((atMs) => atMs !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** Sends waiting own events and emits the events whose hold-back or coalesce time has ended. */
  onDeadline(): void {
    const { nowMs } = this.#state;
    this.#sendWaiting();
    for (const event of this.#order?.release(nowMs) ?? []) this.#coalesce(event);
    this.#emit(this.#coalescer?.flush(nowMs) ?? []);
  }

  /** Whether another own event may be sent. Without live peers there is no receiver to wait for. */
  get #canSend(): boolean {
    const { queues, hasLivePeers } = this.#state;
    return queues.ordered('events').ownCount < ownEventsInFlightMax || !hasLivePeers;
  }

  #sendWaiting(): void {
    const { clocks, queues } = this.#state;
    while (this.#canSend) {
      const event = this.#waiting.shift();
      if (event === undefined) return;
      const lamportTime = clocks.event.time;
      clocks.event.increment();
      this.#admit({ type: 'user-event', lamportTime, ...event });
      // Without live peers the queue is not drained. Members that join later get the event by push/pull.
      if (queues.ordered('events').ownCount >= ownEventsInFlightMax) continue;
      this.#state.enqueueOrdered('events', encodeUserEvent(event, lamportTime), { lamportTime, isOwn: true });
    }
  }

  #admit({ lamportTime, name, payload, coalesce }: UserEventMessage): Recency {
    const item = { name, payload };
    const recency = this.#ring.admit(lamportTime, item, {
      clockTime: this.#state.clocks.event.time,
      bytes: name.length + payload.length,
      isSame: (known) => known.name === name && isSameBytes(known.payload, payload),
    });
    if (recency !== 'new') return recency;
    const event: UserEvent = { type: 'user-event', name, payload, lamportTime, coalesce };
    if (this.#order === undefined) this.#coalesce(event);
    else for (const released of this.#order.offer(event, this.#state.nowMs)) this.#coalesce(released);
    return recency;
  }

  #coalesce(event: UserEvent): void {
    if (this.#coalescer === undefined || !event.coalesce) this.#emit([event]);
    else this.#emit(this.#coalescer.offer(event, this.#state.nowMs));
  }

  #emit(events: readonly UserEvent[]): void {
    for (const event of events) this.#state.emit({ type: 'event', event });
  }
}

function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
