import type { PacketMessage } from '../wire/swim-messages.ts';

/**
 * The messages of a packet in the order in which they are to be handled: Serf's own from the last to the first. Senders
 * write the newest first, and memberlist handles what waits from its end, so that a burst comes out in the order of
 * firing (gossip.md 8.11). Everything else keeps its place.
 */
export function inOrderOfSending(messages: readonly PacketMessage[]): readonly PacketMessage[] {
  const users = messages.filter(({ type }) => type === 'user');
  if (users.length < 2) return messages;
  return messages.map((message) => (message.type === 'user' ? (users.pop() ?? message) : message));
}
