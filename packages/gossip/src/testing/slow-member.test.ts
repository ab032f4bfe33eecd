import { expect, test } from 'vitest';
import { seededRng } from './seeded-rng.ts';
import { slowMember } from './slow-member.ts';
import { VirtualClock } from './virtual-clock.ts';

const slow = { host: '10.0.0.1', port: 7946 };
const other = { host: '10.0.0.2', port: 7946 };
const rng = seededRng(1);

function verdictAt(nowMs: number, from = other, to = slow) {
  const clock = new VirtualClock();
  const rule = slowMember({ clock, host: slow.host, durationMs: 300, intervalMs: 700, startMs: 1000 });
  clock.runUntil(nowMs);
  return rule({ kind: 'packet', from, to, bytesCount: 1 }, rng);
}

test('what a slow member sends or receives waits for the end of the anomaly', () => {
  expect(verdictAt(1000)).toEqual({ type: 'deliver-after', delayMs: 300 });
  expect(verdictAt(1250, slow, other)).toEqual({ type: 'deliver-after', delayMs: 50 });
  expect(verdictAt(2100)).toEqual({ type: 'deliver-after', delayMs: 200 });
});

test('nothing waits before the first anomaly, between two of them, and between other members', () => {
  expect(verdictAt(999)).toEqual({ type: 'pass' });
  expect(verdictAt(1300)).toEqual({ type: 'pass' });
  expect(verdictAt(1100, other, other)).toEqual({ type: 'pass' });
});

test('an anomaly has a duration', () => {
  const clock = new VirtualClock();
  expect(() => slowMember({ clock, host: slow.host, durationMs: 0, intervalMs: 1 })).toThrow(RangeError);
});
