import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { UserEvent } from '../../events.ts';
import { heldEventsMax } from '../limits.ts';
import { LamportOrder } from './lamport-order.ts';

function event(lamportTime: number, name = `t${lamportTime}`): UserEvent {
  return { type: 'user-event', name, payload: new Uint8Array(0), lamportTime, coalesce: false };
}

function names(events: readonly UserEvent[]): readonly string[] {
  return events.map(({ name }) => name);
}

test('consecutive events are emitted at once, those of one time in the order of arrival', () => {
  const order = new LamportOrder({ holdBackMs: 100 });
  expect(names(order.offer(event(1), 0))).toEqual(['t1']);
  expect(names(order.offer(event(2, 'a'), 0))).toEqual(['a']);
  expect(names(order.offer(event(2, 'b'), 0))).toEqual(['b']);
  expect(order.nextDeadlineMs()).toBeUndefined();
});

test('an event is held while an earlier one is missing, and emitted when that arrives', () => {
  const order = new LamportOrder({ holdBackMs: 100 });
  expect(order.offer(event(3), 0)).toEqual([]);
  expect(order.offer(event(2), 10)).toEqual([]);
  expect(names(order.offer(event(1), 20))).toEqual(['t1', 't2', 't3']);
  expect(order.nextDeadlineMs()).toBeUndefined();
});

test('it is held no longer than the hold-back time, earlier events go with it, and later arrivals are emitted out of order', () => {
  const order = new LamportOrder({ holdBackMs: 100 });
  order.offer(event(5), 0);
  order.offer(event(4), 50);
  order.offer(event(6), 60);
  order.offer(event(9), 70);
  expect(order.release(99)).toEqual([]);
  expect(names(order.release(100))).toEqual(['t4', 't5', 't6']);
  expect(names(order.offer(event(2), 110))).toEqual(['t2']);
  expect(names(order.release(170))).toEqual(['t9']);
});

test('no event is held for one from before we joined', () => {
  const order = new LamportOrder({ holdBackMs: 100 });
  order.expectFrom(40);
  expect(names(order.offer(event(40), 0))).toEqual(['t40']);
});

test('when too many are held, the oldest is emitted early', () => {
  const order = new LamportOrder({ holdBackMs: 100 });
  for (let i = 0; i < heldEventsMax; i += 1) expect(order.offer(event(2 * i + 3), 0)).toEqual([]);
  expect(names(order.offer(event(2 * heldEventsMax + 3), 0))).toEqual(['t3']);
});

test('events that arrive within the hold-back time are emitted once and in order', () => {
  const times = fc.uniqueArray(fc.integer({ min: 1, max: 40 }));
  fc.assert(
    fc.property(times, (arrivals) => {
      const order = new LamportOrder({ holdBackMs: 100 });
      const emitted = arrivals.flatMap((time, i) => order.offer(event(time), i));
      emitted.push(...order.release(200));
      expect(emitted.map(({ lamportTime }) => lamportTime)).toEqual(arrivals.toSorted((a, b) => a - b));
    }),
  );
});
