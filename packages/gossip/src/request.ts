import type { PayloadType } from './payload.ts';
import type { QueryOptions, QueryResult } from './query.ts';

/** How a request is asked: as a query, with values instead of bytes. `Q` is what is asked, `A` what is answered. */
export interface RequestOptions<Q = Uint8Array, A = Uint8Array> extends QueryOptions {
  /** What is asked; bytes unless `question` packs it. Default: an empty payload. */
  readonly payload?: Q;
  /** Packs the payload. Default: it is sent as it is. */
  readonly question?: Pick<PayloadType<unknown, Q>, 'pack'>;
  /** Reads the answers. Default: they are given as they came. */
  readonly answer?: Pick<PayloadType<A, never>, 'unpack'>;
}

/** What a member answered. */
export interface RequestAnswer<A> {
  readonly from: string;
  readonly value: A;
}

/** What a member answered that `answer` cannot read. */
export interface UnreadableAnswer {
  readonly from: string;
  readonly payload: Uint8Array;
  readonly error: unknown;
}

/** What came of a request. */
export interface RequestResult<A = Uint8Array> {
  /** In the order in which they came; one of each member. */
  readonly answers: readonly RequestAnswer<A>[];
  /** Answers that `answer` cannot read. These members count as answered. */
  readonly unreadable: readonly UnreadableAnswer[];
  /** As of the query. */
  readonly unanswered: QueryResult['unanswered'];
  readonly membersCount: number;
  readonly ended: 'all-answered' | 'time-over';
}
