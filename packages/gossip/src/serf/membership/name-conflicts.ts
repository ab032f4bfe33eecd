import { encodeText } from '../../codec/text.ts';
import { WireError } from '../../errors.ts';
import { type Address, formatAddress, sameAddress } from '../../wire/address.ts';
import { decodeSerfQueryBody } from '../../wire/serf-query-codec.ts';
import { warningIntervalMs } from '../limits.ts';
import { internalName } from '../queries/internal-queries.ts';
import type { OpenQueries } from '../queries/open-queries.ts';
import type { QueryInbox } from '../queries/query-inbox.ts';
import type { SerfState } from '../state.ts';
import type { SerfInput } from '../types.ts';

/**
 * Reports that another node announces the name of a live member from another address. When the name is our own, a
 * vote may ask the pool which address it knows. Neither changes anything here: one forged message must not stop a
 * member (gossip.md 8.6). Serf stops itself when no majority confirms its address. Source: serf.go
 * handleNodeConflict, resolveNodeConflict.
 */
export class NameConflicts {
  readonly #state: SerfState;
  readonly #open: OpenQueries;
  readonly #inbox: QueryInbox;
  #nextVoteAtMs = 0;

  constructor(state: SerfState, open: OpenQueries, inbox: QueryInbox) {
    this.#state = state;
    this.#open = open;
    this.#inbox = inbox;
  }

  receive({ name, existing, claimed }: Extract<SerfInput, { readonly type: 'conflict' }>): void {
    const { config } = this.#state;
    const isOwnName = name === config.name;
    const fields = { member: name, existing: formatAddress(existing), claimed: formatAddress(claimed) };
    if (isOwnName)
      this.#state.warn(
        'own-name-conflict',
        'Node name conflicts with another node. Names must be unique!',
        fields,
      );
    else this.#state.warn('name-conflict', 'Name conflict: two addresses are claiming one name', fields);
    this.#state.emitEvent({ type: 'member-conflict', name, existing, claimed });
    if (isOwnName && config.conflictResolution) this.#beginVote();
  }

  /** Begins a vote, at most once in `warningIntervalMs`. */
  #beginVote(): void {
    const { config, nowMs } = this.#state;
    if (nowMs < this.#nextVoteAtMs) return;
    this.#nextVoteAtMs = nowMs + warningIntervalMs;
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
    this.#inbox.sendQuery(this.#open, request, {
      answered: (_from, { kind, payload }) => {
        const known = kind === 'response' ? addressIn(payload, config.name) : undefined;
        if (known === undefined) return;
        responsesCount += 1;
        if (sameAddress(known, config.address)) matchingCount += 1;
      },
      over: () => this.#endVote(responsesCount, matchingCount),
    });
  }

  #endVote(responsesCount: number, matchingCount: number): void {
    const { name } = this.#state.config;
    const isLost = matchingCount * 2 < responsesCount;
    const verdict = responsesCount === 0 ? 'unanswered' : isLost ? 'lost' : 'kept';
    const outcome = { verdict, responsesCount, matchingCount } as const;
    this.#state.note(isLost ? 'warn' : 'info', voteText(responsesCount, matchingCount), outcome);
    this.#state.emit({ type: 'event', event: { type: 'conflict-vote', name, ...outcome } });
  }
}

function voteText(responsesCount: number, matchingCount: number): string {
  if (responsesCount === 0) return 'no response in name conflict resolution';
  if (matchingCount * 2 === responsesCount) return 'no majority in name conflict resolution';
  return matchingCount * 2 > responsesCount
    ? 'majority in name conflict resolution'
    : 'minority in name conflict resolution';
}

/** The address that a member knows for the name; undefined when it knows none or its response cannot be decoded. */
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
