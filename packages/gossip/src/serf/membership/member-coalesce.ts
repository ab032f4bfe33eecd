import type { MemberEvent } from '../../events.ts';
import type { Member } from '../../member.ts';

interface Pending {
  readonly type: MemberEvent['type'];
  readonly member: Member;
}

/**
 * Coalesces member events. The first one starts the period, and each one restarts the quiet time; when either ends,
 * one event of each type is emitted. Of several events about a member only the last counts. It is left out when its
 * type equals the member's last reported one, unless it is an update. Source: serf coalesce.go, coalesce_member.go.
 */
export class MemberCoalescer {
  readonly #periodMs: number;
  readonly #quietMs: number;
  readonly #pending = new Map<string, Pending>();
  readonly #lastReported = new Map<string, MemberEvent['type']>();
  #periodEndsAtMs: number | undefined;
  #quietEndsAtMs = 0;

  constructor({ periodMs, quietMs }: { readonly periodMs: number; readonly quietMs: number }) {
    this.#periodMs = periodMs;
    this.#quietMs = quietMs;
  }

  /** When to call `flush`; undefined while no event waits. */
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

  /** Returns the events to emit if the period or the quiet time has ended. */
  flush(nowMs: number): readonly MemberEvent[] {
    const dueAtMs = this.nextDeadlineMs();
    if (dueAtMs === undefined || nowMs < dueAtMs) return [];
    const membersByType = new Map<MemberEvent['type'], Member[]>();
    for (const [name, { type, member }] of this.#pending) {
      if (type !== 'member-update' && this.#lastReported.get(name) === type) continue;
      this.#remember(name, type);
      const members = membersByType.get(type);
      if (members === undefined) membersByType.set(type, [member]);
      else members.push(member);
    }
    this.#pending.clear();
    this.#periodEndsAtMs = undefined;
    return Array.from(membersByType, ([type, members]) => ({ type, members }));
  }

  /** Drops a reaped member, so that the map holds members only. */
  #remember(name: string, type: MemberEvent['type']): void {
    if (type === 'member-reap') this.#lastReported.delete(name);
    else this.#lastReported.set(name, type);
  }
}
