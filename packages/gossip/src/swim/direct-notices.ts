import { encodePacketMessage } from '../wire/swim-codec.ts';
import type { Alive, Dead, Suspect } from '../wire/swim-messages.ts';
import { isCompact, type SwimMember } from './member-table.ts';
import type { SwimState } from './state.ts';

/** A member gets at most one correction in this time. */
const correctionIntervalMs = 5_000;

/** A suspect message in our name. The member that it is about refutes it, if it receives it. */
export function suspectMessage(state: SwimState, { name: node, incarnation }: SwimMember): Suspect {
  return { type: 'suspect', incarnation, node, from: state.config.name };
}

/** Sends a member only what we believe of it, so that it can refute. A process of another name ignores the message. */
export function notify(state: SwimState, member: SwimMember): void {
  const suspect = suspectMessage(state, member);
  const message: Suspect | Dead = member.state === 'dead' ? { ...suspect, type: 'dead' } : suspect;
  state.send(member, [encodePacketMessage(message)]);
}

/**
 * A peer announces a member with an outdated incarnation. memberlist drops that, and a member that has restarted and
 * does not know what it announced before stays hidden. Here the member itself is notified of what we believe: if it is
 * there, it refutes and all learn of it; if not, one small datagram was in vain. An outdated message about an unchanged
 * live member is merely late, and is not corrected.
 */
export function correctStaleClaim(state: SwimState, known: SwimMember, claim: Alive): void {
  const { config, features, nowMs } = state;
  if (!features.corrections || known.name === config.name || known.state === 'left') return;
  if (known.state !== 'dead' && isCompact(claim.meta, known.meta)) return;
  if (known.correctedAtMs !== undefined && nowMs - known.correctedAtMs < correctionIntervalMs) return;
  known.correctedAtMs = nowMs;
  // Never an alive message: a process of another pool at this address would admit the name.
  notify(state, known);
}
