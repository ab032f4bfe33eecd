import type { PayloadType } from './payload.ts';
import type { QueryOptions, QueryResult } from './query.ts';

/** Options of a request: a query with values instead of bytes. `Q` is the type of the question, `A` that of the answers. */
export interface RequestOptions<Q = Uint8Array, A = Uint8Array> extends QueryOptions {
  /** The question; bytes unless `question` packs it. Default: an empty payload. */
  readonly payload?: Q;
  /** Packs `payload`. Default: `payload` is sent as it is. */
  readonly question?: Pick<PayloadType<unknown, Q>, 'pack'>;
  /** Unpacks the answers. Default: they are given as bytes. */
  readonly answer?: Pick<PayloadType<A, never>, 'unpack'>;
}

/** The answer of a member. */
export interface RequestAnswer<A> {
  readonly from: string;
  readonly value: A;
}

/** An answer that `answer` could not unpack, with its error. */
export interface UnreadableAnswer {
  readonly from: string;
  readonly payload: Uint8Array;
  readonly error: unknown;
}

/** The result of a request. */
export interface RequestResult<A = Uint8Array> {
  /** In the order of arrival, one of each member. */
  readonly answers: readonly RequestAnswer<A>[];
  /** Answers that could not be unpacked. Their members are not in `unanswered`. */
  readonly unreadable: readonly UnreadableAnswer[];
  /** As in `QueryResult`. */
  readonly unanswered: QueryResult['unanswered'];
  /** As in `QueryResult`. */
  readonly membersCount: number;
  readonly ended: 'all-answered' | 'timed-out';
}
