import { pickRandom } from '../../collections/random-choice.ts';
import { gossipTick } from '../deadline-kinds.ts';
import { beginFallbackPushPull } from '../push-pull/push-pull-fallback.ts';
import type { SwimState } from '../state.ts';
import { sendClaimAbout } from '../suspicion/suspicion-notices.ts';
import { isSmallPool } from './broadcast-queue.ts';

/**
 * Sends queued broadcasts to a few members at random. Every receiver gets a batch of its own, and each batch counts as a
 * transmission. Suspects and members that died recently are among the receivers, so that a wrongly suspected member
 * learns of it and refutes; members that left are not. Source: memberlist state.go gossip.
 *
 * memberlist sends the queue to suspected and dead members as well. Their addresses may belong to processes of another
 * pool by now, which would admit the announced members and act on our user events. So they get only the suspect or dead
 * message about themselves, which a process of another name ignores.
 */
export function gossip(state: SwimState): void {
  sendGossip(state);
  state.deadlines.set(gossipTick, state.nowMs + nextRoundMs(state));
}

function sendGossip(state: SwimState): void {
  beginFallbackPushPull(state);
  if (!state.hasGossip) return;
  const { config, features, nowMs, udpPaths } = state;
  const { gossipNodes, gossipToTheDeadMs } = config.timing;
  const receivers = pickRandom(state.table.all, gossipNodes, state.rng, (member) => {
    if (member.name === config.name || member.state === 'left') return false;
    return member.state !== 'dead' || nowMs - member.stateChangedAtMs <= gossipToTheDeadMs;
  });
  for (const receiver of receivers) {
    if (receiver.state !== 'dead') udpPaths.updatesSent(receiver, state.table.size);
    if (receiver.state !== 'alive' && features.namedPushPulls) {
      sendClaimAbout(state, receiver);
      continue;
    }
    if (receiver.isDenied) continue;
    const batch = state.gossipBatch();
    if (batch.length === 0) return;
    state.send(receiver, batch);
  }
}

/** The most rounds in one interval: `transmitLimit` is up to four times memberlist's. */
const burstRoundsMax = 4;

/**
 * The time until the next round. In a small pool each message is sent more often than by memberlist, which would slow a
 * burst of events down. So rounds come up to four times as often there while enough bytes wait to fill their packets.
 * Each round sends one packet to a member, because memberlist handles packets that arrive together from the last to the first.
 */
function nextRoundMs({ delegate, config, table }: SwimState): number {
  const { gossipIntervalMs, gossipNodes } = config.timing;
  if (!isSmallPool(table.size)) return gossipIntervalMs;
  const receiversCount = Math.max(1, Math.min(gossipNodes, table.size - 1));
  const roundBytes = config.packetBudgetBytes * receiversCount;
  const roundsCount = Math.floor(delegate.waitingBytes() / roundBytes);
  return gossipIntervalMs / Math.max(1, Math.min(burstRoundsMax, roundsCount));
}
