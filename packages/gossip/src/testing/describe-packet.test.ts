import { expect, test } from 'vitest';
import { sealPacket } from '../wire/packet.ts';
import { encodeSerfMessage } from '../wire/serf-codec.ts';
import { encodePacketMessage, encodeUserMessage } from '../wire/swim-codec.ts';
import type { PacketMessage } from '../wire/swim-messages.ts';
import { describePacket } from './describe-packet.ts';

const open = {
  compression: true,
  crc: true,
  verifyOutgoing: false,
  label: '',
  nonce: () => new Uint8Array(12),
};
const described = (...messages: readonly PacketMessage[]): string =>
  describePacket(sealPacket(messages.map(encodePacketMessage), open));

test('names each message of a packet and its subject', () => {
  expect(
    described(
      { type: 'ping', seq: 7, node: 'm3' },
      { type: 'suspect', incarnation: 2, node: 'm5', from: 'm1' },
      { type: 'dead', incarnation: 2, node: 'm5', from: 'm2' },
    ),
  ).toBe('[ping m3 #7, suspect m5 inc 2 by m1, dead m5 inc 2 by m2]');
  const target = { host: '10.0.0.1', port: 7946 };
  expect(described({ type: 'indirect-ping', seq: 8, target, node: 'm4', nack: true })).toBe(
    '[indirect-ping m4 #8]',
  );
  expect(described({ type: 'nack', seq: 8 })).toBe('[nack #8]');
});

test('names the type of a Serf message, and calls any other user message user', () => {
  const leave = encodeSerfMessage({ type: 'leave-intent', lamportTime: 3, node: 'm1', prune: false });
  const packet = sealPacket([encodeUserMessage(leave), encodeUserMessage(Uint8Array.of(250))], open);
  expect(describePacket(packet)).toBe('[serf leave-intent, user]');
});

test('calls an encrypted or malformed packet sealed', () => {
  const label = { ...open, label: 'other-pool' };
  expect(describePacket(sealPacket([encodePacketMessage({ type: 'nack', seq: 1 })], label))).toBe('[sealed]');
  expect(describePacket(Uint8Array.of(99, 1, 2, 3))).toBe('[sealed]');
});
