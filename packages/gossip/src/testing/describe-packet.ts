import { WireError } from '../errors.ts';
import { openPacket } from '../wire/packet.ts';
import { decodeSerfMessage } from '../wire/serf-codec.ts';
import type { PacketMessage } from '../wire/swim-messages.ts';

/**
 * The messages of a datagram as text: `[ping m3 #7, alive m4 inc 2]`. A datagram that cannot be opened without key and
 * label is `[sealed]`.
 */
export function describePacket(packet: Uint8Array): string {
  try {
    const { messages } = openPacket(packet, { verifyIncoming: false, label: '' });
    return `[${messages.map(describeMessage).join(', ')}]`;
  } catch (error) {
    if (error instanceof WireError) return '[sealed]';
    throw error;
  }
}

function describeMessage(message: PacketMessage): string {
  switch (message.type) {
    case 'ping':
    case 'indirect-ping':
      return `${message.type} ${message.node} #${message.seq}`;
    case 'ack':
    case 'nack':
      return `${message.type} #${message.seq}`;
    case 'alive':
      return `alive ${message.node} inc ${message.incarnation}`;
    case 'suspect':
    case 'dead':
      return `${message.type} ${message.node} inc ${message.incarnation} by ${message.from}`;
    case 'user':
      return describeSerf(message.payload);
  }
}

/** A user message of memberlist need not be a Serf message. */
function describeSerf(payload: Uint8Array): string {
  try {
    return `serf ${decodeSerfMessage(payload).type}`;
  } catch (error) {
    if (error instanceof WireError) return 'user';
    throw error;
  }
}
