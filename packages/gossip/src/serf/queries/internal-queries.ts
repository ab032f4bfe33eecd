import { decodeText } from '../../codec/text.ts';
import type { Member, MemberStatus } from '../../member.ts';
import type { QueryMessage } from '../../wire/serf-messages.ts';
import { type ConflictRecord, encodeSerfQueryBody } from '../../wire/serf-query-codec.ts';
import type { SerfState } from '../state.ts';
import type { KeyRequests } from './key-requests.ts';
import type { QueryAnswers } from './query-answers.ts';

/** The prefix of Serf's own query names. Source: serf internal_query.go InternalQueryPrefix. */
const internalPrefix = '_serf_';

/** Serf's own queries. Source: serf internal_query.go. */
export const internalName = {
  ping: '_serf_ping',
  conflict: '_serf_conflict',
  installKey: '_serf_install-key',
  useKey: '_serf_use-key',
  removeKey: '_serf_remove-key',
  listKeys: '_serf_list-keys',
} as const;

/** Whether Serf answers a query of this name itself, without the application. */
export function isInternalName(name: string): boolean {
  return name.startsWith(internalPrefix);
}

/** Source: serf.go MemberStatus. */
const statusNumber: Readonly<Record<MemberStatus, number>> = { alive: 1, leaving: 2, left: 3, failed: 4 };

/** Answers Serf's own queries. Source: serf internal_query.go. */
export class InternalQueries {
  readonly #state: SerfState;
  readonly #answers: QueryAnswers;
  readonly #keys: KeyRequests;

  constructor(state: SerfState, answers: QueryAnswers, keys: KeyRequests) {
    this.#state = state;
    this.#answers = answers;
    this.#keys = keys;
  }

  receive(query: QueryMessage): void {
    switch (query.name) {
      case internalName.ping:
        // The ack, which was sent already, is the answer.
        break;
      case internalName.conflict:
        this.#answerConflict(query);
        break;
      case internalName.installKey:
        this.#keys.receive('install', query);
        break;
      case internalName.useKey:
        this.#keys.receive('use', query);
        break;
      case internalName.removeKey:
        this.#keys.receive('remove', query);
        break;
      case internalName.listKeys:
        this.#keys.list(query);
        break;
      default:
        this.#state.countDropped('unknown-internal-query');
    }
  }

  /** Sends the member that we know by a name. A member with that name itself has no vote. */
  #answerConflict(query: QueryMessage): void {
    const name = decodeText(query.payload);
    if (name === this.#state.config.name) return;
    const member = this.#state.records.get(name)?.member;
    const known = member === undefined ? {} : { member: recordOf(member) };
    const payload = encodeSerfQueryBody({ type: 'conflict-response', ...known });
    this.#answers.send(query, { kind: 'response', payload });
  }
}

function recordOf({ name, address, tags, status, versions }: Member): ConflictRecord {
  return { name, ...address, tags, status: statusNumber[status], versions };
}
