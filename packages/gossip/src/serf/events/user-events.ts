import type { UserEvent } from '../../events.ts';
import { encodeSerfMessage } from '../../wire/serf-codec.ts';
import type { EventSlot, UserEventMessage } from '../../wire/serf-messages.ts';
import { ownEventsInFlightMax } from '../limits.ts';
import { type Recency, RecentRing } from '../recent-ring.ts';
import type { SerfState } from '../state.ts';
import type { OwnUserEvent } from '../types.ts';
import { LamportOrder } from './lamport-order.ts';
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
 * those who join. A burst of our own is sent in its order, no more at once than receivers can take in (ADR 0023).
 * Source: serf.go UserEvent, handleUserEvent.
 */
export class UserEvents {
  readonly #state: SerfState;
  readonly #ring = new RecentRing<Remembered>();
  readonly #order: LamportOrder | undefined;
  readonly #coalescer: UserCoalescer | undefined;
  /** Our own that wait until earlier ones are out; they have no Lamport time yet. */
  readonly #waiting: OwnUserEvent[] = [];

  constructor(state: SerfState) {
    this.#state = state;
    const { order, holdBackMs, coalesce } = state.config.userEvents;
    this.#order = order === 'lamport' ? new LamportOrder({ holdBackMs }) : undefined;
    this.#coalescer = coalesce === undefined ? undefined : new UserCoalescer(coalesce);
  }

  /** How many events of our own wait for their turn. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Our own that nobody can have heard of yet. */
  get unsentCount(): number {
    return this.#waiting.length + this.#state.queues.ordered('events').unsentCount;
  }

  /** An event of our own: told here like any other when its turn comes, and queued. */
  send(event: OwnUserEvent): void {
    this.#waiting.push(event);
    this.#sendWaiting();
    if (this.#waiting.length === 0) return;
    this.#state.warn('waiting-events', 'user events wait: more were sent than the pool can spread at once', {
      waitingCount: this.#waiting.length,
    });
  }

  /** We have left: counts what nobody has heard of. */
  giveUp(): void {
    const unsentCount = this.unsentCount;
    this.#waiting.length = 0;
    if (unsentCount === 0) return;
    this.#state.countDropped('unsent-user-event', unsentCount);
    this.#state.warn('unsent-events', 'left before all user events were sent', { unsentCount });
  }

  /** An event that was gossiped to us; `raw` is the whole message, which is copied when it goes on. */
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
    const news = recency === 'new' ? this.#state.toPassOn(raw) : undefined;
    if (news !== undefined) this.#state.enqueueOrdered('events', news, { lamportTime });
  }

  /** What a peer remembers. Told in the order of time, not of the peer's ring (gossip.md 8.11); nothing is passed on. */
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
    this.#order?.expectFrom(lamportTime);
  }

  /** What we remember, for those who ask. */
  slots(): readonly EventSlot[] {
    return this.#ring.entries().map(({ lamportTime, items }) => ({ lamportTime, events: items }));
  }

  nextDeadlineMs(): number | undefined {
    // A turn that has come is due at once.
    const turn = this.#waiting.length > 0 && this.#hasTurn ? this.#state.nowMs : undefined;
    const times = [turn, this.#order?.nextDeadlineMs(), this.#coalescer?.nextDeadlineMs()];
    const known = times.filter((atMs) => atMs !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** Sends our own whose turn has come, and delivers what was held back long enough. */
  runDue(): void {
    const { nowMs } = this.#state;
    this.#sendWaiting();
    for (const event of this.#order?.release(nowMs) ?? []) this.#coalesce(event);
    this.#tell(this.#coalescer?.flush(nowMs) ?? []);
  }

  /** Few enough of our own are on their way. With nobody there, there is nobody to wait for. */
  get #hasTurn(): boolean {
    const { queues, hasLivePeers } = this.#state;
    return queues.ordered('events').ownCount < ownEventsInFlightMax || !hasLivePeers;
  }

  #sendWaiting(): void {
    const { clocks, queues } = this.#state;
    while (this.#hasTurn) {
      const event = this.#waiting.shift();
      if (event === undefined) return;
      const lamportTime = clocks.event.time;
      clocks.event.increment();
      this.#admit({ type: 'user-event', lamportTime, ...event });
      // Nobody is there to gossip to; members that join later get it by push/pull.
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
    else for (const due of this.#order.offer(event, this.#state.nowMs)) this.#coalesce(due);
    return recency;
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
