import { WireError } from '../../errors.ts';
import { IdSequence, type KeyChangeId } from '../../ids.ts';
import type { QueryMessage } from '../../wire/serf-messages.ts';
import { decodeSerfQueryBody, encodeSerfQueryBody, type KeyResponse } from '../../wire/serf-query-codec.ts';
import { responseBytesMax } from '../limits.ts';
import type { SerfState } from '../state.ts';
import { changeKeys, type KeyChange, type KeyOperation, keyText } from './key-ring.ts';
import type { QueryAnswers, QueryOrigin } from './query-answers.ts';

/** Key changes that wait to be written; more are refused. */
const changesMax = 64;
/** The shortest key text, which bounds the keys of a response. Source: serf internal_query.go minEncodedKeyLength. */
const keyTextBytesMin = 25;

type KeyAnswer = Omit<KeyResponse, 'type'>;

/** Serf's text for a received query and for the problem that its change met. */
const logTexts = {
  install: ['Received install-key query', 'Failed to install key'],
  use: ['Received use-key query', 'Failed to change primary key'],
  remove: ['Received remove-key query', 'Failed to remove key'],
} as const satisfies Record<KeyOperation, readonly [received: string, failed: string]>;

/**
 * Handles the key queries of members. The ring changes at once, so that the next packet under a new key can be
 * decrypted; the response waits until the key ring file is written. Source: serf internal_query.go.
 */
export class KeyRequests {
  readonly #state: SerfState;
  readonly #answers: QueryAnswers;
  readonly #pending = new Map<KeyChangeId, QueryOrigin>();
  #keys: readonly Uint8Array[];
  readonly #keyChangeIds = new IdSequence<KeyChangeId>();

  constructor(state: SerfState, answers: QueryAnswers) {
    this.#state = state;
    this.#answers = answers;
    this.#keys = state.config.keys;
  }

  receive(operation: KeyOperation, query: QueryMessage): void {
    const outcome = this.#apply(operation, query);
    const [receivedText, failedText] = logTexts[operation];
    if ('problem' in outcome) {
      this.#state.note('warn', failedText, { operation, reason: outcome.problem });
      this.#answer(query, failure(outcome.problem));
      return;
    }
    this.#keys = outcome.keys;
    const keyChangeId = this.#keyChangeIds.next();
    this.#pending.set(keyChangeId, query);
    this.#state.note('info', receivedText, { operation, from: query.sourceNode });
    this.#state.emit({ type: 'change-keys', keyChangeId, keys: outcome.keys });
  }

  /** Answers the query of a change that is in use. `problem` says why the key ring file was not written. */
  confirmChange(keyChangeId: KeyChangeId, problem: string | undefined): void {
    const origin = this.#pending.get(keyChangeId);
    if (origin === undefined) return;
    this.#pending.delete(keyChangeId);
    this.#answer(origin, problem === undefined ? done : failure(problem));
  }

  list(query: QueryMessage): void {
    const [primary] = this.#keys;
    if (primary === undefined) {
      this.#answer(query, failure('Keyring is empty (encryption not enabled)'));
      return;
    }
    const listed = { ok: true, keys: this.#keys.map(keyText), message: '', primaryKey: keyText(primary) };
    this.#answer(query, this.#fits(query, listed) ? listed : this.#truncated(query, listed));
  }

  #apply(operation: KeyOperation, query: QueryMessage): KeyChange {
    if (this.#keys.length === 0) return { problem: 'No keyring to modify (encryption not enabled)' };
    if (this.#pending.size >= changesMax) return { problem: 'too many changes of the key ring at once' };
    const key = keyIn(query.payload);
    return key === undefined
      ? { problem: 'the request cannot be read' }
      : changeKeys(this.#keys, operation, key);
  }

  /**
   * The keys that fit into a response, with a message about the rest. Source: serf internal_query.go
   * keyListResponseWithCorrectSize.
   */
  #truncated(query: QueryOrigin, whole: KeyAnswer): KeyAnswer {
    const totalCount = whole.keys.length;
    let count = Math.min(totalCount, Math.floor(responseBytesMax / keyTextBytesMin));
    for (; count > 0; count -= 1) {
      const message = `truncated key list response, showing first ${count} of ${totalCount} keys`;
      const answer = { ...whole, keys: whole.keys.slice(0, count), message };
      if (this.#fits(query, answer)) return answer;
    }
    return failure(`none of ${totalCount} keys fits into the answer`);
  }

  #fits(origin: QueryOrigin, answer: KeyAnswer): boolean {
    const payload = encodeSerfQueryBody({ type: 'key-response', ...answer });
    return this.#answers.bytesOf(origin, { kind: 'response', payload }) <= responseBytesMax;
  }

  #answer(origin: QueryOrigin, answer: KeyAnswer): void {
    const payload = encodeSerfQueryBody({ type: 'key-response', ...answer });
    this.#answers.send(origin, { kind: 'response', payload });
  }
}

const done: KeyAnswer = { ok: true, message: '', keys: [], primaryKey: '' };

function failure(message: string): KeyAnswer {
  return { ok: false, message, keys: [], primaryKey: '' };
}

function keyIn(payload: Uint8Array): Uint8Array | undefined {
  try {
    const body = decodeSerfQueryBody(payload);
    return body.type === 'key-request' ? body.key : undefined;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}
