/** How a query is asked. Everything has a default. */
export interface QueryOptions {
  /** Only members of these names are asked; at least one. Default: all. */
  readonly nodes?: readonly string[];
  /**
   * Only members whose tags contain what these regular expressions (RE2 syntax, not anchored) describe; a missing tag
   * counts as empty. An expression that RE2 refuses, or that is too large to be compiled safely, matches nobody.
   */
  readonly tags?: Readonly<Record<string, string>>;
  /** Ask every member for an ack as soon as the query reaches it. Default false. */
  readonly ack?: boolean;
  /** Through how many other members each answer is sent besides the direct way, 0 to 5. Default 0. */
  readonly relayFactor?: number;
  /**
   * How long answers are accepted. Default: 16 gossip intervals for each digit of the pool's size (3.2 s for up to 9
   * members on a LAN).
   */
  readonly timeoutMs?: number;
  /** Ends the query early. */
  readonly signal?: AbortSignal;
}

/** A member has received the query. */
export interface QueryAck {
  readonly from: string;
}

/** A member has answered. */
export interface QueryResponse {
  readonly from: string;
  readonly payload: Uint8Array;
}

/** What came of a query. Answers are datagrams and may be lost: compare their number with `membersCount`. */
export interface QueryResult {
  /** Names of the members that acknowledged. */
  readonly acks: readonly string[];
  readonly responses: readonly QueryResponse[];
  /** How many members were alive when the query was asked, ourselves included; filters do not count. */
  readonly membersCount: number;
  /**
   * Who was asked and has not responded, sorted by name. Undefined for a query with `tags`: who they match is known to
   * the members alone.
   */
  readonly unanswered: readonly string[] | undefined;
  /** Why the query is over. `all-answered`: see `Query`. */
  readonly ended: 'all-answered' | 'time-over' | 'aborted' | 'closed';
}

/**
 * A question to the pool, under way. Each member counts once with its ack and once with its response. What came is
 * kept until the query is forgotten, so it may be read at any time and by several readers.
 *
 * A query is over as soon as everybody who was asked has responded and, with `ack`, acknowledged: those named in
 * `nodes`, or without filters the members that were alive when it was asked. A query with `tags` waits until its time
 * is over, because the asker cannot know who matches; so does one to a member that never responds.
 */
export interface Query {
  /** How many members were alive when the query was asked, ourselves included; filters do not count. */
  readonly membersCount: number;
  /** Responses as they come, from the first one on; ends with the query. */
  responses(): AsyncIterableIterator<QueryResponse>;
  /** Acks as they come, from the first one on; ends with the query. Empty unless `ack` was set. */
  acks(): AsyncIterableIterator<QueryAck>;
  /** Settles when the query is over. Never rejects. */
  readonly done: Promise<QueryResult>;
  /** Ends the query now: later answers are dropped. Idempotent. */
  end(): void;
}
