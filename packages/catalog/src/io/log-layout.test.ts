import { expect, test } from 'vitest';
import { bytesOfEntry, entryOfBytes, keyOfIndex } from './log-layout.ts';

const entry = { index: 300, term: 7, kind: 'command', data: Buffer.from('payload') } as const;

test('an entry is read as it was written', () => {
  const read = entryOfBytes(keyOfIndex(300), bytesOfEntry(entry));
  expect({ ...read, data: Buffer.from(read.data) }).toEqual(entry);
  const empty = { ...entry, kind: 'noop', data: Buffer.alloc(0) } as const;
  expect(entryOfBytes(keyOfIndex(300), bytesOfEntry(empty)).data).toHaveLength(0);
});

test('an entry of which any bit has changed is refused by its index', () => {
  const whole = bytesOfEntry(entry);
  for (let bit = 0; bit < whole.length * 8; bit += 1) {
    const damaged = Buffer.from(whole);
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(() => entryOfBytes(keyOfIndex(300), damaged)).toThrow('entry 300 of the log is damaged');
  }
  expect(() => entryOfBytes(keyOfIndex(300), whole.subarray(0, 5))).toThrow(
    'entry 300 of the log is damaged',
  );
});

test('an entry at the place of another is refused', () => {
  expect(() => entryOfBytes(keyOfIndex(301), bytesOfEntry(entry))).toThrow('entry 301 of the log is damaged');
});
