import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { UserEvent } from '../events.ts';
import { LamportOrder } from './lamport-order.ts';
import { heldEventsMax } from './limits.ts';

function event(lamportTime: number, name = 'e'): UserEvent {
  return { type: 'user-event', name, payload: new Uint8Array(0), lamportTime, coalesce: false };
}

function times(events: readonly UserEvent[]): readonly number[] {
  return events.map(({ lamportTime }) => lamportTime);
}

test('older events that come within the hold-back overtake newer ones', () => {
  const order = new LamportOrder({ holdBackMs: 100 });
  expect(order.nextDeadlineMs()).toBeUndefined();
  order.offer(event(7), 0);
  order.offer(event(3), 50);
  order.offer(event(9), 60);
  expect(order.nextDeadlineMs()).toBe(100);
  expect(order.release(99)).toEqual([]);
  // The one of time 7 is due; the older one goes with it, the newer one waits for its own moment.
  expect(times(order.release(100))).toEqual([3, 7]);
  expect(order.nextDeadlineMs()).toBe(160);
  expect(times(order.release(160))).toEqual([9]);
});

test('events of one time keep the order in which they came', () => {
  const order = new LamportOrder({ holdBackMs: 100 });
  for (const name of ['a', 'b', 'c']) order.offer(event(4, name), 0);
  expect(order.release(100).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
});

test('a full hold-back tells the oldest early', () => {
  const order = new LamportOrder({ holdBackMs: 100 });
  for (let time = heldEventsMax; time >= 1; time -= 1) expect(order.offer(event(time), 0)).toEqual([]);
  expect(times(order.offer(event(1000), 0))).toEqual([1]);
});

test('what arrives within the hold-back is told sorted, and nothing is lost', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { maxLength: 200 }), (arrivals) => {
      const order = new LamportOrder({ holdBackMs: 100 });
      for (const [i, time] of arrivals.entries()) order.offer(event(time), i / 1000);
      expect(times(order.release(1000))).toEqual(arrivals.toSorted((a, b) => a - b));
    }),
  );
});
