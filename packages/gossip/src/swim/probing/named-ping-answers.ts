import type { StreamId } from '../../ids.ts';
import { formatAddress } from '../../wire/address.ts';
import type { Ack } from '../../wire/swim-messages.ts';
import { pingPartner } from '../push-pull/named-push-pull.ts';
import { beginPushPull } from '../push-pull/push-pull.ts';
import { reconnectFailed, reconnectPingAcked } from '../reconnect/reconnect.ts';
import type { SwimState } from '../state.ts';
import { answeredByName } from '../suspicion/member-suspicion.ts';
import { suspectUnanswered } from '../suspicion/suspect.ts';
import type { StreamFailure } from '../types.ts';
import type { NamedPing } from './named-pings.ts';

/** An ack over UDP, which may be of a ping by name. */
export function namedPingAcked(state: SwimState, seq: number): void {
  const ping = state.namedPings.end(seq);
  if (ping === undefined) return;
  state.deadlines.clear({ kind: 'named-ping', seq });
  actOnAnswer(state, ping);
}

/** An ack over a stream of ours. */
export function namedPingStreamAcked(state: SwimState, streamId: StreamId, ack: Ack): void {
  const seq = state.namedPings.streamAcked(streamId, ack);
  if (seq !== undefined) namedPingAcked(state, seq);
}

/** A stream of ours ended without an ack. */
export function namedPingStreamFailed(state: SwimState, streamId: StreamId, failure: StreamFailure): void {
  const ping = state.namedPings.streamFailed(streamId);
  if (ping?.purpose.kind !== 'push-pull' || !ping.purpose.isReconnect || ping.purpose.over !== 'stream')
    return;
  reconnectFailed(state, ping.name, ping.to, failure);
}

/** The time for an answer is over. */
export function namedPingTimedOut(state: SwimState, seq: number): void {
  const ping = state.namedPings.end(seq);
  if (ping !== undefined) actOnSilence(state, ping);
}

function actOnAnswer(state: SwimState, { name, to, purpose }: NamedPing): void {
  switch (purpose.kind) {
    case 'suspect':
      answeredByName(state, name);
      return;
    case 'push-pull-claim':
      state.pingedForPushPull.delete(name);
      return;
    case 'reconnect-ping':
      reconnectPingAcked(state, name, to);
      return;
    case 'push-pull':
      beginPushPull(state, state.nextStreamId(), to, purpose.intent);
      return;
    default:
      purpose satisfies never;
  }
}

function actOnSilence(state: SwimState, { name, to, purpose }: NamedPing): void {
  switch (purpose.kind) {
    case 'suspect':
    case 'reconnect-ping':
      return;
    case 'push-pull-claim':
      state.pingedForPushPull.delete(name);
      suspectUnanswered(state, name, purpose.incarnation);
      return;
    case 'push-pull':
      if (purpose.over === 'datagram') {
        pingPartner(state, { name, to, intent: purpose.intent, isReconnect: purpose.isReconnect }, 'stream');
        return;
      }
      state.note('debug', 'no push/pull: the member does not answer to its name at its address', {
        member: name,
        address: formatAddress(to),
      });
      return;
    default:
      purpose satisfies never;
  }
}
