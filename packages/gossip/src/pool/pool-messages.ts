import { quote } from '../checks/describe.ts';
import type { Core, CoreInput } from '../core.ts';
import { diagnostics } from '../diagnostics.ts';
import { GossipError } from '../errors.ts';
import type { Gossip } from '../gossip.ts';
import { IdSequence, type QueryId, type ReceivedQueryId } from '../ids.ts';
import type { GossipConfig } from '../options/resolve-options.ts';
import type { Clock } from '../ports.ts';
import type { Query, QueryOptions } from '../query.ts';
import { encodeUserEvent } from '../serf/events/user-events.ts';
import { openQueriesMax, queryBytesMax, responseBytesMax, waitingEventsMax } from '../serf/limits.ts';
import { internalName, isInternalName } from '../serf/queries/internal-queries.ts';
import { encodeQuery } from '../serf/queries/open-queries.ts';
import type { QueryRequest, ReceivedQuery } from '../serf/types.ts';
import type { Address } from '../wire/address.ts';
import type { QueryFilter } from '../wire/serf-messages.ts';
import { type Checked, readArguments } from './check-arguments.ts';
import type { EventHub } from './event-hub.ts';
import { handOut } from './hand-out.ts';
import { OpenQuery } from './open-query.ts';

/** What user events and queries take from their gossip. */
export interface PoolMessagesParts {
  readonly core: Core;
  readonly clock: Clock;
  readonly hub: EventHub;
  readonly config: GossipConfig;
  readonly advertised: Address;
  readonly feed: (input: CoreInput) => void;
  /** @throws GossipError GOSSIP_CLOSED unless the gossip is running. */
  readonly requireRunning: (what: string) => void;
  readonly isClosed: () => boolean;
}

/** The options of a query, checked. */
export type AskOptions = Checked<QueryOptions>;

const noBytes = new Uint8Array(0);

/** User events and queries: checks the calls, and gives each answer to the query that it belongs to. */
export class PoolMessages {
  readonly #parts: PoolMessagesParts;
  readonly #open = new Map<QueryId, OpenQuery>();
  readonly #queryIds = new IdSequence<QueryId>();
  readonly #dropped = { 'late-response': 0, 'repeated-response': 0 };

  constructor(parts: PoolMessagesParts) {
    this.#parts = parts;
  }

  /** How many responses of the application were not sent, by reason. */
  get dropped(): Readonly<Record<string, number>> {
    return Object.fromEntries(Object.entries(this.#dropped).filter(([, count]) => count > 0));
  }

  userEvent(...given: Parameters<Gossip['userEvent']>): void {
    const { core, config, feed, requireRunning } = this.#parts;
    const [sentName, sentPayload, sentOptions] = given;
    const sent = { name: sentName, payload: sentPayload, options: sentOptions };
    const { name, payload = noBytes, options } = readArguments('userEvent', sent);
    requireRunning('userEvent');
    // A copy: the event is gossiped for a while, and the caller may reuse its buffer.
    const event = { name, payload: new Uint8Array(payload), coalesce: options.coalesce ?? false };
    const encodedBytes = encodeUserEvent(event, core.serf.times.eventTime).length;
    const contentBytes = Buffer.byteLength(name) + payload.length;
    const { bytesMax } = config.userEvents;
    if (contentBytes > bytesMax || encodedBytes > bytesMax) {
      const sizes = `${contentBytes} bytes of name and payload, ${encodedBytes} encoded`;
      throw tooLarge(`user event ${quote(name)} has ${sizes}; userEvents.bytesMax is ${bytesMax}`);
    }
    this.#requireGossipable(`user event ${quote(name)}`, encodedBytes);
    if (core.serf.waitingEventsCount >= waitingEventsMax) {
      const reason = `${waitingEventsMax} user events wait to be sent already; try again later`;
      throw new GossipError('GOSSIP_BUSY', `user event ${quote(name)} is refused: ${reason}`);
    }
    feed({ type: 'user-event', event });
  }

  query(askedName: string, askedPayload?: Uint8Array, askedOptions?: AskOptions): Query {
    const asked = { name: askedName, payload: askedPayload, options: askedOptions };
    const { name, payload = noBytes, options } = readArguments('query', asked);
    const isPing = name === internalName.ping && payload.length === 0;
    if (isInternalName(name) && !isPing) throw wrongQuery(`the name ${quote(name)} belongs to Serf itself`);
    return this.ask(name, payload, options);
  }

  /** A query of any name, Serf's reserved ones included. */
  ask(name: string, payload: Uint8Array, options: AskOptions): Query {
    const { core, feed, requireRunning } = this.#parts;
    requireRunning('query');
    const { signal } = options;
    signal?.throwIfAborted();
    if (core.serf.openQueriesCount >= openQueriesMax) {
      throw wrongQuery(`${openQueriesMax} queries are open already`);
    }
    const request = this.#request(name, payload, options);
    const queryId = this.#queryIds.next();
    const query = new OpenQuery({
      membersCount: core.serf.liveCount,
      recipients: recipientsOf(options, core),
      needsAcks: options.ack === true,
      onEnd: () => {
        this.#open.delete(queryId);
        feed({ type: 'end-query', queryId });
      },
    });
    this.#open.set(queryId, query);
    if (diagnostics.query.hasSubscribers) this.#publishWhenOver(name, query);
    if (signal !== undefined) endWith(query, signal);
    feed({ type: 'send-query', queryId, request });
    return query;
  }

  #publishWhenOver(name: string, query: Query): void {
    const { config, clock } = this.#parts;
    const startedMs = clock.nowMs();
    void query.done.then(({ acks, responses, membersCount, ended }) => {
      const counts = { acksCount: acks.length, responsesCount: responses.length, membersCount };
      const durationMs = clock.nowMs() - startedMs;
      diagnostics.query.publish({ member: config.name, name, durationMs, ...counts, ended });
    });
  }

  /** A member's query to the application. */
  received({ queryId, ...asked }: ReceivedQuery): void {
    const respond = (payload: Uint8Array): boolean => this.#respond(asked.name, queryId, payload);
    this.#parts.hub.emit(handOut({ type: 'query', ...asked, respond }));
  }

  answered(queryId: QueryId, from: string, kind: 'ack' | 'response', payload: Uint8Array): void {
    this.#open.get(queryId)?.answered(from, kind, payload);
  }

  over(queryId: QueryId): void {
    this.#open.get(queryId)?.finish('timed-out');
    this.#open.delete(queryId);
  }

  /** Ends all open queries. */
  close(): void {
    for (const query of this.#open.values()) query.finish('closed');
    this.#open.clear();
  }

  #request(name: string, payload: Uint8Array, options: AskOptions): QueryRequest {
    const { nodes, tags = {}, ack: ackRequested = false, relayFactor = 0, timeoutMs } = options;
    if (nodes?.length === 0) throw wrongQuery('nodes is empty, so no member would receive it');
    const filters: QueryFilter[] = nodes === undefined ? [] : [{ kind: 'node', names: nodes }];
    for (const [tag, expression] of Object.entries(tags)) filters.push({ kind: 'tag', tag, expression });
    const copy = new Uint8Array(payload);
    const request = { name, payload: copy, filters, ackRequested, relayFactor, timeoutMs };
    this.#requireSize(request);
    return request;
  }

  #requireSize(request: QueryRequest): void {
    const { core, config, advertised } = this.#parts;
    const encoded = encodeQuery(request, {
      ...advertised,
      lamportTime: core.serf.times.queryTime,
      // The core chooses the id. None has a longer encoding than this one.
      id: 0x7fff_ffff,
      sourceNode: config.name,
      timeoutMs: request.timeoutMs ?? core.serf.defaultQueryTimeoutMs,
    });
    const what = `query ${quote(request.name)}`;
    if (encoded.length > queryBytesMax) {
      throw tooLarge(`${what} has ${encoded.length} bytes encoded; allowed: ${queryBytesMax}`);
    }
    this.#requireGossipable(what, encoded.length);
  }

