import { encodePacketMessage } from '../../wire/swim-codec.ts';
import type { Dead, Suspect } from '../../wire/swim-messages.ts';
import type { SwimMember } from '../members/member-table.ts';
import { sendNamedPing } from '../probing/send-named-ping.ts';
import type { SwimState } from '../state.ts';
import { continueSuspicion } from './member-suspicion.ts';
import { type Suspicion, suspectPinged } from './suspicion.ts';

/** The suspect's ack counts for so many probe timeouts: a late one still proves that it is alive. */
const lateAckTimeouts = 3;

/** A suspect message in our name. The member that it is about refutes it, if it receives it. */
export function suspectMessage(state: SwimState, { name: node, incarnation }: SwimMember): Suspect {
  return { type: 'suspect', incarnation, node, from: state.config.name };
}

/** Sends a member only the claim about itself, so that it can refute. A process of another name ignores the message. */
export function sendClaimAbout(state: SwimState, member: SwimMember): void {
  const suspect = suspectMessage(state, member);
  const message: Suspect | Dead = member.state === 'dead' ? { ...suspect, type: 'dead' } : suspect;
  state.send(member, [encodePacketMessage(message)]);
}

/**
 * The direct suspicion notice: sends the suspect the suspect message and a ping by its name. Its refutation may have
 * missed us: gossip reaches nearly all members, and in a large pool that loses packets this is not enough, because one
 * wrong verdict is gossiped to all. An ack proves that the suspect is alive, even if the member that suspects it gets none.
 */
export function sendSuspicionNotice(
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
      timeoutMs: lateAckTimeouts * config.timing.probeTimeoutMs,
      suspect,
    },
  );
  continueSuspicion(state, member, suspectPinged(suspicion, nowMs));
}
