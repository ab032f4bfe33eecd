import type { JoinIntent, LeaveIntent } from '../../wire/serf-messages.ts';
import { isNameTolerable } from '../limits.ts';
import type { SerfState } from '../state.ts';
import type { RecentIntent } from './intents.ts';
import type { Membership } from './membership.ts';

/**
 * What to do with an intent's message after its rule was applied:
 * - `rebroadcast`: the intent was new; gossip the received bytes.
 * - `ignore`: it was not.
 * - `refute`: it says that we leave, or a push/pull has a later time of us than we sent, which may be a leave;
 *   broadcast a join intent.
 */
export type IntentOutcome = 'rebroadcast' | 'ignore' | 'refute';

/** `gossip` for an intent message, our own included; `push-pull` for an intent that a peer's state implies. */
export type IntentSource = 'gossip' | 'push-pull';

/**
 * Applies join and leave intents. An accepted intent's Lamport time is stored even if the status stays, so that no
 * intent is rebroadcast twice: that would cause intent storms (gossip.md 8.14).
 * Source: serf.go handleNodeLeaveIntent, handleNodeJoinIntent.
 */
export class IntentRules {
  readonly #state: SerfState;
  readonly #membership: Membership;

  constructor(state: SerfState, membership: Membership) {
    this.#state = state;
    this.#membership = membership;
  }

  leave({ lamportTime, node, prune }: LeaveIntent, source: IntentSource): IntentOutcome {
    if (!this.#isValid(lamportTime, node)) return 'ignore';
    const record = this.#state.records.get(node);
    if (record === undefined) return this.#storeIntent('leave', lamportTime, node, source);
    const isLater = lamportTime > record.statusTime;
    if (!isLater && !(record.timeIsImplied && lamportTime === record.statusTime)) return 'ignore';
    if (node === this.#state.config.name && !this.#state.leaving) return 'refute';
    record.statusTime = lamportTime;
    record.timeIsImplied = false;
    if (record.member.status === 'alive') this.#membership.startLeaving(record);
    else if (record.member.status === 'failed') this.#membership.markFailedLeft(record);
    if (prune) this.#membership.prune(record);
    return 'rebroadcast';
  }

  join({ lamportTime, node }: JoinIntent, source: IntentSource): IntentOutcome {
    if (!this.#isValid(lamportTime, node)) return 'ignore';
    const record = this.#state.records.get(node);
    if (record === undefined) return this.#storeIntent('join', lamportTime, node, source);
    if (lamportTime <= record.statusTime) return 'ignore';
    record.statusTime = lamportTime;
    record.timeIsImplied = source === 'push-pull';
    // The peer may have a late leave intent of an earlier instance, and would show us as leaving until we refute it.
    if (source === 'push-pull' && node === this.#state.config.name && !this.#state.leaving) return 'refute';
    record.leaveLapsed = false;
    if (record.member.status === 'leaving') this.#membership.cancelLeaving(record);
    return 'rebroadcast';
  }

  /** Witnesses the time. Returns false when the name or the time is invalid; the caller then ignores the intent. */
  #isValid(lamportTime: number, node: string): boolean {
    if (!isNameTolerable(node)) {
      this.#state.countDropped('name-length');
      return false;
    }
    return this.#state.witness('member', lamportTime);
  }

  /**
   * Stores an intent for a name that is not a member. For a pruned name only an intent later than the prune counts,
   * and no leave that a push/pull implies: a peer that has not pruned the name yet lists it as left.
   */
  #storeIntent(
    kind: RecentIntent['kind'],
    lamportTime: number,
    node: string,
    source: IntentSource,
  ): IntentOutcome {
    const { intents, pruned, nowMs } = this.#state;
    const prunedBefore = pruned.get(node);
    if (prunedBefore !== undefined) {
      const isImpliedLeave = kind === 'leave' && source === 'push-pull';
      if (isImpliedLeave || lamportTime <= prunedBefore.statusTime) return 'ignore';
    }
    const isImplied = source === 'push-pull';
    return intents.store(node, { kind, lamportTime, isImplied, seenAtMs: nowMs }) ? 'rebroadcast' : 'ignore';
  }
}
