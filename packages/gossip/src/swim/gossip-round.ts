import { pickRandom } from './random.ts';
import type { SwimState } from './state.ts';

/**
 * Sends what is queued to a few members at random. The recently dead are told too, so that one that was
 * accused wrongly hears of it and refutes; those that left are not. Every receiver gets a fresh batch,
 * and each batch counts as a transmission. Source: memberlist state.go gossip.
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
    const batch = state.gossipBatch();
    if (batch.length === 0) return;
    state.send(receiver, batch);
    state.udpPaths.sentNews(state, receiver);
  }
}
