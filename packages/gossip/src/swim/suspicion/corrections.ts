import type { Alive } from '../../wire/swim-messages.ts';
import { type SwimMember, sameBytes } from '../members/member-table.ts';
import type { SwimState } from '../state.ts';
import { sendClaimAbout } from './suspicion-notices.ts';

/** A member gets at most one correction in this time. */
const correctionIntervalMs = 5_000;

/**
 * A peer announces a member with an outdated incarnation. memberlist drops that, and a member that has restarted and
 * does not know what it announced before stays hidden. Here the member gets our claim about it: if it runs, it
 * refutes and the whole pool learns of it; if not, one small datagram was in vain. An outdated message about an unchanged
 * live member is merely late, and is not corrected.
 */
export function correctStaleClaim(state: SwimState, known: SwimMember, claim: Alive): void {
  const { config, features, nowMs } = state;
  if (!features.corrections || known.name === config.name || known.state === 'left') return;
  if (known.state !== 'dead' && sameBytes(claim.meta, known.meta)) return;
  if (known.correctedAtMs !== undefined && nowMs - known.correctedAtMs < correctionIntervalMs) return;
  known.correctedAtMs = nowMs;
  // Never an alive message: a process of another pool at this address would admit the name.
  sendClaimAbout(state, known);
}
