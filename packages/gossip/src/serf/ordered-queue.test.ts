import { describe, expect, test } from 'vitest';
import type { PacketMessage } from '../wire/swim-messages.ts';
import { inOrderOfSending, OrderedQueue } from './ordered-queue.ts';

const message = (fill: number, length = 10): Uint8Array => new Uint8Array(length).fill(fill);
const fillsOf = (messages: readonly Uint8Array[]) => messages.map(([fill]) => fill);

function queueOf(...lengths: readonly number[]): OrderedQueue {
  const queue = new OrderedQueue(4);
  for (const [i, length] of lengths.entries())
    queue.enqueue(message(i + 1, length), { lamportTime: i + 1, isOwn: true });
  return queue;
}

describe('a queue that keeps the order of sending', () => {
  test('sends a burst from its beginning, the newest of a packet first', () => {
    const queue = queueOf(10, 20, 10, 10, 20);
    expect(fillsOf(queue.take(3, 13 + 23 + 13, 2, 255))).toEqual([3, 2, 1]);
    expect(fillsOf(queue.take(3, 13 + 23, 2, 255))).toEqual([5, 4]);
  });

  test('takes the message with the fewest transmits first, whatever its time', () => {
    const queue = queueOf(10);
    queue.take(3, 100, 2, 255);
    queue.enqueue(message(9), { lamportTime: 9 });
    expect(fillsOf(queue.take(3, 13, 2, 255))).toEqual([9]);
  });

  test('skips a message that does not fit for one that does', () => {
    const queue = queueOf(10, 60, 10);
    expect(fillsOf(queue.take(3, 40, 2, 255))).toEqual([3, 1]);
    expect(fillsOf(queue.take(3, 63, 2, 255))).toEqual([2]);
  });

  test('counts own messages below the retransmit limit, and those never sent', () => {
    const queue = queueOf(10, 10);
    queue.take(3, 13, 2, 255);
    expect([queue.ownCount, queue.unsentCount]).toEqual([2, 1]);
    for (let i = 0; i < 8; i += 1) queue.take(3, 13, 2, 255);
    expect([queue.depth, queue.ownCount, queue.unsentCount]).toEqual([0, 0, 0]);
  });

  test('counts the bytes of its messages', () => {
    const queue = queueOf(10, 60, 10);
    expect(queue.bytesCount).toBe(80);
    queue.prune(2);
    expect(queue.bytesCount).toBe(70);
    for (let i = 0; i < 4; i += 1) queue.take(3, 100, 2, 255);
    expect(queue.bytesCount).toBe(0);
  });

  test('when cut, drops the messages with the most transmits, then the oldest', () => {
    const queue = queueOf(10, 10, 10, 10);
    queue.take(3, 13, 2, 255);
    expect(queue.prune(2)).toBe(2);
    expect(fillsOf(queue.take(3, 100, 2, 255))).toEqual([4, 3]);
    expect(queue.prune(5)).toBe(0);
    expect(queue.ownCount).toBe(2);
  });
});

const user = (fill: number): PacketMessage => ({ type: 'user', payload: Uint8Array.of(fill) });
const nack: PacketMessage = { type: 'nack', seq: 7 };

test("Serf's messages of a packet are handled from the last to the first, all others at their place", () => {
  expect(inOrderOfSending([user(3), nack, user(2), user(1)])).toEqual([user(1), nack, user(2), user(3)]);
});

test('a packet with one of them keeps its order', () => {
  const messages = [nack, user(1)];
  expect(inOrderOfSending(messages)).toBe(messages);
});
