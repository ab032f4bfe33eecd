import { WireError } from '../errors.ts';
import type { Address } from '../wire/address.ts';
import { decodeSerfMessage } from '../wire/serf-codec.ts';
import type { RelayMessage, SerfMessage } from '../wire/serf-messages.ts';
import type { IntentOutcome, IntentRules } from './membership/intent-rules.ts';
import type { LocalIntents } from './membership/local-intents.ts';
import type { SerfMessaging } from './messaging.ts';
import { mergeRemoteState } from './push-pull.ts';
import type { SerfState } from './state.ts';

/** Decodes the Serf messages of peers and dispatches them. Source: serf delegate.go NotifyMsg, MergeRemoteState. */
export class UserMessages {
  readonly #state: SerfState;
  readonly #rules: IntentRules;
  readonly #local: LocalIntents;
  readonly #messaging: SerfMessaging;

  constructor(state: SerfState, rules: IntentRules, local: LocalIntents, messaging: SerfMessaging) {
    this.#state = state;
    this.#rules = rules;
    this.#local = local;
    this.#messaging = messaging;
  }

  /** Handles a gossiped or direct message. The payload is copied when it is stored. */
  receive(payload: Uint8Array, from: Address): void {
    const message = this.#decode(payload, 'Error decoding message', { from: from.host });
    if (message === undefined) return;
    switch (message.type) {
      case 'leave-intent':
        this.#applyOutcome(this.#rules.leave(message, 'gossip'), payload);
        break;
      case 'join-intent':
        this.#applyOutcome(this.#rules.join(message, 'gossip'), payload);
        break;
      case 'user-event':
        this.#messaging.events.receive(message, payload);
        break;
      case 'query':
        this.#messaging.inbox.receive(message, payload);
        break;
      case 'query-response':
        this.#messaging.queries.receive(message);
        break;
      case 'relay':
        this.#forward(message);
        break;
      case 'serf-push-pull':
        this.#state.countDropped('misplaced-push-pull');
        break;
      default:
        message satisfies never;
    }
  }

  /** Handles the Serf state of a push/pull. `ignoreOldEvents` ignores events from before we joined. */
  receiveState(payload: Uint8Array, { ignoreOldEvents }: { readonly ignoreOldEvents: boolean }): void {
    if (payload.length === 0) {
      this.#state.note('debug', 'Remote state is zero bytes', {});
      return;
    }
    const message = this.#decode(payload, 'Failed to decode remote state', {});
    if (message === undefined) return;
    if (message.type !== 'serf-push-pull') {
      this.#state.countDropped('not-push-pull');
      return;
    }
    if (mergeRemoteState(this.#state, this.#rules, message) === 'refute') this.#local.announceJoin();
    const { events } = this.#messaging;
    if (ignoreOldEvents) events.ignoreBefore(message.eventTime);
    events.replay(message.events);
  }

  #applyOutcome(outcome: IntentOutcome, payload: Uint8Array): void {
    const copy = outcome === 'rebroadcast' ? this.#state.toRebroadcast(payload) : undefined;
    if (copy !== undefined) this.#state.enqueueIntent(copy);
    if (outcome === 'refute') this.#local.announceJoin();
  }

  /** Sends a relayed response to its destination. */
  #forward({ host, port, inner }: RelayMessage): void {
    if (inner.length === 0 || port === 0) return;
    this.#state.emit({ type: 'send-user', to: { host, port }, payload: inner });
  }

  #decode(
    payload: Uint8Array,
    problem: string,
    fields: Readonly<Record<string, string>>,
  ): SerfMessage | undefined {
    try {
      return decodeSerfMessage(payload);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#state.countDropped(error.code);
      this.#state.note('debug', problem, { ...fields, reason: error.message });
      return undefined;
    }
  }
}
