import { Deadlines } from '../../collections/deadlines.ts';
import { WireError } from '../../errors.ts';
import type { Member, MemberStatus } from '../../member.ts';
import type { SwimMemberView } from '../../swim/types.ts';
import { decodeTags, type ShareText } from '../../wire/tags.ts';
import { downMembersMax } from '../limits.ts';
import type { SerfState } from '../state.ts';
import { downStatus, type MemberRecord } from './member-records.ts';
import { TagTexts } from './tag-texts.ts';

/** Probe intervals in which a crashed member of a pool of 20,000 is probed with near certainty. */
const detectionRounds = 10;

/**
 * The status of each member, from the reports of the failure detector and from intents, until it is erased.
 * Source: serf.go handleNodeJoin, handleNodeLeave, handleNodeUpdate, eraseNode, handleReap.
 */
export class Membership {
  readonly #state: SerfState;
  /** When a leaving member that is still up counts as alive again. */
  readonly #leavingUntil = new Deadlines<string>();
  readonly #tagTexts = new TagTexts();
  readonly #shareText: ShareText = (name, value) => this.#tagTexts.share(name, value);

  constructor(state: SerfState) {
    this.#state = state;
  }

  /** The failure detector reports a member as up. */
  receiveUp(view: SwimMemberView): void {
    const { records, reapedMembers } = this.#state;
    reapedMembers.delete(view.name);
    const known = records.get(view.name);
    const member = this.#toMember(view, 'alive');
    if (known === undefined) {
      this.#add(view, member);
      return;
    }
    known.incarnation = view.incarnation;
    records.markUp(known, member);
    this.#leavingUntil.clear(view.name);
    this.#emit('member-join', known);
  }

  /** The failure detector reports changed tags, address or versions of a live member. */
  receiveChanged(view: SwimMemberView): void {
    const record = this.#state.records.get(view.name);
    if (record === undefined) return;
    record.incarnation = view.incarnation;
    this.#state.records.replace(record, this.#toMember(view, record.member.status));
    this.#emit('member-update', record);
  }

  /** The failure detector reports a member as down. */
  receiveDown(view: SwimMemberView): void {
    const { records, nowMs } = this.#state;
    const record = records.get(view.name);
    if (record === undefined || record.downAtMs !== undefined) return;
    const status = downStatus(record, view.state);
    record.incarnation = view.incarnation;
    this.#leavingUntil.clear(view.name);
    records.markDown(record, status, nowMs);
    this.#emit(status === 'left' ? 'member-leave' : 'member-failed', record);
    if ((status === 'left' && record.pruneOnceLeft) || isStaleAfterPrune(record)) this.#erasePruned(record);
    else this.#evictOldest();
  }

  /**
   * A leave intent about a live member. The member counts as alive again when it is still up after the time that a
   * graceful leave and the detection of a crash take (gossip.md 8.12). Our own leave does not lapse.
   */
  startLeaving(record: MemberRecord): void {
    const { records, nowMs, config } = this.#state;
    records.setStatus(record, 'leaving');
    record.leaveLapsed = false;
    record.pruneOnceLeft = false;
    if (record.member.name === config.name) return;
    const { broadcastTimeoutMs, leavePropagateDelayMs, probeIntervalMs } = config.timing;
    const graceMs = broadcastTimeoutMs + leavePropagateDelayMs + detectionRounds * probeIntervalMs;
    this.#leavingUntil.set(record.member.name, nowMs + graceMs);
  }

  /** A join intent later than the leave intent: the member stays. */
  cancelLeaving(record: MemberRecord): void {
    this.#state.records.setStatus(record, 'alive');
    record.pruneOnceLeft = false;
    this.#leavingUntil.clear(record.member.name);
  }

  /** A leave intent about a failed member makes it left. Its tombstone timeout counts from the failure. */
  markFailedLeft(record: MemberRecord): void {
    this.#state.records.setStatus(record, 'left');
    this.#emit('member-leave', record);
  }

