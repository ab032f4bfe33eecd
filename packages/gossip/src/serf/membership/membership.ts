import { WireError } from '../../errors.ts';
import type { Member, MemberStatus } from '../../member.ts';
import { Deadlines } from '../../swim/deadlines.ts';
import type { SwimMemberView } from '../../swim/types.ts';
import { decodeTags, type ShareText } from '../../wire/tags.ts';
import { reapedMembersMax } from '../limits.ts';
import type { SerfState } from '../state.ts';
import { downStatus, type MemberRecord } from './member-records.ts';
import { TagTexts } from './tag-texts.ts';

/** A crashed member is not probed within so many rounds in one pool of 20,000. */
const detectionRounds = 10;

/**
 * The life of a member: what the failure detector says, what intents lead to, and its end.
 * Source: serf.go handleNodeJoin, handleNodeLeave, handleNodeUpdate, eraseNode, handleReap.
 */
export class Membership {
  readonly #state: SerfState;
  /** Until when a live member may say that it leaves before it counts as alive again. */
  readonly #leavingUntil = new Deadlines<string>();
  readonly #tagTexts = new TagTexts();
  readonly #shareText: ShareText = (name, value) => this.#tagTexts.share(name, value);

  constructor(state: SerfState) {
    this.#state = state;
  }

  /** The failure detector found a member, or found it again. */
  up(view: SwimMemberView): void {
    const { records, reapedMembers } = this.#state;
    reapedMembers.delete(view.name);
    const known = records.get(view.name);
    const member = this.#describe(view, 'alive');
    if (known === undefined) {
      this.#add(view, member);
      return;
    }
    known.incarnation = view.incarnation;
    records.markUp(known, member);
    this.#leavingUntil.clear(view.name);
    this.#tell('member-join', known);
  }

  /** A live member's tags, address or versions changed. */
  changed(view: SwimMemberView): void {
    const record = this.#state.records.get(view.name);
    if (record === undefined) return;
    record.incarnation = view.incarnation;
    this.#state.records.replace(record, this.#describe(view, record.member.status));
    this.#tell('member-update', record);
  }

  /** The failure detector lost a member. */
  down(view: SwimMemberView): void {
    const { records, nowMs } = this.#state;
    const record = records.get(view.name);
    if (record === undefined || record.downAtMs !== undefined) return;
    const status = downStatus(record, view.state);
    record.incarnation = view.incarnation;
    this.#leavingUntil.clear(view.name);
    records.markDown(record, status, nowMs);
    this.#tell(status === 'left' ? 'member-leave' : 'member-failed', record);
    if ((status === 'left' && record.pruneOnceLeft) || isEchoOfPruned(record)) this.#erasePruned(record);
    else this.#evictOldest();
  }

  /**
   * A live member leaves, or is said to. It has as long as a graceful leave may take, and as long as the failure
   * detector may need to find out that it has crashed. A member that is still up then counts as alive again
   * (gossip.md 8.12). Our own departure is nobody's to doubt.
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

  /** A join intent that is newer than the leave: the member stays. */
  cancelLeaving(record: MemberRecord): void {
    this.#state.records.setStatus(record, 'alive');
    record.pruneOnceLeft = false;
    this.#leavingUntil.clear(record.member.name);
  }

  /** A failed member is declared to have left. When it went is still when it failed. */
  forceOut(record: MemberRecord): void {
    this.#state.records.setStatus(record, 'left');
    this.#tell('member-leave', record);
  }

  /**
   * Erases a member that has left. One that is still up is erased when it goes; should it stay, so does
   * its record: upstream would drop it from the list of members while the failure detector goes on with it.
   */
  prune(record: MemberRecord): void {
    if (record.member.name === this.#state.config.name) return;
    if (record.downAtMs === undefined) record.pruneOnceLeft = true;
    else this.#erasePruned(record);
  }

  /** When a leaving member may next turn out to have stayed. */
  nextDeadlineMs(): number | undefined {
    return this.#leavingUntil.nextMs();
  }

  /**
   * Takes back the leaves that nothing followed. Tells nobody: what peers believe is up to them. A suspect has until
   * its suspicion ends: a forced leave is mostly about a member that has just crashed, and in a large pool the
   * verdict takes longer than a graceful leave.
   */
  lapseLeaves(): void {
    const { records, nowMs, config } = this.#state;
    const due = this.#leavingUntil;
    for (let name = due.takeNextDue(nowMs); name !== undefined; name = due.takeNextDue(nowMs)) {
      const record = records.get(name);
      if (record?.member.status !== 'leaving') continue;
      if (config.isSuspect(name)) {
        due.set(name, nowMs + config.timing.probeIntervalMs);
        continue;
      }
      records.setStatus(record, 'alive');
      record.leaveLapsed = true;
      record.pruneOnceLeft = false;
      this.#state.warn('leave-lapsed', 'member was said to leave but stays', { member: name });
    }
  }

  /** Erases members that have been gone for longer than their time, and forgets old intents and prunes. */
  reap(): void {
    const { records, intents, pruned, nowMs, config } = this.#state;
    const { reconnectTimeoutMs, tombstoneTimeoutMs, recentIntentTimeoutMs } = config.timing;
    const reaped: MemberRecord[] = [];
    for (const record of records.down()) {
      const keptMs = record.member.status === 'failed' ? reconnectTimeoutMs : tombstoneTimeoutMs;
      if (nowMs - (record.downAtMs ?? nowMs) > keptMs) reaped.push(record);
    }
    for (const { member, knownShare } of reaped) {
      if (member.status === 'failed') this.#state.reapedMembers.add({ ...member, knownShare });
    }
    this.#erase(reaped);
    intents.expire(nowMs - recentIntentTimeoutMs);
    pruned.expire(nowMs - tombstoneTimeoutMs);
  }

  /** An intent that came before its member decides its first status; a pruned name keeps its last time. */
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
    this.#tell('member-join', record);
  }

  #erasePruned(record: MemberRecord): void {
    const { pruned, nowMs } = this.#state;
    const { member, statusTime, incarnation } = record;
    pruned.add(member.name, { statusTime, incarnation, prunedAtMs: nowMs });
    this.#erase([record]);
  }

  #evictOldest(): void {
    const down = this.#state.records.down();
    if (down.size <= reapedMembersMax) return;
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
    this.#state.event({ type: 'member-reap', members: erased.map((record) => record.member) });
  }

  #tell(
    type: 'member-join' | 'member-leave' | 'member-failed' | 'member-update',
    record: MemberRecord,
  ): void {
    this.#state.event({ type, members: [record.member] });
  }

  #describe(view: SwimMemberView, status: MemberStatus): Member {
    const { name, address, versions } = view;
    return { name, address, tags: this.#tagsOf(view), status, versions };
  }

  /** Tags that cannot be read do not make a member invisible: it has none then. */
  #tagsOf(view: SwimMemberView): Member['tags'] {
    try {
      return decodeTags(view.meta, this.#shareText);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#state.countDropped(error.code);
      this.#state.warn('unreadable-tags', 'cannot read the tags of a member', {
        member: view.name,
        reason: error.message,
      });
      return {};
    }
  }
}

/**
 * Whether a member that went down was never more than a stale claim about one that had been pruned: it
 * came with no newer incarnation, and nobody has spoken of it since. The prune then still stands.
 */
function isEchoOfPruned({ prunedBefore, incarnation, statusTime }: MemberRecord): boolean {
  if (prunedBefore === undefined) return false;
  return incarnation <= prunedBefore.incarnation && statusTime === prunedBefore.statusTime;
}
