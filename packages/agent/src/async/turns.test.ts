import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

const nextImmediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('everything goes on in the order in which it came, at most 64 in one turn', async () => {
  const turns = new Turns(() => 0);
  const order: number[] = [];
  const turnOf = new Map<number, number>();
  const all = Array.from({ length: 200 }, async (_, i) => {
    await turns.next();
    order.push(i);
    turnOf.set(turns.count, (turnOf.get(turns.count) ?? 0) + 1);
  });
  await Promise.all(all);
  expect(order).toEqual(Array.from({ length: 200 }, (_, i) => i));
  expect([...turnOf.values()]).toEqual([64, 64, 64, 8]);
});

test('a turn ends when its time is used up', async () => {
  let nowMs = 0;
  const turns = new Turns(() => nowMs);
  const turnsUsed = new Set<number>();
  const all = Array.from({ length: 9 }, async () => {
    await turns.next();
    turnsUsed.add(turns.count);
    nowMs += 2;
  });
  await Promise.all(all);
  expect(turnsUsed.size).toBe(3);
});

test('what asks again goes on in a later turn, and other work of the loop passes in between', async () => {
  const turns = new Turns(() => 0);
  const seen: string[] = [];
  const work = async (): Promise<void> => {
    for (let piece = 0; piece < 3; piece += 1) {
      await turns.next();
      seen.push(`piece ${piece} in turn ${turns.count}`);
    }
  };
  await work();
  expect(seen).toEqual(['piece 0 in turn 1', 'piece 1 in turn 2', 'piece 2 in turn 3']);
  await nextImmediate();
  expect(turns.count).toBe(3);
});
