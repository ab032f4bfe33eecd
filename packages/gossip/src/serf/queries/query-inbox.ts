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
import { judgeFilters } from './query-filters.ts';

interface Answerable {
  readonly origin: QueryOrigin;
  readonly deadlineMs: number;
  isAnswered: boolean;
}

interface Received {
  readonly query: QueryMessage;
  readonly deadlineMs: number;
}

/** Why an answer of the application cannot be sent. */
export type AnswerProblem = 'over' | 'answered' | 'too-large';

const noPayload = new Uint8Array(0);
/** What an id costs in the ring; the number only has to be positive. */
const idBytes = 8;

/** Queries that reach us, our own included: each is considered once. Source: serf.go handleQuery. */
export class QueryInbox {
  readonly #state: SerfState;
  readonly #answers: QueryAnswers;
  readonly #internal: InternalQueries;
  readonly #ring = new RecentRing<number>();
  readonly #answerable = new Map<ReceivedQueryId, Answerable>();
  readonly #waiting: Received[] = [];
  #matches: ExpressionMatcher | undefined;
  readonly #queryIds = new IdSequence<ReceivedQueryId>();

  constructor(state: SerfState, answers: QueryAnswers, internal: InternalQueries) {
    this.#state = state;
    this.#answers = answers;
    this.#internal = internal;
  }

  /** Asks the pool, ourselves included. Returns the key that ends the question early. */
  ask(open: OpenQueries, request: QueryRequest, owner: QueryOwner): string {
    const { message, key } = open.ask(request, owner);
    this.receive(message, encodeSerfMessage(message));
    return key;
  }

  /** Queries before this time are neither told nor answered: an earlier life of ours has seen them. */
  ignoreBefore(lamportTime: number): void {
    this.#ring.ignoreBefore(lamportTime);
  }

  /** A query; `raw` is the whole message, which goes on whether it is meant for us or not. */
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
    const news = query.noBroadcast ? undefined : this.#state.toPassOn(raw);
    const { lamportTime, sourceNode } = query;
    const isOwn = sourceNode === this.#state.config.name;
    if (news !== undefined) this.#state.enqueueOrdered('queries', news, { lamportTime, isOwn });
    this.#consider({ query, deadlineMs: this.#state.nowMs + query.timeoutMs });
  }

  /** The engine for tag filters is here. */
  expressionsLoaded(matches: ExpressionMatcher): void {
    this.#matches = matches;
    for (const received of this.#waiting.splice(0)) this.#consider(received);
  }

  /** What stands in the way of answering a query that was told; undefined when nothing does. */
  answerProblem(queryId: ReceivedQueryId, payload: Uint8Array, nowMs: number): AnswerProblem | undefined {
    const query = this.#answerable.get(queryId);
    if (query === undefined || nowMs >= query.deadlineMs) return 'over';
    if (query.isAnswered) return 'answered';
    const bytes = this.#answers.bytesOf(query.origin, { kind: 'response', payload });
    return bytes > responseBytesMax ? 'too-large' : undefined;
  }

  /** The application answers; nothing is sent when `answerProblem` names one. */
  respond(queryId: ReceivedQueryId, payload: Uint8Array): void {
    const query = this.#answerable.get(queryId);
    if (query === undefined || this.answerProblem(queryId, payload, this.#state.nowMs) !== undefined) return;
    query.isAnswered = true;
    this.#answers.send(query.origin, { kind: 'response', payload });
  }

  #consider(received: Received): void {
    const { name } = this.#state.config;
    const tags = this.#state.records.get(name)?.member.tags ?? {};
    switch (judgeFilters(received.query.filters, { name, tags }, this.#matches)) {
      case 'match':
        this.#take(received);
        break;
      case 'unknown':
        this.#wait(received);
        break;
      case 'no-match':
        break;
    }
  }

  #wait(received: Received): void {
    if (this.#waiting.length >= waitingQueriesMax) {
      this.#state.countDropped('waiting-queries');
      return;
    }
    if (this.#waiting.length === 0) this.#state.emit({ type: 'load-expressions' });
    this.#waiting.push(received);
  }

  #take({ query, deadlineMs }: Received): void {
    if (query.ackRequested) this.#answers.send(query, { kind: 'ack', payload: noPayload });
    if (isInternalName(query.name)) this.#internal.receive(query);
    else this.#tell(query, deadlineMs);
  }

  #tell(query: QueryMessage, deadlineMs: number): void {
    const queryId = this.#queryIds.next();
    const { name, payload, lamportTime, id, host, port, sourceNode, relayFactor } = query;
    const origin = { lamportTime, id, host, port, sourceNode, relayFactor };
    this.#answerable.set(queryId, { origin, deadlineMs, isAnswered: false });
    for (const oldest of this.#answerable.keys()) {
      if (this.#answerable.size <= answerableQueriesMax) break;
      this.#answerable.delete(oldest);
    }
    const told = { queryId, name, payload, from: sourceNode, lamportTime, deadlineMs };
    this.#state.emit({ type: 'query', query: told });
  }
}
