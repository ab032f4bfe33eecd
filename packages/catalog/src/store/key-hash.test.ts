import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyHash, partOf } from './key-hash.ts';

const key = fc.oneof(
  fc.constantFrom('a', 'b', 'c'),
  fc.string({ maxLength: 3 }),
  fc.string({ unit: 'binary', maxLength: 200 }),
);
const change = fc.record({ key, value: fc.nat(), isDeleted: fc.boolean() });

test('a hash answers as a map does, before and after it is split', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), fc.nat({ max: 20 }), (changes, splitAt) => {
      const hash = new KeyHash<number>(splitAt);
      const map = new Map<string, number>();
      for (const { key: changed, value, isDeleted } of changes) {
        if (isDeleted) expect(hash.delete(changed)).toBe(map.delete(changed));
        else {
          hash.set(changed, value);
          map.set(changed, value);
        }
        expect(hash.get(changed)).toBe(map.get(changed));
      }
      for (const { key: asked } of changes) expect(hash.get(asked)).toBe(map.get(asked));
    }),
  );
});

test.each<readonly [string, (at: number) => string]>([
  ['end in a number', (at) => `folder-${at % 100}/key-${at}`],
  ['begin with one', (at) => `${at}/config/of/the/service`],
  ['are long and differ in the middle', (at) => `${'p'.repeat(150)}${at}${'s'.repeat(150)}`],
  ['are UUIDs', (at) => `${(at * 0x9e3779b1).toString(16)}-0000-4000-8000-${at.toString(16)}`],
])('keys that %s come to all parts alike', (_how, keyOf) => {
  const counts = new Map<number, number>();
  const keysCount = 6400;
  for (let at = 0; at < keysCount; at += 1) {
    const part = partOf(keyOf(at));
    counts.set(part, (counts.get(part) ?? 0) + 1);
  }
  expect(Math.max(...counts.values())).toBeLessThan((4 * keysCount) / 64);
});
