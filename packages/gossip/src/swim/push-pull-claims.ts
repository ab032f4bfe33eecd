import { isUp } from './member-table.ts';
import type { SwimState } from './state.ts';
import { hasOwnProof } from './suspect-pings.ts';
import { applySuspect, suspectUnanswered } from './suspects.ts';

/**
 * Members that are asked at once for what push/pulls say of them: a peer chooses how many it accuses. Beyond that an
 * accusation waits for the next push/pull that repeats it; a suspicion by gossip or by our own probe does not.
 */
const askedMax = 1_024;

/**
 * A peer's state calls a member suspect or dead. memberlist accuses that member in its own name, so that one
 * accuser becomes two. Here the member is pinged by its name first, and suspected when it does not answer.
 * Source: memberlist state.go mergeState.
 */
export function takeAccusation(state: SwimState, node: string, incarnation: number): void {
  const { config, namedPings, table, accusedInPushPulls: asked } = state;
  const member = table.get(node);
  const accusation = { type: 'suspect', node, incarnation, from: config.name } as const;
  const isOther = member !== undefined && isUp(member) && node !== config.name;
  if (!isOther || !hasOwnProof(state) || incarnation < member.incarnation) {
    applySuspect(state, accusation);
    return;
  }
  if (asked.has(node) || asked.size >= askedMax) return;
  asked.add(node);
  namedPings.ask(state, {
    name: node,
    to: member.address,
    over: state.udpPaths.isLost(member) ? 'both' : 'datagram',
    timeoutMs: config.timing.probeTimeoutMs,
    accusation,
    onAnswer: () => asked.delete(node),
    onSilence: () => {
      asked.delete(node);
      suspectUnanswered(state, node, incarnation);
    },
  });
}
