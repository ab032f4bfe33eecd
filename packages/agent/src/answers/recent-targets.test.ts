import { expect, test } from 'vitest';
import { RecentTargets } from './recent-targets.ts';

test('a target is known when it is asked for again', () => {
  const recent = new RecentTargets();
  expect([recent.add('/v1/kv/a'), recent.add('/v1/kv/b'), recent.add('/v1/kv/a')]).toEqual([
    false,
    false,
    true,
  ]);
});

test('of a thousand in turn nearly all are known, of fifty thousand nearly none', () => {
  const knownOf = (count: number): number => {
    const recent = new RecentTargets();
    let known = 0;
    for (let round = 0; round < 3; round += 1) {
      known = 0;
      for (let i = 0; i < count; i += 1) known += recent.add(`/v1/kv/key-${i}`) ? 1 : 0;
    }
    return known / count;
  };
  expect(knownOf(1_000)).toBeGreaterThan(0.8);
  expect(knownOf(50_000)).toBeLessThan(0.05);
});
