import { listOf, text } from '@hobnob/catalog/records';
import { expect, test } from 'vitest';
import { Turns } from '../async/turns.ts';
import { listJson, valueJson } from './json-body.ts';
import { LargeAnswers } from './large-answers.ts';

const mib = 1024 * 1024;
const options = { bytesMax: mib, isGone: () => false };

test('of many large answers a few are written at a time, and a small one does not wait for them', async () => {
  const large = new LargeAnswers();
  const turns = new Turns();
  const items = Array.from({ length: 20_000 }, () => 'x'.repeat(100));
  const writing = new Set<number>();
  let most = 0;
  function* counted(id: number) {
    let bytes = 0;
    for (const piece of listJson(text, items)('compact')) {
      bytes += piece.length;
      // Beyond what each may write at once.
      if (bytes > mib / 2) most = Math.max(most, writing.add(id).size);
      yield piece;
    }
  }
  const ended: string[] = [];
  const all = Array.from({ length: 30 }, async (_, id) => {
    const { begun, rest } = await large.begin(counted(id), options, turns);
    writing.delete(id);
    ended.push('large');
    expect(begun.length).toBeGreaterThan(mib);
    expect(rest).toBeDefined();
  });
  const small = await large.begin(valueJson(listOf(text), ['a'])('compact'), options, turns);
  expect([small.begun.toString(), ended]).toEqual(['["a"]', []]);
  await Promise.all(all);
  expect(ended).toHaveLength(30);
  expect(most).toBe(8);
});

test('so much is held until it is released', () => {
  const large = new LargeAnswers();
  const releases: (() => void)[] = [];
  const hold = () => large.hold(8 * mib, (release) => releases.push(release));
  expect(Array.from({ length: 9 }, hold)).toEqual([...Array.from({ length: 8 }, () => true), false]);
  releases[0]?.();
  expect(hold()).toBe(true);
});
