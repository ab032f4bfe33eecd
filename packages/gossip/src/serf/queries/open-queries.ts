import { Deadlines } from '../../collections/deadlines.ts';
import { randomBelow } from '../../collections/random-choice.ts';
import { encodeSerfMessage } from '../../wire/serf-codec.ts';
import type { QueryMessage, QueryResponseMessage } from '../../wire/serf-messages.ts';
import { answersMaxLeast } from '../limits.ts';
import type { SerfState } from '../state.ts';
import type { QueryRequest } from '../types.ts';

/** An ack or a response of a member. */
export interface QueryAnswer {
  readonly kind: 'ack' | 'response';
  readonly payload: Uint8Array;
}

/** Receives the answers to a query. */
export interface QueryOwner {
  answered(from: string, answer: QueryAnswer): void;
  /** The timeout has passed. Not called after `end`. */
  over(): void;
}

/** The fields that a query gets when it is sent. */
export type QueryStamp = Pick<
  QueryMessage,
  'lamportTime' | 'id' | 'host' | 'port' | 'sourceNode' | 'timeoutMs'
>;

interface OpenQuery {
  readonly owner: QueryOwner;
  readonly acked: Set<string>;
  readonly responded: Set<string>;
  readonly answersMax: number;
}

const gossipRounds = 16;
/** Ids are random numbers of 31 bits. Source: serf.go Query. */
const idBound = 2 ** 31;

/** The default timeout: long enough for gossip to reach the whole pool. Source: serf query.go DefaultQueryTimeout. */
export function defaultQueryTimeoutMs(state: SerfState): number {
  const { records, config } = state;
  const liveCount = records.count('alive') + records.count('leaving');
  return config.timing.gossipIntervalMs * gossipRounds * Math.max(1, Math.ceil(Math.log10(liveCount + 1)));
}

/** The encoded message of a query of our own. */
export function encodeQuery(request: QueryRequest, stamp: QueryStamp): Uint8Array {
  return encodeSerfMessage(queryMessage(request, stamp));
}

function queryMessage(request: QueryRequest, stamp: QueryStamp): QueryMessage {
  const { name, payload, filters, ackRequested, relayFactor } = request;
  return { type: 'query', noBroadcast: false, name, payload, filters, ackRequested, relayFactor, ...stamp };
}

/** Our own queries: each collects answers until its timeout. Source: serf.go Query, handleQueryResponse. */
export class OpenQueries {
  readonly #state: SerfState;
  readonly #open = new Map<string, OpenQuery>();
  readonly #deadlines = new Deadlines<string>();

  constructor(state: SerfState) {
    this.#state = state;
  }

  get count(): number {
    return this.#open.size;
  }

  /** Begins a query. The caller handles and gossips the message; the key is for `end`. */
  begin(request: QueryRequest, owner: QueryOwner): { readonly message: QueryMessage; readonly key: string } {
    const { clocks, config, rng, records, nowMs } = this.#state;
    const lamportTime = clocks.query.time;
    const id = randomBelow(rng, idBound);
    const key = `${lamportTime}/${id}`;
    const timeoutMs = request.timeoutMs ?? defaultQueryTimeoutMs(this.#state);
    const answersMax = Math.max(answersMaxLeast, 2 * records.size);
    this.#open.set(key, { owner, acked: new Set(), responded: new Set(), answersMax });
    this.#deadlines.set(key, nowMs + timeoutMs);
    const { name: sourceNode, address } = config;
    return { key, message: queryMessage(request, { lamportTime, id, timeoutMs, sourceNode, ...address }) };
  }

  /** Ends a query before its timeout, without a call to its owner. */
  end(key: string): void {
    this.#open.delete(key);
    this.#deadlines.clear(key);
  }

  /** Reports each member's ack and response once, direct or relayed. */
  receive({ lamportTime, id, from, isAck, payload }: QueryResponseMessage): void {
    const query = this.#open.get(`${lamportTime}/${id}`);
    if (query === undefined) {
      this.#state.countDropped('late-query-answer');
      return;
    }
    const seen = isAck ? query.acked : query.responded;
    if (seen.has(from)) return;
    if (seen.size >= query.answersMax) {
      this.#state.countDropped('too-many-query-answers');
      return;
    }
    seen.add(from);
    query.owner.answered(from, { kind: isAck ? 'ack' : 'response', payload });
  }

  nextDeadlineMs(): number | undefined {
    return this.#deadlines.nextMs();
  }

  onDeadline(): void {
    const { nowMs } = this.#state;
    for (
      let key = this.#deadlines.takeNextDue(nowMs);
      key !== undefined;
      key = this.#deadlines.takeNextDue(nowMs)
    ) {
      const owner = this.#open.get(key)?.owner;
      this.#open.delete(key);
      owner?.over();
    }
  }
}
