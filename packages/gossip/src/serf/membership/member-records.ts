import { frozenMember, type Member, type MemberStatus } from '../../member.ts';
import type { NodeStateName } from '../../wire/swim-messages.ts';
import type { PrunedName } from './pruned-names.ts';

/** One member as Serf keeps it. Changed only through `MemberRecords`. */
export interface MemberRecord {
  /** What the application sees: frozen, and replaced when something changes. */
  member: Member;
  /** Lamport time of the last intent accepted about it; older ones are ignored. */
  statusTime: number;
  /**
   * Only a state exchange has told us of `statusTime`. It gives a leave that nobody has followed yet the same form as
   * a join, so a leave intent of just that time is still news.
   */
  timeIsImplied: boolean;
  /** The incarnation last pinged. */
  incarnation: number;
  /** When it failed or left; undefined while it is up. */
  downAtMs: number | undefined;
  /** The share of the pool that has heard of it, as exchanges of state let us guess; 1 at first. */
  knownShare: number;
  /** Somebody asked to erase it; it happens when it has left. */
  pruneOnceLeft: boolean;
  /** It said, or was told, that it leaves, then did not, and counts as alive again (gossip.md 8.12). */
  leaveLapsed: boolean;
  /** What was pruned under this name before; undefined when nothing was. */
  readonly prunedBefore: PrunedName | undefined;
}

/** What a record starts from. */
export interface NewRecord {
  readonly member: Member;
  readonly statusTime: number;
  readonly incarnation: number;
  readonly prunedBefore?: PrunedName | undefined;
}

/**
 * The status of a member that the failure detector lost. Only a leave intent tells left from failed:
 * a `left` of the failure detector without one is a failure to Serf, as real peers have it. The one
 * exception is an intent that lapsed before its departure arrived. Source: serf.go handleNodeLeave.
 */
export function downStatus(record: MemberRecord, state: NodeStateName): 'left' | 'failed' {
  if (record.member.status === 'leaving') return 'left';
  return record.leaveLapsed && state === 'left' ? 'left' : 'failed';
}

/** The members by name, how many there are of each status, and who is down since when. */
export class MemberRecords {
  readonly #byName = new Map<string, MemberRecord>();
  readonly #counts: Record<MemberStatus, number> = { alive: 0, leaving: 0, left: 0, failed: 0 };
  /** In the order in which they went down. */
  readonly #down = new Set<MemberRecord>();
  #sorted: readonly Member[] | undefined;

  get size(): number {
    return this.#byName.size;
  }

  /** How many members have this status. */
  count(status: MemberStatus): number {
    return this.#counts[status];
  }

  get(name: string): MemberRecord | undefined {
    return this.#byName.get(name);
  }

  /** All members, sorted by name. The list is a frozen value: it does not change later. */
  list(): readonly Member[] {
    this.#sorted ??= Object.freeze(
      Array.from(this.#byName.values(), (record) => record.member).sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
    return this.#sorted;
  }

  values(): IterableIterator<MemberRecord> {
    return this.#byName.values();
  }

  /** The failed and the left, the longest gone first. */
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

  /** Replaces what the application sees. The name stays. */
  replace(record: MemberRecord, member: Member): void {
    this.#counts[record.member.status] -= 1;
    this.#counts[member.status] += 1;
    record.member = frozenMember(member);
    this.#sorted = undefined;
  }

  setStatus(record: MemberRecord, status: MemberStatus): void {
    this.replace(record, { ...record.member, status });
  }

  /** The member is gone since `nowMs`. */
  markDown(record: MemberRecord, status: 'left' | 'failed', nowMs: number): void {
    this.setStatus(record, status);
    record.downAtMs = nowMs;
    record.leaveLapsed = false;
    this.#down.add(record);
  }

  /** The member is up, as `member` says. */
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
