import { encodePacketMessage } from '../wire/swim-codec.ts';
import type { Alive } from '../wire/swim-messages.ts';
import { isCompact } from './compact-bytes.ts';
import type { SwimMember } from './member-table.ts';
import type { SwimState } from './state.ts';

/** A member is told what is believed of it at most this often. */
const correctionIntervalMs = 5_000;

/**
 * Somebody announces a member with an incarnation that we know to be outdated. memberlist passes over it,
 * and a member that started again and does not know what it had announced before stays hidden. We tell the
 * member itself what is believed of it, and nobody else: if it is there, it refutes and is known to all;
 * if it is not, one small datagram was in vain. Old news of an unchanged live member is just late.
 */
export function correctStaleClaim(state: SwimState, known: SwimMember, claim: Alive): void {
  const { config, nowMs } = state;
  if (config.disabledExtensions?.has('corrections') || known.name === config.name || known.state === 'left')
    return;
  if (known.state !== 'dead' && isCompact(claim.meta, known.meta)) return;
  if (known.correctedAtMs !== undefined && nowMs - known.correctedAtMs < correctionIntervalMs) return;
  known.correctedAtMs = nowMs;
  const { name: node, incarnation } = known;
  // An accusation either way: an alive message would make a process of another pool take the name in.
  const type = known.state === 'dead' ? 'dead' : 'suspect';
  state.send(known, [encodePacketMessage({ type, incarnation, node, from: config.name })]);
}
