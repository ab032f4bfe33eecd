import type { PeerStreamId, StreamId } from '../../ids.ts';
import type { PushPull } from '../../wire/swim-messages.ts';
import { readAnswer } from '../reach/own-listing.ts';
import { checkOwnReach } from '../reach/own-reach-check.ts';
import type { SwimState } from '../state.ts';
import { judgePushPull, localPushPull, mergePushPull } from './push-pull.ts';

/**
 * Answers a peer's push/pull with our state, and merges the peer's. memberlist answers before it judges; but a joiner
 * that is refused must not learn of us: a real Consul leader would make a server of ours a peer of its Raft. It gets the
 * reason instead, which memberlist logs as `remote error`.
 */
export function answerPushPull(state: SwimState, streamId: PeerStreamId, remote: PushPull): void {
  const judged = judgePushPull(state, remote);
  if (judged.refusal !== undefined) {
    const { refusal } = judged;
    state.note('warn', 'Failed push/pull merge', { reason: refusal });
    state.emit({ type: 'stream-reply', streamId, message: { type: 'error', message: refusal } });
    return;
  }
  const reply = localPushPull(state, remote.join ? 'join' : 'sync');
  state.emit({ type: 'stream-reply', streamId, message: reply });
  mergePushPull(state, judged);
}

/** Merges the answer to a push/pull of ours, and reports how it ended. */
export function finishPushPull(state: SwimState, streamId: StreamId, remote: PushPull): void {
  const { name, address } = state.config;
  const incarnation = state.self?.incarnation ?? 0;
  const knows = (other: string): boolean => state.table.get(other) !== undefined;
  const aboutUs = readAnswer(remote.nodes, { name, address, incarnation, knows });
  checkOwnReach(state, streamId, aboutUs.from);
  const answer = { ...aboutUs, reach: state.ownReach.verdict };
  const judged = judgePushPull(state, remote);
  mergePushPull(state, judged);
  state.emit({ type: 'push-pull-done', streamId, refusal: judged.refusal, answer });
}
