import { isUp } from '../members/member-table.ts';
import { sendNamedPing } from '../probing/send-named-ping.ts';
import type { SwimState } from '../state.ts';
import { applySuspect } from '../suspicion/suspect.ts';

/**
 * Members pinged at once because push/pulls call them down: the peer chooses how many those are. Beyond the limit a
 * claim waits for the next push/pull that repeats it; a suspicion by gossip or by our own probe does not.
 */
const pingedMax = 1_024;

/**
 * A peer's push/pull calls a member suspect or dead. memberlist suspects that member in its own name, so that one
 * suspicion counts twice. Here the member is pinged by its name first, and suspected when it does not answer.
 * Source: memberlist state.go mergeState.
 */
export function applyDownClaim(state: SwimState, node: string, incarnation: number): void {
  const { config, features, pingedForPushPull: pinged, table, udpPaths } = state;
  const member = table.get(node);
  const suspect = { type: 'suspect', node, incarnation, from: config.name } as const;
  const isOther = member !== undefined && isUp(member) && node !== config.name;
  if (!isOther || !features.secondConfirmation || incarnation < member.incarnation) {
    applySuspect(state, suspect);
    return;
  }
  if (pinged.has(node) || pinged.size >= pingedMax) return;
  pinged.add(node);
  sendNamedPing(
    state,
    { name: node, to: member.address, purpose: { kind: 'push-pull-claim', incarnation } },
    {
      over: udpPaths.isLost(member) ? 'both' : 'datagram',
      timeoutMs: config.timing.probeTimeoutMs,
      suspect,
    },
  );
}
