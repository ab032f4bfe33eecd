import { frozenMember, type Member, type MemberStatus } from '../../member.ts';
import type { NodeStateName } from '../../wire/swim-messages.ts';
import type { PrunedName } from './pruned-names.ts';

/** A member in the Serf layer. Its `member` changes only through `MemberRecords`. */
export interface MemberRecord {
  /** The application's view: frozen, and replaced by each change. */
  member: Member;
  /** Lamport time of the last accepted intent; older intents are ignored. */
  statusTime: number;
  /**
   * Whether `statusTime` comes from a push/pull. That lists a leave intent of a live member like a join, so a leave
   * intent of the same time is still new.
   */
  timeIsImplied: boolean;
  /** The last known incarnation. */
  incarnation: number;
  /** When the member failed or left; undefined while it is up. */
  downAtMs: number | undefined;
  /** The share of the pool that knows the member, estimated from push/pulls; 1 at first. */
  knownShare: number;
  /** A prune arrived while the member was up; it is erased when it leaves. */
  pruneOnceLeft: boolean;
  /** A leave intent arrived, but the member stayed up and counts as alive again (gossip.md 8.12). */
  leaveLapsed: boolean;
  /** The tombstone of an earlier prune of this name; undefined when there is none. */
  readonly prunedBefore: PrunedName | undefined;
}

export interface NewRecord {
  readonly member: Member;
  readonly statusTime: number;
  readonly incarnation: number;
  readonly prunedBefore?: PrunedName | undefined;
}

/**
 * The status of a member that the failure detector reports as down. Only a leave intent makes it left: as in Serf, a
 * `left` of the failure detector without an intent is a failure. The exception is an intent that lapsed before
 * memberlist's message arrived. Source: serf.go handleNodeLeave.
 */
export function downStatus(record: MemberRecord, state: NodeStateName): 'left' | 'failed' {
  if (record.member.status === 'leaving') return 'left';
  return record.leaveLapsed && state === 'left' ? 'left' : 'failed';
}

/** The members by name, the counts by status, and the members that are down. */
export class MemberRecords {
  readonly #byName = new Map<string, MemberRecord>();
  readonly #counts: Record<MemberStatus, number> = { alive: 0, leaving: 0, left: 0, failed: 0 };
  /** In the order of going down. */
  readonly #down = new Set<MemberRecord>();
  #sorted: readonly Member[] | undefined;

  get size(): number {
    return this.#byName.size;
  }

  count(status: MemberStatus): number {
    return this.#counts[status];
  }

  get(name: string): MemberRecord | undefined {
    return this.#byName.get(name);
  }

  /** All members, sorted by name. The list is frozen; later changes do not show in it. */
  list(): readonly Member[] {
    this.#sorted ??= Object.freeze(
      Array.from(this.#byName.values(), (record) => record.member).sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
    return this.#sorted;
  }

  values(): IterableIterator<MemberRecord> {
    return this.#byName.values();
  }

  /** The failed and left members, the one that is down longest first. */
  down(): ReadonlySet<MemberRecord> {
    return this.#down;
  }

  add({ member, statusTime, incarnation, prunedBefore }: NewRecord): MemberRecord {
    const record: MemberRecord = {
      member: frozenMember(member),
      statusTime,
      timeIsImplied: false,
      incarnation,
      downAtMs: undefined,
      knownShare: 1,
      pruneOnceLeft: false,
      leaveLapsed: false,
      prunedBefore,
    };
    this.#byName.set(member.name, record);
    this.#counts[member.status] += 1;
    this.#sorted = undefined;
    return record;
  }

  /** Replaces the application's view. The name must stay. */
  replace(record: MemberRecord, member: Member): void {
    this.#counts[record.member.status] -= 1;
    this.#counts[member.status] += 1;
    record.member = frozenMember(member);
    this.#sorted = undefined;
  }

  setStatus(record: MemberRecord, status: MemberStatus): void {
    this.replace(record, { ...record.member, status });
  }

  markDown(record: MemberRecord, status: 'left' | 'failed', nowMs: number): void {
    this.setStatus(record, status);
    record.downAtMs = nowMs;
    record.leaveLapsed = false;
    this.#down.add(record);
  }

  markUp(record: MemberRecord, member: Member): void {
    this.replace(record, member);
    record.downAtMs = undefined;
    record.pruneOnceLeft = false;
    record.leaveLapsed = false;
    this.#down.delete(record);
  }

  erase(record: MemberRecord): void {
    if (!this.#byName.delete(record.member.name)) return;
    this.#counts[record.member.status] -= 1;
    this.#down.delete(record);
    this.#sorted = undefined;
  }
}
