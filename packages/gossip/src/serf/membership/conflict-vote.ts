import { encodeText } from '../../codec/text.ts';
import { WireError } from '../../errors.ts';
import { type Address, sameAddress } from '../../wire/address.ts';
import { decodeSerfQueryBody } from '../../wire/serf-query-codec.ts';
import { warningIntervalMs } from '../limits.ts';
import { internalName } from '../queries/internal-names.ts';
import type { OpenQueries } from '../queries/queries.ts';
import type { QueryInbox } from '../queries/query-inbox.ts';
import type { SerfState } from '../state.ts';

/**
 * Asks the pool who we are when another node claims our name. Unlike Serf, which ends itself when nobody answers,
 * only a majority of those that know the name speaks against us, and then the application is told, no more: one
 * forged message must not end us (gossip.md 8.6). Source: serf.go handleNodeConflict, resolveNodeConflict.
 */
export class ConflictVote {
  readonly #state: SerfState;
  readonly #open: OpenQueries;
  readonly #inbox: QueryInbox;
  #notBeforeMs = 0;

  constructor(state: SerfState, open: OpenQueries, inbox: QueryInbox) {
    this.#state = state;
    this.#open = open;
    this.#inbox = inbox;
  }

  /** Begins a vote, unless there was one within the last minute. */
  begin(): void {
    const { config, nowMs } = this.#state;
    if (nowMs < this.#notBeforeMs) return;
    this.#notBeforeMs = nowMs + warningIntervalMs;
    let responsesCount = 0;
    let matchingCount = 0;
    const request = {
      name: internalName.conflict,
      payload: encodeText(config.name),
      filters: [],
      ackRequested: false,
      relayFactor: 0,
      timeoutMs: undefined,
    };
    this.#inbox.ask(this.#open, request, {
      answered: (_from, { kind, payload }) => {
        const claimed = kind === 'response' ? addressIn(payload, config.name) : undefined;
        if (claimed === undefined) return;
        responsesCount += 1;
        if (sameAddress(claimed, config.address)) matchingCount += 1;
      },
      over: () => this.#conclude(responsesCount, matchingCount),
    });
  }

  #conclude(responsesCount: number, matchingCount: number): void {
    const { name } = this.#state.config;
    const isLost = matchingCount * 2 < responsesCount;
    const verdict = responsesCount === 0 ? 'unanswered' : isLost ? 'lost' : 'kept';
    const outcome = { verdict, responsesCount, matchingCount } as const;
    this.#state.note(isLost ? 'warn' : 'info', 'the pool was asked who owns our name', outcome);
    this.#state.emit({ type: 'event', event: { type: 'conflict-vote', name, ...outcome } });
  }
}

/** Where a member believes that the name lives; undefined when it does not know, or cannot be understood. */
function addressIn(payload: Uint8Array, name: string): Address | undefined {
  try {
    const body = decodeSerfQueryBody(payload);
    if (body.type !== 'conflict-response' || body.member?.name !== name) return undefined;
    return { host: body.member.host, port: body.member.port };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}
