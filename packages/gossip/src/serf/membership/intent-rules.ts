import type { JoinIntent, LeaveIntent } from '../../wire/serf-messages.ts';
import { isNameTolerable } from '../limits.ts';
import type { SerfState } from '../state.ts';
import type { RecentIntent } from './intents.ts';
import type { Membership } from './membership.ts';

/**
 * What to do with an intent's message after its rule was applied:
 * - `rebroadcast`: it was news; gossip the original bytes on.
 * - `ignore`: it was not.
 * - `refute`: it says that we leave, or a peer holds something later of us than we have said, and it may be that;
 *   answer with a join intent.
 */
export type IntentOutcome = 'rebroadcast' | 'ignore' | 'refute';

/** `gossip` for a message of its own (ours too), `exchange` for what a state exchange implies. */
export type IntentSource = 'gossip' | 'push-pull';

/**
 * What join and leave intents change. The Lamport time is stored whenever an intent is accepted, even if
 * the status stays, so that no intent is news twice; that ended the intent storms of old (gossip.md 8.14).
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
    if (!this.#isCredible(lamportTime, node)) return 'ignore';
    const record = this.#state.records.get(node);
    if (record === undefined) return this.#keepForLater('leave', lamportTime, node, source);
    const isAfter = lamportTime > record.statusTime;
    if (!isAfter && !(record.timeIsImplied && lamportTime === record.statusTime)) return 'ignore';
    if (node === this.#state.config.name && !this.#state.leaving) return 'refute';
    record.statusTime = lamportTime;
    record.timeIsImplied = false;
    if (record.member.status === 'alive') this.#membership.startLeaving(record);
    else if (record.member.status === 'failed') this.#membership.forceOut(record);
    if (prune) this.#membership.prune(record);
    return 'rebroadcast';
  }

  join({ lamportTime, node }: JoinIntent, source: IntentSource): IntentOutcome {
    if (!this.#isCredible(lamportTime, node)) return 'ignore';
    const record = this.#state.records.get(node);
    if (record === undefined) return this.#keepForLater('join', lamportTime, node, source);
    if (lamportTime <= record.statusTime) return 'ignore';
    record.statusTime = lamportTime;
    record.timeIsImplied = source === 'push-pull';
    // A peer that heard of our leave late, from an earlier life of ours, shows us as leaving, and would for good.
    if (source === 'push-pull' && node === this.#state.config.name && !this.#state.leaving) return 'refute';
    record.leaveLapsed = false;
    if (record.member.status === 'leaving') this.#membership.cancelLeaving(record);
    return 'rebroadcast';
  }

  /** Witnesses the time. False when name or time cannot be right: then nothing of the message counts. */
  #isCredible(lamportTime: number, node: string): boolean {
    if (!isNameTolerable(node)) {
      this.#state.countDropped('name-length');
      return false;
    }
    return this.#state.witness('member', lamportTime);
  }

  /**
   * Intents about names that are no members. For a pruned name only what is newer than the prune
   * counts; and that it has left, as an exchange implies, is what a peer says that has not pruned yet.
   */
  #keepForLater(
    kind: RecentIntent['kind'],
    lamportTime: number,
    node: string,
    source: IntentSource,
  ): IntentOutcome {
    const { intents, pruned, nowMs } = this.#state;
    const prunedBefore = pruned.get(node);
    if (prunedBefore !== undefined) {
      const isEcho = kind === 'leave' && source === 'push-pull';
      if (isEcho || lamportTime <= prunedBefore.statusTime) return 'ignore';
    }
    const isImplied = source === 'push-pull';
    return intents.store(node, { kind, lamportTime, isImplied, seenAtMs: nowMs }) ? 'rebroadcast' : 'ignore';
  }
}
