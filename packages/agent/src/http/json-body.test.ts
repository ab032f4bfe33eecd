import { listOf, record, text } from '@hobnob/catalog/records';
import { expect, test } from 'vitest';
import { Turns } from '../async/turns.ts';
import { beginJson, ClientGone, listJson, streamJson, valueJson } from './json-body.ts';

const Item = record('Item', { Name: text });
const items = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ Name: `${i} ${'x'.repeat(100)}` }));

const upTo = (bytesMax: number) => ({ bytesMax, isGone: () => false });

test('a short list is there as a whole, in both layouts', async () => {
  const turns = new Turns();
  for (const layout of ['compact', 'pretty'] as const) {
    const { begun, rest } = await beginJson(listJson(Item, items(3))(layout), upTo(1_000), turns);
    expect(rest).toBeUndefined();
    expect(JSON.parse(begun.toString())).toEqual(items(3));
    expect(begun.toString().endsWith('\n')).toBe(layout === 'pretty');
  }
  expect(turns.count).toBe(0);
});

test('a long list is begun up to the limit, and the rest is written when it is read, in turns', async () => {
  const turns = new Turns();
  const begun = await beginJson(listJson(Item, items(5_000))('compact'), upTo(100_000), turns);
  expect(begun.begun.length).toBeGreaterThan(100_000);
  expect(begun.begun.length).toBeLessThan(120_000);
  const turnsBefore = turns.count;
  const pieces: Buffer[] = [];
  for await (const piece of streamJson(begun, turns)) pieces.push(piece);
  expect(JSON.parse(Buffer.concat(pieces).toString())).toEqual(items(5_000));
  expect(turns.count - turnsBefore).toBeGreaterThan(30);
});

test('a value is one piece', async () => {
  const { begun } = await beginJson(
    valueJson(listOf(text), ['a', '<b>'])('compact'),
    upTo(1_000),
    new Turns(),
  );
  expect(begun.toString()).toBe('["a","\\u003cb\\u003e"]');
});

test('nothing more is written when nobody is left who reads it', async () => {
  const turns = new Turns();
  let written = 0;
  function* counted() {
    for (const piece of listJson(Item, items(5_000))('compact')) {
      written += 1;
      yield piece;
    }
  }
  const isGone = () => written >= 3;
  await expect(beginJson(counted(), { bytesMax: 1_000_000, isGone }, turns)).rejects.toThrow(ClientGone);
  expect(written).toBe(3);
});
