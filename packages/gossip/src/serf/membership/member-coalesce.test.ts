import { expect, test } from 'vitest';
import { viewOf } from '../../../test/serf-fixture.ts';
import type { MemberEvent } from '../../events.ts';
import type { Member } from '../../member.ts';
import { MemberCoalescer } from './member-coalesce.ts';

test('each event restarts the quiet time but not the period', () => {
  const coalescer = new MemberCoalescer({ periodMs: 3000, quietMs: 1000 });
  expect(coalescer.nextDeadlineMs()).toBeUndefined();
  coalescer.offer(event('member-join', 'a'), 0);
  expect(coalescer.nextDeadlineMs()).toBe(1000);
  coalescer.offer(event('member-join', 'b'), 900);
  expect(coalescer.nextDeadlineMs()).toBe(1900);
  coalescer.offer(event('member-join', 'c'), 1800);
  coalescer.offer(event('member-join', 'd'), 2700);
  expect(coalescer.nextDeadlineMs()).toBe(3000);
  expect(coalescer.flush(2999)).toEqual([]);
  expect(namesByType(coalescer.flush(3000))).toEqual({ 'member-join': 'a,b,c,d' });
  expect(coalescer.nextDeadlineMs()).toBeUndefined();
});

test('of several events about a member only the last is emitted, in one event of each type', () => {
  const coalescer = new MemberCoalescer({ periodMs: 3000, quietMs: 1000 });
  coalescer.offer(event('member-join', 'a'), 0);
  coalescer.offer(event('member-join', 'b'), 0);
  coalescer.offer(event('member-failed', 'a'), 0);
  coalescer.offer(event('member-failed', 'c'), 0);
  expect(namesByType(coalescer.flush(1000))).toEqual({ 'member-join': 'b', 'member-failed': 'a,c' });
});

test('a member that flapped back to its last reported status is not reported again', () => {
  const coalescer = new MemberCoalescer({ periodMs: 3000, quietMs: 1000 });
  coalescer.offer(event('member-join', 'a'), 0);
  coalescer.flush(1000);
  coalescer.offer(event('member-failed', 'a'), 2000);
  coalescer.offer(event('member-join', 'a'), 2100);
  expect(coalescer.flush(3100)).toEqual([]);
});

test('an update is emitted even when the last reported event was an update', () => {
  const coalescer = new MemberCoalescer({ periodMs: 3000, quietMs: 1000 });
  coalescer.offer(event('member-update', 'a'), 0);
  expect(coalescer.flush(1000)).toHaveLength(1);
  coalescer.offer(event('member-update', 'a'), 2000);
  expect(namesByType(coalescer.flush(3000))).toEqual({ 'member-update': 'a' });
});

test('a reaped member that joins again is reported as joined', () => {
  const coalescer = new MemberCoalescer({ periodMs: 3000, quietMs: 1000 });
  for (const type of ['member-join', 'member-reap', 'member-join'] as const) {
    coalescer.offer(event(type, 'a'), 0);
    expect(namesByType(coalescer.flush(1000))).toEqual({ [type]: 'a' });
  }
});

function event(type: MemberEvent['type'], name: string): MemberEvent {
  const { address, versions } = viewOf(name);
  const member: Member = { name, address, versions, tags: {}, status: 'alive' };
  return { type, members: [member] };
}

function namesByType(events: readonly MemberEvent[]): Readonly<Record<string, string>> {
  return Object.fromEntries(events.map(({ type, members }) => [type, members.map((m) => m.name).join()]));
}
