import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idOf } from '../../../test/support/ids.ts';
import { BroadcastQueue, retransmitLimit, transmitLimit } from './broadcast-queue.ts';

const bytes = (length: number, fill = 0): Uint8Array => new Uint8Array(length).fill(fill);
const everything = 1_000_000;

describe('the retransmit limit of memberlist util.go', () => {
  test.each([
    [1, 4],
    [9, 4],
    [10, 8],
    [99, 8],
    [100, 12],
    [999, 12],
  ])('with a multiplier of four a pool of %i sends a message %i times', (members, limit) => {
    expect(retransmitLimit(4, members)).toBe(limit);
  });
});

describe('the limit by which a message is dropped', () => {
  test.each([
    [2, 4],
    [3, 16],
    [10, 16],
    [11, 8],
    [1000, 16],
  ])('is 16 in small pools, and that of memberlist in others: %i members, %i times', (members, limit) => {
    expect(transmitLimit(4, members)).toBe(limit);
  });

  test('does not delay the end of a broadcast with an id', () => {
    const queue = new BroadcastQueue(4);
    queue.enqueue(bytes(10), { broadcastId: idOf(7) });
    const takes = Array.from({ length: 17 }, () => queue.take(2, everything, 5, 255));
    expect(takes.findIndex(({ finished }) => finished.includes(idOf(7)))).toBe(3);
    expect(takes.filter(({ messages }) => messages.length === 1)).toHaveLength(16);
  });
});

