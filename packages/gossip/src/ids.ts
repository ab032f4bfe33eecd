declare const kind: unique symbol;

/** A number that identifies one thing within one member. Ids of different kinds have different types. */
type Id<Kind extends string> = number & { readonly [kind]: Kind };

/** A broadcast whose end a caller awaits. */
export type BroadcastId = Id<'broadcast'>;
/** A stream that this member opens to a peer. */
export type StreamId = Id<'stream'>;
/** A stream that a peer opened to this member. */
export type PeerStreamId = Id<'peer-stream'>;
/** A query that this member asks. */
export type QueryId = Id<'query'>;
/** A query of another member that the application may answer. */
export type ReceivedQueryId = Id<'received-query'>;
/** A change of the key ring that is written to disk. */
export type KeyChangeId = Id<'key-change'>;

/** Gives out each id once, in steps of `step`. */
export class IdSequence<Kind extends Id<string>> {
  readonly #step: number;
  #next: number;

  constructor({ first = 1, step = 1 }: { readonly first?: number; readonly step?: number } = {}) {
    this.#next = first;
    this.#step = step;
  }

  next(): Kind {
    const id = this.#next;
    this.#next += this.#step;
    return id as Kind;
  }
}
