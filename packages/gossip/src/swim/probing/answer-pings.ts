import type { PeerStreamId } from '../../ids.ts';
import type { Address } from '../../wire/address.ts';
import type { Ack, Ping } from '../../wire/swim-messages.ts';
import { resyncWithPinger } from '../reconnect/reconnect.ts';
import type { SwimState } from '../state.ts';
import { reachedByOthers } from '../suspicion/refute.ts';

const noPayload = new Uint8Array(0);

/** Acks a ping that is for us, of members and strangers alike. Source: memberlist net.go handlePing. */
export function answerPing(state: SwimState, ping: Ping, from: Address): void {
  if (!isForUs(state, ping)) return;
  if (ping.node !== '') reachedByOthers(state);
  const payload = state.delegate.ackPayload();
  state.sendWithPiggyback(ping.replyTo ?? from, { type: 'ack', seq: ping.seq, payload });
  resyncWithPinger(state, ping, from);
}

/** The same over a stream, which is closed when the ping is not for us. Source: memberlist net.go handleConn. */
export function answerStreamPing(state: SwimState, streamId: PeerStreamId, ping: Ping): void {
  const { name } = state.config;
  const message: Ack = { type: 'ack', seq: ping.seq, payload: noPayload };
  if (ping.node === name && ping.sourceNode !== name) reachedByOthers(state);
  state.emit(
    isForUs(state, ping) ? { type: 'stream-reply', streamId, message } : { type: 'stream-close', streamId },
  );
}

function isForUs(state: SwimState, { node }: Ping): boolean {
  if (node === '' || node === state.config.name) return true;
  const suppressedCount = state.misdirectedPings.received(node, state.nowMs);
  if (suppressedCount !== undefined) {
    state.note('warn', 'Got ping for unexpected node', { node, suppressedCount });
  }
  return false;
}
