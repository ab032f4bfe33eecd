import { listOf, record, text } from '@hobnob/catalog/records';
import { expect, test } from 'vitest';
import { Turns } from '../answers/turns.ts';
import { beginJson, listJson, streamJson, valueJson } from './json-body.ts';

const Item = record('Item', { Name: text });
const items = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ Name: `${i} ${'x'.repeat(100)}` }));

test('a short list is there as a whole, in both layouts', async () => {
  const turns = new Turns();
  for (const layout of ['compact', 'pretty'] as const) {
    const { begun, rest } = await beginJson(listJson(Item, items(3))(layout), 1_000, turns);
    expect(rest).toBeUndefined();
    expect(JSON.parse(begun.toString())).toEqual(items(3));
    expect(begun.toString().endsWith('\n')).toBe(layout === 'pretty');
  }
  expect(turns.count).toBe(0);
});

test('a long list is begun up to the limit, and the rest is written when it is read, in turns', async () => {
  const turns = new Turns();
  const begun = await beginJson(listJson(Item, items(5_000))('compact'), 100_000, turns);
  expect(begun.begun.length).toBeGreaterThan(100_000);
  expect(begun.begun.length).toBeLessThan(120_000);
  const turnsBefore = turns.count;
  const pieces: Buffer[] = [];
  for await (const piece of streamJson(begun, turns)) pieces.push(piece);
  expect(JSON.parse(Buffer.concat(pieces).toString())).toEqual(items(5_000));
  expect(turns.count - turnsBefore).toBeGreaterThan(30);
});

test('a value is one piece', async () => {
  const { begun } = await beginJson(valueJson(listOf(text), ['a', '<b>'])('compact'), 1_000, new Turns());
  expect(begun.toString()).toBe('["a","\\u003cb\\u003e"]');
});
