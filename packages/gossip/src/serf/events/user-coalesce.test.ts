import { expect, test } from 'vitest';
import type { UserEvent } from '../../events.ts';
import { coalescedEventsMax } from '../limits.ts';
import { UserCoalescer } from './user-coalesce.ts';

function event(name: string, lamportTime: number, payload = ''): UserEvent {
  return { type: 'user-event', name, payload: Buffer.from(payload), lamportTime, coalesce: true };
}

function textsOf(events: readonly UserEvent[]): readonly string[] {
  return events.map(({ name, lamportTime, payload }) => `${name} ${lamportTime} ${Buffer.from(payload)}`);
}

test('of each name only the newest time is emitted, with all its payloads', () => {
  const coalescer = new UserCoalescer({ periodMs: 3000, quietMs: 1000 });
  coalescer.offer(event('deploy', 4, 'old'), 0);
  coalescer.offer(event('deploy', 5, 'a'), 10);
  coalescer.offer(event('restart', 1), 20);
  coalescer.offer(event('deploy', 5, 'b'), 30);
  coalescer.offer(event('deploy', 3, 'older'), 40);
  expect(coalescer.flush(1039)).toEqual([]);
  expect(textsOf(coalescer.flush(1040))).toEqual(['deploy 5 a', 'deploy 5 b', 'restart 1 ']);
  expect(coalescer.nextDeadlineMs()).toBeUndefined();
});

test('a steady stream is emitted when the period ends', () => {
  const coalescer = new UserCoalescer({ periodMs: 3000, quietMs: 1000 });
  for (let ms = 0; ms <= 2700; ms += 900) coalescer.offer(event('tick', ms), ms);
  expect(coalescer.nextDeadlineMs()).toBe(3000);
  expect(textsOf(coalescer.flush(3000))).toEqual(['tick 2700 ']);
});

test('too many events are emitted early', () => {
  const coalescer = new UserCoalescer({ periodMs: 3000, quietMs: 1000 });
  for (let i = 0; i < coalescedEventsMax; i += 1) expect(coalescer.offer(event(`e${i}`, i), 0)).toEqual([]);
  expect(coalescer.offer(event('one more', 9999), 0)).toHaveLength(coalescedEventsMax);
  expect(textsOf(coalescer.flush(1000))).toEqual(['one more 9999 ']);
});
