import type { SwimMember } from '../members/member-table.ts';
import type { SwimState } from '../state.ts';
import { nextNoticeMs, type Suspicion, suspectAnswered } from './suspicion.ts';

/** A member acked a ping by its name, ours or one that a helper sent for us. */
export function answeredByName(state: SwimState, name: string): void {
  const member = state.table.get(name);
  if (member === undefined) return;
  member.isDenied = false;
  if (member.suspicion !== undefined) member.suspicion = suspectAnswered(member.suspicion, state.nowMs);
}

/** Stores a suspicion, and sets the deadline for its next notice or its end. */
export function continueSuspicion(state: SwimState, member: SwimMember, suspicion: Suspicion): void {
  member.suspicion = suspicion;
  state.deadlines.set({ kind: 'suspicion', name: member.name }, nextNoticeMs(suspicion, state.nowMs));
}

/** The member is not under suspicion any more, whatever the reason. */
export function endSuspicion(state: SwimState, member: SwimMember): void {
  if (member.suspicion === undefined) return;
  member.suspicion = undefined;
  state.deadlines.clear({ kind: 'suspicion', name: member.name });
}
