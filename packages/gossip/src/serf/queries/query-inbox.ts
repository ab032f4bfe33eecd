import { BoundedMap } from '../../collections/bounded-map.ts';
import { IdSequence, type ReceivedQueryId } from '../../ids.ts';
import { encodeSerfMessage } from '../../wire/serf-codec.ts';
import type { QueryMessage } from '../../wire/serf-messages.ts';
import { answerableQueriesMax, responseBytesMax, waitingQueriesMax } from '../limits.ts';
import { RecentRing } from '../recent-ring.ts';
import type { SerfState } from '../state.ts';
import type { ExpressionMatcher, QueryRequest } from '../types.ts';
import { type InternalQueries, isInternalName } from './internal-queries.ts';
import type { OpenQueries, QueryOwner } from './open-queries.ts';
import type { QueryAnswers, QueryOrigin } from './query-answers.ts';
import { matchFilters } from './query-filters.ts';

interface Answerable {
  readonly origin: QueryOrigin;
  readonly deadlineMs: number;
  isAnswered: boolean;
}

interface PendingQuery {
  readonly query: QueryMessage;
  readonly deadlineMs: number;
}

/** Why a response of the application cannot be sent. */
export type AnswerProblem = 'over' | 'answered' | 'too-large';

const noPayload = new Uint8Array(0);
/** The size of an id in the ring; any positive number would do. */
const idBytes = 8;

/** Received queries, our own included; each is handled once. Source: serf.go handleQuery. */
export class QueryInbox {
  readonly #state: SerfState;
  readonly #answers: QueryAnswers;
  readonly #internal: InternalQueries;
  readonly #ring = new RecentRing<number>();
  readonly #answerable = new BoundedMap<ReceivedQueryId, Answerable>(answerableQueriesMax);
  readonly #waiting: PendingQuery[] = [];
  #matches: ExpressionMatcher | undefined;
  readonly #queryIds = new IdSequence<ReceivedQueryId>();

  constructor(state: SerfState, answers: QueryAnswers, internal: InternalQueries) {
    this.#state = state;
    this.#answers = answers;
    this.#internal = internal;
  }

  /** Sends a query to the pool, this member included. Returns the key that ends it early. */
  sendQuery(open: OpenQueries, request: QueryRequest, owner: QueryOwner): string {
    const { message, key } = open.begin(request, owner);
    this.receive(message, encodeSerfMessage(message));
    return key;
  }

  /** Ignores queries before this time: an earlier instance received them. */
  ignoreBefore(lamportTime: number): void {
    this.#ring.ignoreBefore(lamportTime);
  }

  /** Receives a query. `raw` is the whole message; it is rebroadcast even if the filters exclude us. */
  receive(query: QueryMessage, raw: Uint8Array): void {
    if (!this.#state.witness('query', query.lamportTime)) return;
    const recency = this.#ring.admit(query.lamportTime, query.id, {
      clockTime: this.#state.clocks.query.time,
      bytes: idBytes,
      isSame: (id) => id === query.id,
    });
    if (recency === 'old') {
      this.#state.countDropped('too-old-query');
      const { name, lamportTime } = query;
      const current = this.#state.clocks.query.time;
      this.#state.warn('too-old-messages', 'received old query', { name, lamportTime, current });
    }
    if (recency !== 'new') return;
    const copy = query.noBroadcast ? undefined : this.#state.toRebroadcast(raw);
    const { lamportTime, sourceNode } = query;
    const isOwn = sourceNode === this.#state.config.name;
    if (copy !== undefined) this.#state.enqueueOrdered('queries', copy, { lamportTime, isOwn });
    this.#filter({ query, deadlineMs: this.#state.nowMs + query.timeoutMs });
  }

  /** The RE2 engine is loaded: handles the queries that wait for it. */
  expressionsLoaded(matches: ExpressionMatcher): void {
    this.#matches = matches;
    for (const pending of this.#waiting.splice(0)) this.#filter(pending);
  }

  /** Why this response to a received query cannot be sent; undefined when it can. */
  answerProblem(queryId: ReceivedQueryId, payload: Uint8Array, nowMs: number): AnswerProblem | undefined {
    const query = this.#answerable.get(queryId);
    if (query === undefined || nowMs >= query.deadlineMs) return 'over';
    if (query.isAnswered) return 'answered';
    const bytes = this.#answers.bytesOf(query.origin, { kind: 'response', payload });
    return bytes > responseBytesMax ? 'too-large' : undefined;
  }

  /** Sends the application's response, unless `answerProblem` names a problem. */
  respond(queryId: ReceivedQueryId, payload: Uint8Array): void {
    const query = this.#answerable.get(queryId);
    if (query === undefined || this.answerProblem(queryId, payload, this.#state.nowMs) !== undefined) return;
    query.isAnswered = true;
    this.#answers.send(query.origin, { kind: 'response', payload });
  }

  #filter(pending: PendingQuery): void {
    const { name } = this.#state.config;
    const tags = this.#state.records.get(name)?.member.tags ?? {};
    switch (matchFilters(pending.query.filters, { name, tags }, this.#matches)) {
      case 'match':
        this.#accept(pending);
        break;
      case 'unknown':
        this.#waitForEngine(pending);
        break;
      case 'no-match':
        break;
    }
  }

  #waitForEngine(pending: PendingQuery): void {
    if (this.#waiting.length >= waitingQueriesMax) {
      this.#state.countDropped('waiting-queries');
      return;
    }
    if (this.#waiting.length === 0) this.#state.emit({ type: 'load-expressions' });
    this.#waiting.push(pending);
  }

  #accept({ query, deadlineMs }: PendingQuery): void {
    if (query.ackRequested) this.#answers.send(query, { kind: 'ack', payload: noPayload });
    if (isInternalName(query.name)) this.#internal.receive(query);
    else this.#deliver(query, deadlineMs);
  }

  #deliver(query: QueryMessage, deadlineMs: number): void {
    const queryId = this.#queryIds.next();
    const { name, payload, lamportTime, id, host, port, sourceNode, relayFactor } = query;
    const origin = { lamportTime, id, host, port, sourceNode, relayFactor };
    this.#answerable.set(queryId, { origin, deadlineMs, isAnswered: false });
    const received = { queryId, name, payload, from: sourceNode, lamportTime, deadlineMs };
    this.#state.emit({ type: 'query', query: received });
  }
}
