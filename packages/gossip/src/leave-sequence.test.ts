import { describe, expect, test } from 'vitest';
import { idOf } from '../test/support/ids.ts';
import type { BroadcastId } from './ids.ts';
import { LeaveSequence } from './leave-sequence.ts';

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
    told: (broadcastId: BroadcastId, nowMs: number) => leave.told(broadcastId, next, nowMs),
    expire: (nowMs: number) => leave.expire(next, nowMs),
    hurry: (peers: { readonly areUp: boolean; readonly stay: boolean }, nowMs: number) =>
      leave.hurry(peers, next, nowMs),
  };
}

describe('a graceful departure, gossip.md 4.7 and 8.8', () => {
  test('tells the Serf intent first, then the departure, then lingers, and has left', () => {
    const { leave, told, expire } = sequence();
    expect(leave.nextDeadlineMs()).toBeUndefined();
    expect(leave.begin(idOf(1), 0)).toEqual({ type: 'tell', layer: 'serf', broadcastId: 1 });
    expect(told(idOf(1), 300)).toEqual({ type: 'tell', layer: 'swim', broadcastId: 2 });
    expect(told(idOf(2), 600)).toBeUndefined();
    expect(leave.nextDeadlineMs()).toBe(1600);
    expect(expire(1599)).toBeUndefined();
    expect(expire(1600)).toEqual({ type: 'left' });
    expect(leave.nextDeadlineMs()).toBeUndefined();
  });

  test('waits for no broadcast longer than its timeout', () => {
    const { leave, expire } = sequence();
    leave.begin(idOf(1), 0);
    expect(expire(4999)).toBeUndefined();
    expect(expire(5000)).toEqual({ type: 'tell', layer: 'swim', broadcastId: 2 });
    expect(expire(10_000)).toBeUndefined();
    expect(expire(11_000)).toEqual({ type: 'left' });
  });

  test('begins once, and is not moved on by other broadcasts or by one that comes too late', () => {
    const { leave, told, expire } = sequence();
    expect(told(idOf(1), 0)).toBeUndefined();
    leave.begin(idOf(1), 0);
    expect(leave.begin(idOf(9), 1)).toBeUndefined();
    expect(told(idOf(9), 2)).toBeUndefined();
    expire(5000);
    expect(told(idOf(1), 5001)).toBeUndefined();
    expect(told(idOf(2), 5002)).toBeUndefined();
    expect(told(idOf(2), 5003)).toBeUndefined();
    expect(leave.nextDeadlineMs()).toBe(6002);
    expire(6002);
    expect(leave.begin(idOf(10), 7000)).toBeUndefined();
    expect(expire(99_000)).toBeUndefined();
  });

  test('waits for nothing when nobody is up, and for one round of gossip when nobody stays', () => {
    const { leave, expire, hurry } = sequence();
    leave.begin(idOf(1), 0);
    expect(hurry({ areUp: true, stay: false }, 100)).toBeUndefined();
    expect(leave.nextDeadlineMs()).toBe(700);
    expect(hurry({ areUp: false, stay: false }, 200)).toEqual({
      type: 'tell',
      layer: 'swim',
      broadcastId: 2,
    });
    expect(hurry({ areUp: false, stay: false }, 200)).toBeUndefined();
    expect(hurry({ areUp: true, stay: true }, 300)).toBeUndefined();
    expect(leave.nextDeadlineMs()).toBe(1200);
    hurry({ areUp: true, stay: false }, 400);
    hurry({ areUp: true, stay: false }, 500);
    expect(leave.nextDeadlineMs()).toBe(600);
    expect(expire(600)).toEqual({ type: 'left' });
    expect(leave.isUnderWay).toBe(false);
  });
});
