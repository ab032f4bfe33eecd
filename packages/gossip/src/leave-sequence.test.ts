import { describe, expect, test } from 'vitest';
import { idOf } from '../test/support/ids.ts';
import type { BroadcastId } from './ids.ts';
import { type LeavePeers, LeaveSequence } from './leave-sequence.ts';

const timing = { broadcastTimeoutMs: 5000, leavePropagateDelayMs: 1000, gossipIntervalMs: 200 };

/** A sequence that numbers its broadcasts 1, 2, 3. */
function sequence() {
  let last = 1;
  const next = (): BroadcastId => {
    last += 1;
    return idOf(last);
  };
  const leave = new LeaveSequence(timing);
  return {
    leave,
    broadcastDone: (broadcastId: BroadcastId, nowMs: number) => leave.broadcastDone(broadcastId, next, nowMs),
    expire: (nowMs: number) => leave.expire(next, nowMs),
    shorten: (peers: LeavePeers, nowMs: number) => leave.shorten(peers, next, nowMs),
  };
}

describe('a graceful leave, gossip.md 4.7 and 8.8', () => {
  test('broadcasts the Serf intent, then the leave of memberlist, waits for both to propagate, and is done', () => {
    const { leave, broadcastDone, expire } = sequence();
    expect(leave.nextDeadlineMs()).toBeUndefined();
    expect(leave.begin(idOf(1), 0)).toEqual({ type: 'broadcast', layer: 'serf', broadcastId: 1 });
    expect(broadcastDone(idOf(1), 300)).toEqual({ type: 'broadcast', layer: 'swim', broadcastId: 2 });
    expect(broadcastDone(idOf(2), 600)).toBeUndefined();
    expect(leave.nextDeadlineMs()).toBe(1600);
    expect(expire(1599)).toBeUndefined();
    expect(expire(1600)).toEqual({ type: 'left' });
    expect(leave.nextDeadlineMs()).toBeUndefined();
  });

  test('waits for no broadcast longer than its timeout', () => {
    const { leave, expire } = sequence();
    leave.begin(idOf(1), 0);
    expect(expire(4999)).toBeUndefined();
    expect(expire(5000)).toEqual({ type: 'broadcast', layer: 'swim', broadcastId: 2 });
    expect(expire(10_000)).toBeUndefined();
    expect(expire(11_000)).toEqual({ type: 'left' });
  });

  test('begins once, and no other broadcast ends a phase, nor one that is done too late', () => {
    const { leave, broadcastDone, expire } = sequence();
    expect(broadcastDone(idOf(1), 0)).toBeUndefined();
    leave.begin(idOf(1), 0);
    expect(leave.begin(idOf(9), 1)).toBeUndefined();
    expect(broadcastDone(idOf(9), 2)).toBeUndefined();
    expire(5000);
    expect(broadcastDone(idOf(1), 5001)).toBeUndefined();
    expect(broadcastDone(idOf(2), 5002)).toBeUndefined();
    expect(broadcastDone(idOf(2), 5003)).toBeUndefined();
    expect(leave.nextDeadlineMs()).toBe(6002);
    expire(6002);
    expect(leave.begin(idOf(10), 7000)).toBeUndefined();
    expect(expire(99_000)).toBeUndefined();
  });

  test('does not wait when no peer is up, and waits a few gossip rounds when no peer stays', () => {
    const { leave, expire, shorten } = sequence();
    leave.begin(idOf(1), 0);
    expect(shorten({ hasLivePeers: true, hasStayingPeers: false }, 100)).toBeUndefined();
    expect(leave.nextDeadlineMs()).toBe(700);
    expect(shorten({ hasLivePeers: false, hasStayingPeers: false }, 200)).toEqual({
      type: 'broadcast',
      layer: 'swim',
      broadcastId: 2,
    });
    expect(shorten({ hasLivePeers: false, hasStayingPeers: false }, 200)).toBeUndefined();
    expect(shorten({ hasLivePeers: true, hasStayingPeers: true }, 300)).toBeUndefined();
    expect(leave.nextDeadlineMs()).toBe(1200);
    shorten({ hasLivePeers: true, hasStayingPeers: false }, 400);
    shorten({ hasLivePeers: true, hasStayingPeers: false }, 500);
    expect(leave.nextDeadlineMs()).toBe(600);
    expect(expire(600)).toEqual({ type: 'left' });
    expect(leave.isUnderWay).toBe(false);
  });
});
