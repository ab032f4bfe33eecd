import { expect, test } from 'vitest';
import type { PacketMessage } from '../wire/swim-messages.ts';
import { inOrderOfSending } from './packet-order.ts';

const user = (fill: number): PacketMessage => ({ type: 'user', payload: Uint8Array.of(fill) });
const nack: PacketMessage = { type: 'nack', seq: 7 };

test("Serf's messages of a packet are handled from the last to the first, all others where they stand", () => {
  expect(inOrderOfSending([user(3), nack, user(2), user(1)])).toEqual([user(1), nack, user(2), user(3)]);
});

test('a packet with one of them is left alone', () => {
  const messages = [nack, user(1)];
  expect(inOrderOfSending(messages)).toBe(messages);
});
