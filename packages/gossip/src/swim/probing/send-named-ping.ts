import { sameAddress } from '../../wire/address.ts';
import { encodePacketMessage } from '../../wire/swim-codec.ts';
import type { Ping, Suspect } from '../../wire/swim-messages.ts';
import type { SwimState } from '../state.ts';
import type { NamedPing } from './named-pings.ts';

export interface NamedPingOptions {
  /** A datagram is cheap; a stream also reaches a member whose datagrams are lost. */
  readonly over: 'datagram' | 'stream' | 'both';
  /** How long an answer counts. */
  readonly timeoutMs: number;
  /** Sent ahead of the ping in its datagram, so that the refutation can come with the ack. */
  readonly suspect?: Suspect;
}

/** Pings a process by its name; what follows is up to the ping's purpose. */
export function sendNamedPing(state: SwimState, ping: NamedPing, options: NamedPingOptions): void {
  const { config, deadlines, namedPings, nowMs } = state;
  const { over, timeoutMs, suspect } = options;
  const seq = state.nextSeq();
  const streamId = over === 'datagram' ? undefined : state.nextStreamId();
  namedPings.begin(seq, ping, streamId);
  deadlines.set({ kind: 'named-ping', seq }, nowMs + timeoutMs);
  const { address: replyTo, name: sourceNode } = config;
  const message = { type: 'ping', seq, node: ping.name, replyTo, sourceNode } as const;
  if (over !== 'stream') sendDatagram(state, ping, message, suspect);
  if (streamId !== undefined)
    state.emit({ type: 'stream-ping', streamId, to: ping.to, ping: message, timeoutMs });
}

/** Without gossip: the address may belong to a process of another pool by now. */
function sendDatagram(
  state: SwimState,
  { name, to }: NamedPing,
  ping: Ping,
  suspect: Suspect | undefined,
): void {
  const member = state.table.get(name);
  if (suspect === undefined || member === undefined || !sameAddress(member.address, to)) {
    state.sendAlone(to, ping);
    return;
  }
  state.send(member, [encodePacketMessage(suspect), encodePacketMessage(ping)]);
}