  /** A message that fits in no packet would wait in the queue for ever, without an error (gossip.md 8.22). */
  #requireGossipable(what: string, encodedBytes: number): void {
    const { messageBytesMax } = this.#parts.core;
    if (encodedBytes <= messageBytesMax) return;
    const room = `a packet of timing.packetBytesMax has room for ${messageBytesMax}`;
    throw tooLarge(`${what} has ${encodedBytes} bytes encoded; ${room}`);
  }

  /** Whether the response was sent. A deadline that has passed or a closed gossip is no error of the listener. */
  #respond(name: string, queryId: ReceivedQueryId, payload: Uint8Array): boolean {
    const { core, clock, feed, isClosed } = this.#parts;
    const copy = new Uint8Array(readArguments('respond', { payload }).payload);
    if (isClosed()) return false;
    switch (core.serf.answerProblem(queryId, copy, clock.nowMs())) {
      case 'over':
        this.#dropped['late-response'] += 1;
        return false;
      case 'answered':
        this.#dropped['repeated-response'] += 1;
        return false;
      case 'too-large':
        throw tooLarge(`the response to ${quote(name)} has more than ${responseBytesMax} bytes encoded`);
      case undefined:
        feed({ type: 'respond', queryId, payload: copy });
        return true;
    }
  }
}

/** The members that receive the query; undefined with tag filters, since only the members know whether they match. */
function recipientsOf(
  { nodes, tags = {} }: Pick<AskOptions, 'nodes' | 'tags'>,
  { serf }: Pick<Core, 'serf'>,
): readonly string[] | undefined {
  if (Object.keys(tags).length > 0) return undefined;
  if (nodes !== undefined) return nodes;
  const live = serf.members().filter(({ status }) => status === 'alive' || status === 'leaving');
  return live.map(({ name }) => name);
}

/** Removes its listener with the end of the query: a signal may live as long as the process. */
function endWith(query: Query, signal: AbortSignal): void {
  const onAbort = (): void => query.end();
  signal.addEventListener('abort', onAbort, { once: true });
  void query.done.then(() => signal.removeEventListener('abort', onAbort));
}

function tooLarge(message: string): GossipError {
  return new GossipError('GOSSIP_TOO_LARGE', message);
}

function wrongQuery(message: string): GossipError {
  return new GossipError('GOSSIP_QUERY', message);
}