describe('the broadcast queue, gossip.md 3.9', () => {
  test('sends a message four times in a pool of two, and then no more', () => {
    const queue = new BroadcastQueue(4);
    queue.enqueue(bytes(10), { broadcastId: idOf(7) });
    const takes = Array.from({ length: 5 }, () => queue.take(2, everything, 2, 255));
    expect(takes.map(({ messages }) => messages.length)).toEqual([1, 1, 1, 1, 0]);
    expect(takes.map(({ finished }) => finished)).toEqual([[], [], [], [7], []]);
    expect(queue.depth).toBe(0);
  });

  test('computes the limit when a message is sent, not when it is queued', () => {
    const queue = new BroadcastQueue(4);
    queue.enqueue(bytes(10));
    for (let i = 0; i < 5; i += 1) queue.take(2, everything, 50, 255);
    expect(queue.depth).toBe(1);
    queue.take(2, everything, 2, 255);
    expect(queue.depth).toBe(0);
  });

  test('sends the least transmitted first, then the longest, then the newest', () => {
    const queue = new BroadcastQueue(4);
    queue.enqueue(bytes(30, 1));
    queue.take(2, everything, 2, 255);
    for (const [length, fill] of [
      [10, 2],
      [20, 3],
      [20, 4],
    ] as const) {
      queue.enqueue(bytes(length, fill));
    }
    const { messages } = queue.take(2, everything, 2, 255);
    expect(messages.map(([fill]) => fill)).toEqual([4, 3, 2, 1]);
  });

  test('fills the room that a long message leaves with shorter ones', () => {
    const queue = new BroadcastQueue(4);
    for (const length of [100, 60, 30]) queue.enqueue(bytes(length));
    const { messages } = queue.take(2, 140, 2, 255);
    expect(messages.map(({ length }) => length)).toEqual([100, 30]);
  });

  test('keeps a message that is larger than every packet until it is pruned', () => {
    const queue = new BroadcastQueue(4);
    queue.enqueue(bytes(2000), { broadcastId: idOf(1) });
    expect(queue.take(2, 1400, 2, 255).messages).toEqual([]);
    expect(queue.prune(0)).toEqual({ droppedCount: 1, finished: [1] });
  });

  test('a named message replaces the one of the same name and finishes its id', () => {
    const queue = new BroadcastQueue(4);
    queue.enqueue(bytes(10, 1), { name: 'a', broadcastId: idOf(1) });
    queue.enqueue(bytes(10, 9), { name: 'b' });
    expect(queue.enqueue(bytes(10, 2), { name: 'a', broadcastId: idOf(2) }).finished).toEqual([1]);
    const { messages } = queue.take(2, everything, 2, 255);
    expect(messages.map(([fill]) => fill)).toEqual([2, 9]);
  });

  test('a name whose message is done or pruned can be used again', () => {
    const queue = new BroadcastQueue(1);
    queue.enqueue(bytes(10), { name: 'a', broadcastId: idOf(1) });
    queue.take(2, everything, 2, 255);
    expect(queue.enqueue(bytes(10), { name: 'a', broadcastId: idOf(2) }).finished).toEqual([]);
    queue.prune(0);
    expect(queue.enqueue(bytes(10), { name: 'a', broadcastId: idOf(3) }).finished).toEqual([]);
    expect(queue.depth).toBe(1);
  });

  test('pruning keeps those that would be sent first', () => {
    const queue = new BroadcastQueue(4);
    for (const length of [10, 30, 20]) queue.enqueue(bytes(length));
    expect(queue.prune(2).droppedCount).toBe(1);
    const { messages } = queue.take(0, everything, 2, 255);
    expect(messages.map(({ length }) => length)).toEqual([30, 20]);
  });

  test('takes what a scan of all messages in order would take', () => {
    const step = fc.record({
      length: fc.integer({ min: 1, max: 40 }),
      takes: fc.integer({ min: 0, max: 2 }),
      limitBytes: fc.integer({ min: 0, max: 90 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const queue = new BroadcastQueue(3);
        const model: { id: number; length: number; transmits: number }[] = [];
        for (const [id, { length, takes, limitBytes }] of steps.entries()) {
          queue.enqueue(bytes(length, id));
          model.push({ id, length, transmits: 0 });
          for (let i = 0; i < takes; i += 1) {
            const order = model.toSorted(
              (a, b) => a.transmits - b.transmits || b.length - a.length || b.id - a.id,
            );
            let left = limitBytes;
            const expected = order.filter((item) => {
              const fits = item.length + 2 <= left && item.transmits < 3;
              if (fits) left -= item.length + 2;
              return fits;
            });
            const { messages } = queue.take(2, limitBytes, 2, 255);
            expect(messages.map(([first]) => first)).toEqual(expected.map((item) => item.id));
            for (const item of expected) item.transmits += 1;
          }
        }
      }),
    );
  });

  test('a take never exceeds its budget or its count, and every message is sent as often as the limit says', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 30 });
    const budget = fc.integer({ min: 303, max: 1400 });
    fc.assert(
      fc.property(sizes, budget, fc.integer({ min: 1, max: 10 }), (lengths, limitBytes, countMax) => {
        const queue = new BroadcastQueue(2);
        for (const [i, length] of lengths.entries()) {
          const message = bytes(length + 2);
          new DataView(message.buffer).setUint16(0, i);
          queue.enqueue(message, { broadcastId: idOf(i) });
        }
        const sentCounts = new Map<number, number>();
        const finished: number[] = [];
        while (queue.depth > 0) {
          const taken = queue.take(2, limitBytes + 4, 5, countMax);
          const cost = taken.messages.reduce((sum, message) => sum + message.length + 2, 0);
          expect(cost).toBeLessThanOrEqual(limitBytes + 4);
          expect(taken.messages.length).toBeLessThanOrEqual(countMax);
          expect(taken.messages.length).toBeGreaterThan(0);
          for (const message of taken.messages) {
            const id = new DataView(message.buffer).getUint16(0);
            sentCounts.set(id, (sentCounts.get(id) ?? 0) + 1);
          }
          finished.push(...taken.finished);
        }
        expect([...sentCounts.values()].every((count) => count === transmitLimit(2, 5))).toBe(true);
        expect(finished.sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
      }),
    );
  });
});
