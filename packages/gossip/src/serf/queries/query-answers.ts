import { pickRandom } from '../../collections/random-choice.ts';
import { sameAddress } from '../../wire/address.ts';
import { encodeSerfMessage } from '../../wire/serf-codec.ts';
import type { QueryMessage, QueryResponseMessage } from '../../wire/serf-messages.ts';
import { relayFactorMax, responseBytesMax } from '../limits.ts';
import type { SerfState } from '../state.ts';
import type { OpenQueries, QueryAnswer } from './open-queries.ts';

/** The fields of a query that its answers need. */
export type QueryOrigin = Pick<
  QueryMessage,
  'lamportTime' | 'id' | 'host' | 'port' | 'sourceNode' | 'relayFactor'
>;

/** The least memberlist protocol version of members that relay. Source: serf query.go relayResponse. */
const relayProtocol = 5;

/** Sends acks and responses to the origin of a query, and through relays when the query asks for them. */
export class QueryAnswers {
  readonly #state: SerfState;
  readonly #open: OpenQueries;

  constructor(state: SerfState, open: OpenQueries) {
    this.#state = state;
    this.#open = open;
  }

  /** The encoded length of an answer, without relays. */
  bytesOf(origin: QueryOrigin, answer: QueryAnswer): number {
    return encodeSerfMessage(this.#message(origin, answer)).length;
  }

  /** Sends an answer. One that is too large to relay is only sent directly. */
  send(origin: QueryOrigin, answer: QueryAnswer): void {
    const message = this.#message(origin, answer);
    const { name, address } = this.#state.config;
    if (origin.sourceNode === name && sameAddress(origin, address)) {
      this.#open.receive(message);
      return;
    }
    // The query has no address to answer.
    if (origin.port === 0) return;
    const payload = encodeSerfMessage(message);
    const to = { host: origin.host, port: origin.port };
    this.#state.emit({ type: 'send-user', to, payload });
    if (origin.relayFactor > 0) this.#relay(origin, payload);
  }

  #message({ lamportTime, id }: QueryOrigin, { kind, payload }: QueryAnswer): QueryResponseMessage {
    const from = this.#state.config.name;
    return { type: 'query-response', lamportTime, id, from, isAck: kind === 'ack', payload };
  }

  #relay({ host, port, sourceNode, relayFactor }: QueryOrigin, inner: Uint8Array): void {
    const { records, rng, config } = this.#state;
    if (records.size < relayFactor + 1) return;
    const payload = encodeSerfMessage({ type: 'relay', host, port, destinationName: sourceNode, inner });
    if (payload.length > responseBytesMax) {
      this.#state.countDropped('too-large-to-relay');
      return;
    }
    const relays = pickRandom(records.list(), Math.min(relayFactor, relayFactorMax), rng, (member) => {
      if (member.name === config.name || member.status !== 'alive') return false;
      return member.versions.protocolMax >= relayProtocol;
    });
    for (const { address } of relays) this.#state.emit({ type: 'send-user', to: address, payload });
  }
}
