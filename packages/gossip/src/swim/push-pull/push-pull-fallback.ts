import { pickRandom } from '../../collections/random-choice.ts';
import { isUp, type SwimMember } from '../members/member-table.ts';
import type { SwimState } from '../state.ts';
import { beginNamedPushPull } from './named-push-pull.ts';
import { pushPullIntervalMs } from './push-pull.ts';

/** How many gossip rounds lie between two push/pulls in place of datagrams. */
const roundsPerPushPull = 5;

/**
 * Begins a push/pull with a member that datagrams do not reach, in place of the updates that they lost. A suspect comes
 * first, and again until it is none: it learns of the suspicion in no other way, and has to refute in time.
 */
export function beginFallbackPushPull(state: SwimState): void {
  const { config, features, nowMs, table, udpPaths } = state;
  if (!features.pushPullFallback || !udpPaths.isPushPullDue(nowMs)) return;
  const suspect = pickUnreached(state, (member) => member.state === 'suspect');
  const partner = suspect ?? pickUnreached(state, isUp);
  if (partner === undefined) {
    udpPaths.cancelPushPulls();
    return;
  }
  const delayMs = pushPullIntervalMs(config.timing.gossipIntervalMs * roundsPerPushPull, table.size);
  udpPaths.pushPullBegun({ nextAtMs: nowMs + delayMs, isExtra: suspect !== undefined });
  beginNamedPushPull(state, { name: partner.name, to: partner.address, intent: 'sync' });
}

function pickUnreached(
  { config, rng, table, udpPaths }: SwimState,
  accept: (member: SwimMember) => boolean,
): SwimMember | undefined {
  const [picked] = pickRandom(
    table.all,
    1,
    rng,
    (member) => accept(member) && member.name !== config.name && udpPaths.isLost(member),
  );
  return picked;
}
