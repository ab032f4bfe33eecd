import type { MemberEvent } from '../../events.ts';
import type { Member } from '../../member.ts';

interface Pending {
  readonly type: MemberEvent['type'];
  readonly member: Member;
}

/**
 * Groups member events: the first one starts a period, each one a quiet time; when either is over, one
 * event of each type is told. Of several events about a member only the last counts, and it is left
 * out when it repeats what was told last, updates excepted. Source: serf coalesce.go, coalesce_member.go.
 */
export class MemberCoalescer {
  readonly #periodMs: number;
  readonly #quietMs: number;
  readonly #pending = new Map<string, Pending>();
  readonly #toldLast = new Map<string, MemberEvent['type']>();
  #periodEndsAtMs: number | undefined;
  #quietEndsAtMs = 0;

  constructor({ periodMs, quietMs }: { readonly periodMs: number; readonly quietMs: number }) {
    this.#periodMs = periodMs;
    this.#quietMs = quietMs;
  }

  /** When `flush` is due; undefined while nothing waits. */
  nextDeadlineMs(): number | undefined {
    if (this.#periodEndsAtMs === undefined) return undefined;
    return Math.min(this.#periodEndsAtMs, this.#quietEndsAtMs);
  }

  offer(event: MemberEvent, nowMs: number): void {
    for (const member of event.members) {
      this.#pending.delete(member.name);
      this.#pending.set(member.name, { type: event.type, member });
    }
    this.#periodEndsAtMs ??= nowMs + this.#periodMs;
    this.#quietEndsAtMs = nowMs + this.#quietMs;
  }

  /** What is to be told if it is time; in the order in which the types were last seen. */
  flush(nowMs: number): readonly MemberEvent[] {
    const dueAtMs = this.nextDeadlineMs();
    if (dueAtMs === undefined || nowMs < dueAtMs) return [];
    const membersByType = new Map<MemberEvent['type'], Member[]>();
    for (const [name, { type, member }] of this.#pending) {
      if (type !== 'member-update' && this.#toldLast.get(name) === type) continue;
      this.#remember(name, type);
      const members = membersByType.get(type);
      if (members === undefined) membersByType.set(type, [member]);
      else members.push(member);
    }
    this.#pending.clear();
    this.#periodEndsAtMs = undefined;
    return Array.from(membersByType, ([type, members]) => ({ type, members }));
  }

  /** A reaped member is forgotten here too, or the names of all times would pile up. */
  #remember(name: string, type: MemberEvent['type']): void {
    if (type === 'member-reap') this.#toldLast.delete(name);
    else this.#toldLast.set(name, type);
  }
}
