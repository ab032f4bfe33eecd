import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recentItemsMax, recentTimesMax, seenTimesMax } from './limits.ts';
import { RecentRing } from './recent-ring.ts';

function admit(ring: RecentRing<string>, lamportTime: number, item: string, clockTime = lamportTime + 1) {
  return ring.admit(lamportTime, item, { clockTime, bytes: item.length, isSame: (known) => known === item });
}

describe('the ring of recent items', () => {
  test('recognizes an item of one time, and the same item of another time is new', () => {
    const ring = new RecentRing<string>();
    expect(admit(ring, 5, 'a')).toBe('new');
    expect(admit(ring, 5, 'a')).toBe('seen');
    expect(admit(ring, 5, 'b')).toBe('new');
    expect(admit(ring, 6, 'a')).toBe('new');
    expect(ring.entries().map(({ lamportTime, items }) => [lamportTime, items])).toEqual([
      [5, ['a', 'b']],
      [6, ['a']],
    ]);
  });

  test('an item more than 4,096 times behind the clock is too old', () => {
    const ring = new RecentRing<string>();
    const clockTime = seenTimesMax + 10;
    expect(admit(ring, 9, 'a', clockTime)).toBe('old');
    expect(admit(ring, 10, 'a', clockTime)).toBe('new');
  });

  test('lists the last 512 times, although it remembers more', () => {
    const ring = new RecentRing<string>();
    for (let time = 1; time <= 1000; time += 1) admit(ring, time, 'a');
    expect(ring.entries()).toHaveLength(recentTimesMax);
    expect(ring.entries()[0]?.lamportTime).toBe(489);
    expect(admit(ring, 1, 'a', 1001)).toBe('seen');
  });

  test('ignores items before a given time, which never goes back', () => {
    const ring = new RecentRing<string>();
    ring.ignoreBefore(8);
    ring.ignoreBefore(3);
    expect(admit(ring, 7, 'a')).toBe('ignored');
    expect(admit(ring, 8, 'a')).toBe('new');
  });

  test('when full, forgets the oldest time, and copies of its items are never new', () => {
    const ring = new RecentRing<string>();
    admit(ring, 1, 'first');
    for (let i = 0; i < recentItemsMax; i += 1)
      ring.admit(2, `${i}`, { clockTime: 3, bytes: 1, isSame: () => false });
    expect(admit(ring, 1, 'first', 3)).toBe('old');
    expect(ring.entries().reduce((sum, { items }) => sum + items.length, 0)).toBe(recentItemsMax);
  });

  test('bounds the bytes of its items', () => {
    const ring = new RecentRing<string>();
    for (let time = 1; time <= 9; time += 1) {
      ring.admit(time, 'x', { clockTime: time + 1, bytes: 1024 * 1024, isSame: () => false });
    }
    expect(ring.entries().map(({ lamportTime }) => lamportTime)).toEqual([6, 7, 8, 9]);
  });

  test('admits no item of a time twice, in any order of arrival', () => {
    const arrivals = fc.array(fc.tuple(fc.integer({ min: 1, max: 2000 }), fc.constantFrom('a', 'b', 'c')));
    fc.assert(
      fc.property(arrivals, (sequence) => {
        const ring = new RecentRing<string>();
        const admitted: string[] = [];
        let clockTime = 1;
        for (const [time, item] of sequence) {
          clockTime = Math.max(clockTime, time + 1);
          if (admit(ring, time, item, clockTime) === 'new') admitted.push(`${time} ${item}`);
        }
        expect(admitted).toEqual([...new Set(admitted)]);
      }),
    );
  });
});
