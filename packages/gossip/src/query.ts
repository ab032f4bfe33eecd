/** Options of a query. */
export interface QueryOptions {
  /** Send it to these members only, by name; at least one. Default: all members. */
  readonly nodes?: readonly string[];
  /**
   * Send it only to members whose tags match these regular expressions (RE2 syntax, not anchored); a missing tag counts
   * as empty. An expression that RE2 refuses, or that is too large to compile safely, matches no member. Default: none.
   */
  readonly tags?: Readonly<Record<string, string>>;
  /** Request an ack from every member that receives the query. Default false. */
  readonly ack?: boolean;
  /** Through how many other members each response is sent in addition to the direct one, 0 to 5. Default 0. */
  readonly relayFactor?: number;
  /**
   * How long responses are accepted. Milliseconds. Default: 16 gossip intervals for each digit of the pool's size (3.2 s
   * for up to 9 members on a LAN). Source: serf config.go QueryTimeoutMult.
   */
  readonly timeoutMs?: number;
  /** Ends the query early. Default: none. */
  readonly signal?: AbortSignal;
}

/** A member's ack: it has received the query. */
export interface QueryAck {
  readonly from: string;
}

/** A member's response. */
export interface QueryResponse {
  readonly from: string;
  readonly payload: Uint8Array;
}

/** The result of a query. Responses are datagrams and may be lost: compare their number with `membersCount`. */
export interface QueryResult {
  /** Names of the members that acknowledged. */
  readonly acks: readonly string[];
  readonly responses: readonly QueryResponse[];
  /** How many members were alive when the query was sent, this one included, whatever the filters. */
  readonly membersCount: number;
  /**
   * The members that received the query and did not respond, sorted by name. Undefined for a query with `tags`, because
   * only the members know whether their tags match.
   */
  readonly unanswered: readonly string[] | undefined;
  /** Why the query ended. `all-answered`: see `Query`. */
  readonly ended: 'all-answered' | 'timed-out' | 'aborted' | 'closed';
}

/**
 * An open query. One ack and one response of each member count. They are stored, so that they can be read at any time
 * and by several readers.
 *
 * A query ends as soon as all its members have responded and, with `ack`, acknowledged: the members of `nodes`, or
 * without filters those that were alive when it was sent. A query with `tags` ends with its timeout, because the sender
 * does not know which members match; so does a query that a member never responds to.
 */
export interface Query {
  /** How many members were alive when the query was sent, this one included, whatever the filters. */
  readonly membersCount: number;
  /** Iterates over all responses, from the first one on, as they arrive; ends with the query. */
  responses(): AsyncIterableIterator<QueryResponse>;
  /** Iterates over all acks in the same way. Empty unless `ack` was set. */
  acks(): AsyncIterableIterator<QueryAck>;
  /** Resolves when the query has ended. Never rejects. */
  readonly done: Promise<QueryResult>;
  /** Ends the query now; later responses are dropped. Idempotent. */
  end(): void;
}