  /**
   * Erases a member that has left. A member that is still up is erased when it goes down. Serf would drop it from its
   * members at once, while memberlist still probes it.
   */
  prune(record: MemberRecord): void {
    if (record.member.name === this.#state.config.name) return;
    if (record.downAtMs === undefined) record.pruneOnceLeft = true;
    else this.#erasePruned(record);
  }

  nextDeadlineMs(): number | undefined {
    return this.#leavingUntil.nextMs();
  }

  /**
   * Makes leaving members that are still up alive again. Nothing is broadcast: each peer decides for itself. A
   * suspect stays leaving until its suspicion ends, since most forced leaves are about a member that has just
   * crashed, and a large pool may take longer to declare it dead.
   */
  cancelLapsedLeaves(): void {
    const { records, nowMs, config } = this.#state;
    const lapses = this.#leavingUntil;
    for (let name = lapses.takeNextDue(nowMs); name !== undefined; name = lapses.takeNextDue(nowMs)) {
      const record = records.get(name);
      if (record?.member.status !== 'leaving') continue;
      if (config.isSuspect(name)) {
        lapses.set(name, nowMs + config.timing.probeIntervalMs);
        continue;
      }
      records.setStatus(record, 'alive');
      record.leaveLapsed = true;
      record.pruneOnceLeft = false;
      this.#state.warn('leave-lapsed', 'member is still up after its leave intent; status is alive again', {
        member: name,
      });
    }
  }

  /** Erases the members whose reconnect or tombstone timeout has passed, and drops old intents and prunes. */
  reap(): void {
    const { records, intents, pruned, nowMs, config } = this.#state;
    const { reconnectTimeoutMs, tombstoneTimeoutMs, recentIntentTimeoutMs } = config.timing;
    const reaped: MemberRecord[] = [];
    for (const record of records.down()) {
      const timeoutMs = record.member.status === 'failed' ? reconnectTimeoutMs : tombstoneTimeoutMs;
      if (nowMs - (record.downAtMs ?? nowMs) > timeoutMs) reaped.push(record);
    }
    for (const { member, knownShare } of reaped) {
      if (member.status === 'failed') this.#state.reapedMembers.add({ ...member, knownShare });
    }
    this.#erase(reaped);
    intents.expire(nowMs - recentIntentTimeoutMs);
    pruned.expire(nowMs - tombstoneTimeoutMs);
  }

  /** A stored intent decides the first status. A pruned name keeps its last Lamport time. */
  #add(view: SwimMemberView, member: Member): void {
    const { records, intents, pruned } = this.#state;
    const intent = intents.get(view.name);
    const prunedBefore = pruned.take(view.name);
    intents.delete(view.name);
    const statusTime = intent?.lamportTime ?? prunedBefore?.statusTime ?? 0;
    const { incarnation } = view;
    const record = records.add({ member, statusTime, incarnation, prunedBefore });
    record.timeIsImplied = intent?.isImplied ?? false;
    if (intent?.kind === 'leave') this.startLeaving(record);
    this.#emit('member-join', record);
  }

  #erasePruned(record: MemberRecord): void {
    const { pruned, nowMs } = this.#state;
    const { member, statusTime, incarnation } = record;
    pruned.add(member.name, { statusTime, incarnation, prunedAtMs: nowMs });
    this.#erase([record]);
  }

  #evictOldest(): void {
    const down = this.#state.records.down();
    if (down.size <= downMembersMax) return;
    for (const oldest of down) {
      this.#state.countDropped('reaped-members');
      this.#erase([oldest]);
      return;
    }
  }

  #erase(erased: readonly MemberRecord[]): void {
    if (erased.length === 0) return;
    for (const record of erased) {
      this.#state.records.erase(record);
      this.#state.coordinates?.forget(record.member.name);
    }
    this.#state.emitEvent({ type: 'member-reap', members: erased.map((record) => record.member) });
  }

  #emit(
    type: 'member-join' | 'member-leave' | 'member-failed' | 'member-update',
    record: MemberRecord,
  ): void {
    this.#state.emitEvent({ type, members: [record.member] });
  }

  #toMember(view: SwimMemberView, status: MemberStatus): Member {
    const { name, address, versions } = view;
    return { name, address, tags: this.#tagsOf(view), status, versions };
  }

  /** A member whose tags cannot be decoded has none. */
  #tagsOf(view: SwimMemberView): Member['tags'] {
    try {
      return decodeTags(view.meta, this.#shareText);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#state.countDropped(error.code);
      this.#state.warn('unreadable-tags', 'Failed to decode tags', {
        member: view.name,
        reason: error.message,
      });
      return {};
    }
  }
}

/**
 * Whether a member that went down came from a peer that had not pruned it yet: its incarnation is not newer than the
 * pruned one, and no intent followed. The prune then still counts.
 */
function isStaleAfterPrune({ prunedBefore, incarnation, statusTime }: MemberRecord): boolean {
  if (prunedBefore === undefined) return false;
  return incarnation <= prunedBefore.incarnation && statusTime === prunedBefore.statusTime;
}
