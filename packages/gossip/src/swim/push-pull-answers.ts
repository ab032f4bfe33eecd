import type { PeerStreamId, StreamId } from '../ids.ts';
import type { PushPull } from '../wire/swim-messages.ts';
import { readAnswer } from './own-listing.ts';
import { judgePushPull, localPushPull, mergePushPull } from './push-pull.ts';
import type { SwimState } from './state.ts';

/**
 * Answers a peer that sent its state, and takes it in. memberlist answers before it judges; but a joiner that
 * is refused must not learn of us: a real Consul leader would make a server of ours a peer of its Raft. It is
 * told why instead, which memberlist prints as `remote error`.
 */
export function answerPushPull(state: SwimState, streamId: PeerStreamId, remote: PushPull): void {
  const judged = judgePushPull(state, remote);
  if (judged.refusal !== undefined) {
    const message = `the join is refused: ${judged.refusal}`;
    state.note('warn', "refusing a joining peer's members", { reason: judged.refusal });
    state.emit({ type: 'stream-reply', streamId, message: { type: 'error', message } });
    return;
  }
  const reply = localPushPull(state, remote.join ? 'join' : 'sync');
  state.emit({ type: 'stream-reply', streamId, message: reply });
  mergePushPull(state, judged);
}

/** Takes in the answer to an exchange of ours, and tells how it ended. */
export function finishPushPull(state: SwimState, streamId: StreamId, remote: PushPull): void {
  const { name, address } = state.config;
  const incarnation = state.self?.incarnation ?? 0;
  const knows = (other: string): boolean => state.table.get(other) !== undefined;
  const said = readAnswer(remote.nodes, { name, address, incarnation, knows });
  state.ownReach.joined(state, streamId, said.from);
  const answer = { ...said, reach: state.ownReach.verdict };
  const judged = judgePushPull(state, remote);
  mergePushPull(state, judged);
  state.emit({ type: 'push-pull-done', streamId, refusal: judged.refusal, answer });
}
