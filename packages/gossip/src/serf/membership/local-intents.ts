import type { BroadcastId } from '../../ids.ts';
import { encodeSerfMessage } from '../../wire/serf-codec.ts';
import type { JoinIntent, LeaveIntent } from '../../wire/serf-messages.ts';
import type { SerfState } from '../state.ts';
import type { IntentRules } from './intent-rules.ts';

/** Our own join intents replace each other in the queue: only the newest has anything to say. */
const ownJoinName = 'own-join';

/**
 * How far ahead of our clock a prune is dated. A state exchange adds one to the time of a member that
 * left (gossip.md 8.21), so peers may hold it at a later time than our clock shows, and would take a prune of
 * just now for old news. A pool creeps by a few in the time it takes for our clock to catch up.
 */
const pruneLeadTime = 16;

/** The intents that we ourselves send, each first applied here. Source: serf.go broadcastJoin, Leave, forceLeave. */
export class LocalIntents {
  readonly #state: SerfState;
  readonly #rules: IntentRules;

  constructor(state: SerfState, rules: IntentRules) {
    this.#state = state;
    this.#rules = rules;
  }

  /** Says that we are a member: after a join, and whenever somebody says that we leave. */
  announceJoin(): void {
    const { clocks, config } = this.#state;
    const intent: JoinIntent = { type: 'join-intent', lamportTime: clocks.member.time, node: config.name };
    this.#rules.join(intent, 'gossip');
    this.#state.enqueueIntent(encodeSerfMessage(intent), { name: ownJoinName });
  }

  /** Says that we leave. From now on nobody who says so is contradicted. */
  leave(broadcastId: BroadcastId): void {
    this.#state.leaving = true;
    const intent = this.#leaveIntent(this.#state.config.name, { prune: false });
    this.#rules.leave(intent, 'gossip');
    this.#broadcastAwaited(intent, broadcastId);
  }

  /** Says that another member has left. About ourselves, while we run, it is refuted instead of said. */
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

  /** With nobody there to be told, waiting would only end by a timeout. */
  #broadcastAwaited(intent: LeaveIntent, broadcastId: BroadcastId): void {
    if (this.#state.hasLivePeers) this.#state.enqueueIntent(encodeSerfMessage(intent), { broadcastId });
    else this.#state.finish([broadcastId]);
  }
}
