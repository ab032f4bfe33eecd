/** One message waiting to be gossiped. */
interface Broadcast {
  readonly id: number;
  readonly message: Uint8Array;
  readonly name: string | undefined;
  readonly ticket: number | undefined;
  transmits: number;
}

export interface TakenBroadcasts {
  readonly messages: readonly Uint8Array[];
  /** Tickets of broadcasts that reached their limit with this take. */
  readonly finished: readonly number[];
}

export interface Enqueued {
  /** Tickets of broadcasts that the new one replaced. */
  readonly finished: readonly number[];
}

/**
 * What to piggyback next, by transmit count and byte budget.
 *
 * Fewest transmits go first; among equals the longest, then the newest. A message is dropped after
 * `retransmitMult × ceil(log10(members + 1))` transmissions, the limit being computed when it is sent.
 * A named message replaces the older one of the same name. Source: memberlist queue.go.
 */
export class BroadcastQueue {
  readonly #retransmitMult: number;
  /** Ordered as they are to be sent, the first of them last: what is new comes and goes at the cheap end. */
  readonly #items: Broadcast[] = [];
  readonly #byName = new Map<string, Broadcast>();
  #nextId = 1;

  constructor(retransmitMult: number) {
    this.#retransmitMult = retransmitMult;
  }

  get depth(): number {
    return this.#items.length;
  }

  /** Queues a message. `ticket` is given back when it is finished: sent often enough, replaced or pruned. */
  enqueue(message: Uint8Array, options: { readonly name?: string; readonly ticket?: number } = {}): Enqueued {
    const finished: number[] = [];
    const old = options.name === undefined ? undefined : this.#byName.get(options.name);
    if (old !== undefined) {
      this.#remove(old);
      if (old.ticket !== undefined) finished.push(old.ticket);
    }
    this.#insert({ id: this.#nextId, message, name: options.name, ticket: options.ticket, transmits: 0 });
    this.#nextId += 1;
    return { finished };
  }

  /**
   * Takes what fits into `limitBytes` when each message costs `overheadBytes` more than its length,
   * at most `countMax` messages.
   */
  take(overheadBytes: number, limitBytes: number, membersCount: number, countMax: number): TakenBroadcasts {
    let left = limitBytes;
    const taken: Broadcast[] = [];
    for (let i = this.#items.length - 1; i >= 0; i -= 1) {
      if (left <= overheadBytes || taken.length >= countMax) break;
      const item = this.#items[i] as Broadcast;
      const cost = item.message.length + overheadBytes;
      if (cost > left) continue;
      taken.push(item);
      left -= cost;
    }
    return taken.length === 0 ? nothingTaken : this.#countTransmission(taken, membersCount);
  }

  /** Drops all but the `keepCount` that would be sent first. */
  prune(keepCount: number): { readonly droppedCount: number; readonly finished: readonly number[] } {
    const dropped = this.#items.splice(0, Math.max(0, this.#items.length - Math.max(0, keepCount)));
    for (const item of dropped) this.#forgetName(item);
    return { droppedCount: dropped.length, finished: ticketsOf(dropped) };
  }

  #countTransmission(taken: readonly Broadcast[], membersCount: number): TakenBroadcasts {
    const limit = retransmitLimit(this.#retransmitMult, membersCount);
    const done: Broadcast[] = [];
    for (const item of taken) {
      this.#remove(item);
      item.transmits += 1;
      if (item.transmits >= limit) done.push(item);
      else this.#insert(item);
    }
    return { messages: taken.map((item) => item.message), finished: ticketsOf(done) };
  }

  #insert(item: Broadcast): void {
    this.#items.splice(this.#placeOf(item), 0, item);
    if (item.name !== undefined) this.#byName.set(item.name, item);
  }

  /** The order is total, so an item is found where it would be inserted. */
  #remove(item: Broadcast): void {
    this.#items.splice(this.#placeOf(item), 1);
    this.#forgetName(item);
  }

  #forgetName(item: Broadcast): void {
    if (item.name !== undefined) this.#byName.delete(item.name);
  }

  #placeOf(item: Broadcast): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (goesBefore(item, this.#items[middle] as Broadcast)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const nothingTaken: TakenBroadcasts = { messages: [], finished: [] };

/** How often a message is sent in a pool of `membersCount`. Source: memberlist util.go retransmitLimit. */
export function retransmitLimit(retransmitMult: number, membersCount: number): number {
  return retransmitMult * Math.ceil(Math.log10(membersCount + 1));
}

function goesBefore(a: Broadcast, b: Broadcast): boolean {
  if (a.transmits !== b.transmits) return a.transmits < b.transmits;
  if (a.message.length !== b.message.length) return a.message.length > b.message.length;
  return a.id > b.id;
}

function ticketsOf(items: readonly Broadcast[]): number[] {
  return items.flatMap((item) => (item.ticket === undefined ? [] : [item.ticket]));
}
