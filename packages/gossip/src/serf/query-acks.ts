import { encodeSerfMessage } from '../wire/serf-codec.ts';
import type { QueryFilter, QueryMessage } from '../wire/serf-messages.ts';
import { recentQueriesMax } from './limits.ts';
import type { SerfState } from './state.ts';

const noPayload = new Uint8Array(0);

/**
 * Acknowledges queries, so that `serf reachability` and the acks of any query count us. A member
 * acknowledges every query that asks for it and is meant for it, whatever its name; `_serf_ping` has no
 * other answer. Queries are not delivered or gossiped on here. A query with a tag filter is taken as not
 * meant for us, because its expression (RE2) is not evaluated. Source: serf.go handleQuery.
 */
export class QueryAcks {
  readonly #state: SerfState;
  /** Time and id of the queries seen, oldest first. */
  readonly #seen = new Set<string>();

  constructor(state: SerfState) {
    this.#state = state;
  }

  receive(query: QueryMessage): void {
    if (!this.#state.witness('query', query.lamportTime)) return;
    if (!this.#isNew(query) || !query.ackRequested || query.port === 0) return;
    if (!query.filters.every((filter) => this.#matches(filter))) return;
    const payload = encodeSerfMessage({
      type: 'query-response',
      lamportTime: query.lamportTime,
      id: query.id,
      from: this.#state.config.name,
      isAck: true,
      payload: noPayload,
    });
    this.#state.emit({ type: 'send-user', to: { host: query.host, port: query.port }, payload });
  }

  /** The age limit makes it safe to forget all but the last queries. */
  #isNew({ lamportTime, id }: QueryMessage): boolean {
    const { time } = this.#state.clocks.query;
    if (lamportTime < time - recentQueriesMax) return false;
    const key = `${lamportTime}/${id}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    if (this.#seen.size > recentQueriesMax) this.#forgetOldest();
    return true;
  }

  #forgetOldest(): void {
    for (const oldest of this.#seen) {
      this.#seen.delete(oldest);
      return;
    }
  }

  #matches(filter: QueryFilter): boolean {
    return filter.kind === 'node' && filter.names.includes(this.#state.config.name);
  }
}
