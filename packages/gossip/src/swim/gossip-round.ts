import { encodePacketMessage } from '../wire/swim-codec.ts';
import { isSmallPool } from './broadcast-queue.ts';
import type { SwimMember } from './member-table.ts';
import { pickRandom } from './random.ts';
import type { SwimState } from './state.ts';

/**
 * Sends what is queued to a few members at random. Every receiver gets a fresh batch, and each batch counts as a
 * transmission. Suspected members and those that died recently are among the receivers, so that a member that is accused
 * wrongly learns of it and refutes; members that left are not. Source: memberlist state.go gossip.
 *
 * memberlist sends the queue to suspected and dead members as well. Their addresses may belong to processes of another
 * pool by now, which would admit the announced members and act on our user events. So they get only the accusation
 * against themselves, which a process of another name ignores.
 */
export function gossip(state: SwimState): void {
  state.udpPaths.carry(state);
  if (!state.hasGossip) return;
  const { config, nowMs } = state;
  const { gossipNodes, gossipToTheDeadMs } = config.timing;
  const receivers = pickRandom(state.table.all, gossipNodes, state.rng, (member) => {
    if (member.name === config.name || member.state === 'left') return false;
    return member.state !== 'dead' || nowMs - member.stateChangedAtMs <= gossipToTheDeadMs;
  });
  for (const receiver of receivers) {
    if (receiver.state !== 'dead') state.udpPaths.sentNews(state, receiver);
    if (receiver.state !== 'alive' && !config.without?.has('named-exchanges')) {
      sendAccusation(state, receiver);
      continue;
    }
    if (receiver.isDenied) continue;
    for (let packetsCount = packetsFor(state, receivers.length); packetsCount > 0; packetsCount -= 1) {
      const batch = state.gossipBatch();
      if (batch.length === 0) return;
      state.send(receiver, batch);
    }
  }
}

/** A receiver gets at most so many packets in one round: `transmitLimit` is up to four times memberlist's. */
const packetsMax = 4;

/**
 * memberlist sends a receiver one packet in a round. In a small pool we send each message more often than it does, and
 * a burst would take so much longer. Then a receiver gets several packets, each with messages of its own.
 */
function packetsFor({ delegate, config, table }: SwimState, receiversCount: number): number {
  if (!isSmallPool(table.size)) return 1;
  const fullPackets = Math.floor(delegate.waitingBytes() / config.packetBudgetBytes);
  return Math.max(1, Math.min(packetsMax, Math.floor(fullPackets / receiversCount)));
}

function sendAccusation(state: SwimState, member: SwimMember): void {
  const { name: node, incarnation } = member;
  const type = member.state === 'dead' ? 'dead' : 'suspect';
  state.send(member, [encodePacketMessage({ type, incarnation, node, from: state.config.name })]);
}
