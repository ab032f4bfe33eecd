import type { StreamId } from '../../ids.ts';
import type { Address } from '../../wire/address.ts';
import { ownReachCheck } from '../deadline-kinds.ts';
import type { SwimState } from '../state.ts';
import { logUnreached } from '../suspicion/refute.ts';
import type { AnswerAboutUs } from './own-listing.ts';

/** The time between two indirect pings of a check: short, so that the check ends within a join. */
const requestIntervalMs = 40;
/** A peer's nack comes after its own probe timeout: at least that of the LAN, whatever ours is. */
const nackAfterMsMin = 500;

/** A push/pull has ended. If it was a join that another member answered, that member is asked to ping our address. */
export function checkOwnReach(
  state: SwimState,
  streamId: StreamId,
  from: AnswerAboutUs['from'] | 'no-answer',
): void {
  const peer = state.ownReach.joinEnded(streamId, from);
  if (peer === undefined) return;
  const pingId = state.nextStreamId();
  state.ownReach.checkBegun(peer, pingId);
  requestPing(state, peer);
  const { name: node, address: to, timing } = state.config;
  const ping = { type: 'ping', seq: state.nextSeq(), node, sourceNode: node } as const;
  state.emit({ type: 'stream-ping', streamId: pingId, to, ping, timeoutMs: timing.probeTimeoutMs });
}

/** No ping has come: asks once more, or ends the check. */
export function continueOwnReachCheck(state: SwimState): void {
  const peer = state.ownReach.check?.nextRequestTo;
  if (peer !== undefined) requestPing(state, peer);
  else if (state.ownReach.checkTimedOut(state.config.address.host)) logUnreached(state);
}

function requestPing(state: SwimState, peer: Address): void {
  const { name: node, address: target, timing } = state.config;
  const seq = state.nextSeq();
  state.ownReach.check?.requested(seq);
  // Without an address to reply to, the nack comes to where the request came from, not to what we announce.
  state.sendAlone(peer, { type: 'indirect-ping', seq, target, node, nack: true });
  const isLast = state.ownReach.check?.nextRequestTo === undefined;
  const waitMs = isLast ? Math.max(timing.probeTimeoutMs, nackAfterMsMin) * 1.1 : requestIntervalMs;
  state.deadlines.set(ownReachCheck, state.nowMs + waitMs);
}
