import { encodePacketMessage } from '../wire/swim-codec.ts';
import { suspectMessage } from './direct-notices.ts';
import type { SwimMember } from './member-table.ts';
import { sendNamedPing } from './send-named-ping.ts';
import type { SwimState } from './state.ts';
import { nextNoticeMs, type Suspicion, suspectAnswered, suspectPinged } from './suspicion.ts';

/** A late ack is still an ack: it counts for this many probe timeouts. */
const patience = 3;

/**
 * The direct suspicion notice: sends the suspect the suspect message and a ping by its name. Its refutation may have
 * missed us: gossip reaches nearly all members, and in a large pool that loses packets this is not enough, because one
 * wrong verdict is gossiped to all. An ack proves that the suspect is alive, even if the member that suspects it gets none.
 */
export function notifySuspect(
  state: SwimState,
  member: SwimMember,
  suspicion: Suspicion,
  over: 'datagram' | 'both',
): void {
  const { config, features, nowMs, udpPaths } = state;
  const suspect = suspectMessage(state, member);
  if (!features.secondConfirmation) {
    state.send(member, [encodePacketMessage(suspect)]);
    continueSuspicion(state, member, { ...suspicion, noticesCount: suspicion.noticesCount + 1 });
    return;
  }
  const { name, address: to } = member;
  sendNamedPing(
    state,
    { name, to, purpose: { kind: 'suspect' } },
    {
      over: udpPaths.isLost(member) ? 'both' : over,
      timeoutMs: patience * config.timing.probeTimeoutMs,
      suspect,
    },
  );
  continueSuspicion(state, member, suspectPinged(suspicion, nowMs));
}

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
