import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SortedChunks } from './sorted-chunks.ts';

const ascending = (a: number, b: number) => a < b;
const few = { min: 0, max: 700 } as const;

function filled(values: Iterable<number>): SortedChunks<number> {
  const chunks = new SortedChunks<number>(ascending);
  for (const value of values) chunks.add(value);
  return chunks;
}

/** All items in order, found one after the other. */
function inOrder(chunks: SortedChunks<number>): readonly number[] {
  const found: number[] = [];
  for (let next = chunks.first(() => true); next !== undefined; ) {
    const last = next;
    found.push(last);
    next = chunks.first((item) => item > last);
  }
  return found;
}

describe('items sorted in chunks', () => {
  test('an empty list has no first item and nothing to delete', () => {
    const chunks = filled([]);
    expect(chunks.first(() => true)).toBeUndefined();
    expect(chunks.delete(1)).toBe(false);
    expect(chunks.truncate(0)).toEqual([]);
  });

  test('whatever is added and deleted, what is left is found in order', () => {
    const change = fc.record({ value: fc.integer(few), isAdded: fc.boolean() });
    const start = fc.uniqueArray(fc.integer(few), { maxLength: 600, size: 'max' });
    fc.assert(
      fc.property(start, fc.array(change, { maxLength: 300, size: 'max' }), (values, changes) => {
        const chunks = filled(values);
        const model = new Set(values);
        for (const { value, isAdded } of changes) {
          if (!isAdded) expect(chunks.delete(value)).toBe(model.delete(value));
          else if (!model.has(value)) {
            chunks.add(value);
            model.add(value);
          }
        }
        expect(chunks.size).toBe(model.size);
        expect(inOrder(chunks)).toEqual([...model].sort((a, b) => a - b));
      }),
    );
  });

  test('truncating keeps the first and gives the rest in order', () => {
    const values = Array.from({ length: 500 }, (_, index) => (index * 7) % 500);
    const chunks = filled(values);
    expect(chunks.truncate(200)).toEqual(Array.from({ length: 300 }, (_, index) => 200 + index));
    expect(inOrder(chunks)).toEqual(Array.from({ length: 200 }, (_, index) => index));
    expect(chunks.size).toBe(200);
  });
});
