import type { BroadcastId } from '../../ids.ts';
import { announceOurselves } from '../members/alive.ts';
import { isUp } from '../members/member-table.ts';
import type { SwimState } from '../state.ts';
import { applyDead } from '../suspicion/dead.ts';

/** Whether another member is alive or suspect. */
export function hasLivePeers({ table, config }: SwimState): boolean {
  return table.all.some((member) => isUp(member) && member.name !== config.name);
}

/** Announces our departure, and refutes no claim from now on. A `broadcast-done` with the id follows. */
export function announceDeparture(state: SwimState, broadcastId: BroadcastId): void {
  const { name } = state.config;
  const self = state.self;
  state.leaving = true;
  if (self === undefined || !isUp(self)) {
    state.emit({ type: 'broadcast-done', broadcastId });
    return;
  }
  const departure = { type: 'dead', incarnation: self.incarnation, node: name, from: name } as const;
  announce(state, broadcastId, (awaited) => applyDead(state, departure, awaited));
}

/** Replaces our meta. A `broadcast-done` with the id follows. */
export function announceMeta(state: SwimState, meta: Uint8Array, broadcastId: BroadcastId): void {
  announce(state, broadcastId, (awaited) => announceOurselves(state, meta, awaited));
}

/** Without live peers to receive it a broadcast is done at once. */
function announce(
  state: SwimState,
  broadcastId: BroadcastId,
  broadcast: (awaited: BroadcastId | undefined) => void,
): void {
  const hasReceivers = hasLivePeers(state);
  broadcast(hasReceivers ? broadcastId : undefined);
  if (!hasReceivers) state.emit({ type: 'broadcast-done', broadcastId });
}
