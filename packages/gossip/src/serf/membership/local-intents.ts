import type { BroadcastId } from '../../ids.ts';
import { encodeSerfMessage } from '../../wire/serf-codec.ts';
import type { JoinIntent, LeaveIntent } from '../../wire/serf-messages.ts';
import type { SerfState } from '../state.ts';
import type { IntentRules } from './intent-rules.ts';

/** A join intent of our own replaces an older one in the queue. */
const ownJoinName = 'own-join';

/**
 * How far ahead of our clock the Lamport time of a prune is. A push/pull adds one to the time of a left member
 * (gossip.md 8.21), so peers may have a later time for it than our clock and would ignore the prune as old. Their
 * times grow by a few until our clock catches up.
 */
const pruneLeadTime = 16;

/** Sends our own intents; each is first applied here. Source: serf.go broadcastJoin, Leave, forceLeave. */
export class LocalIntents {
  readonly #state: SerfState;
  readonly #rules: IntentRules;

  constructor(state: SerfState, rules: IntentRules) {
    this.#state = state;
    this.#rules = rules;
  }

  /** Broadcasts that we are a member: after a join, and to refute a leave intent about us. */
  announceJoin(): void {
    const { clocks, config } = this.#state;
    const intent: JoinIntent = { type: 'join-intent', lamportTime: clocks.member.time, node: config.name };
    this.#rules.join(intent, 'gossip');
    this.#state.enqueueIntent(encodeSerfMessage(intent), { name: ownJoinName });
  }

  /** Broadcasts that we leave. From now on leave intents about us are not refuted. */
  leave(broadcastId: BroadcastId): void {
    this.#state.leaving = true;
    const intent = this.#leaveIntent(this.#state.config.name, { prune: false });
    this.#rules.leave(intent, 'gossip');
    this.#broadcastAwaited(intent, broadcastId);
  }

  /** Broadcasts that another member has left. For our own name a join intent is broadcast instead. */
  forceLeave(
    name: string,
    { prune, broadcastId }: { readonly prune: boolean; readonly broadcastId: BroadcastId },
  ): void {
    const intent = this.#leaveIntent(name, { prune });
    if (this.#rules.leave(intent, 'gossip') === 'refute') {
      this.announceJoin();
      this.#state.finish([broadcastId]);
      return;
    }
    this.#broadcastAwaited(intent, broadcastId);
  }

  #leaveIntent(node: string, { prune }: { readonly prune: boolean }): LeaveIntent {
    const { member } = this.#state.clocks;
    const lamportTime = member.time + (prune ? pruneLeadTime : 0);
    member.witness(lamportTime);
    return { type: 'leave-intent', lamportTime, node, prune };
  }

  /** Without live peers the queue is not drained, so the broadcast is done at once. */
  #broadcastAwaited(intent: LeaveIntent, broadcastId: BroadcastId): void {
    if (this.#state.hasLivePeers) this.#state.enqueueIntent(encodeSerfMessage(intent), { broadcastId });
    else this.#state.finish([broadcastId]);
  }
}
