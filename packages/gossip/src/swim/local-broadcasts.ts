import type { BroadcastId } from '../ids.ts';
import { announceOurselves } from './alive.ts';
import { isUp } from './member-table.ts';
import type { SwimState } from './state.ts';
import { applyDead } from './suspects.ts';

/** Whether anybody else is alive or suspect. */
export function hasLivePeers({ table, config }: SwimState): boolean {
  return table.all.some((member) => isUp(member) && member.name !== config.name);
}

/** Says that we leave, and from now on contradicts nobody who says so. `ticket` comes back when the news is out. */
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

/** Replaces our meta. `ticket` comes back when the news is out. */
export function announceMeta(state: SwimState, meta: Uint8Array, broadcastId: BroadcastId): void {
  announce(state, broadcastId, (awaited) => announceOurselves(state, meta, awaited));
}

/** Nobody waits for a broadcast that nobody can hear: with no live peers it counts as done at once. */
function announce(
  state: SwimState,
  broadcastId: BroadcastId,
  broadcast: (awaited: BroadcastId | undefined) => void,
): void {
  const isHeard = hasLivePeers(state);
  broadcast(isHeard ? broadcastId : undefined);
  if (!isHeard) state.emit({ type: 'broadcast-done', broadcastId });
}
