import type { StreamId } from '../ids.ts';
import { type Address, sameAddress } from '../wire/address.ts';
import { encodePacketMessage } from '../wire/swim-codec.ts';
import type { Ack, Ping, Suspect } from '../wire/swim-messages.ts';
import type { SwimState } from './state.ts';
import type { StreamFailure } from './types.ts';

/** One question: does the process of this name listen at this address? */
export interface NamedPing {
  readonly name: string;
  readonly to: Address;
  /** A datagram is cheap; a stream also reaches a member whose datagrams are lost. */
  readonly over: 'datagram' | 'stream' | 'both';
  /** How long an answer counts. */
  readonly timeoutMs: number;
  /** Sent ahead of the ping in its datagram, so that the refutation can ride on the ack. */
  readonly accusation?: Suspect;
  readonly onAnswer: () => void;
  /** The time is over. */
  readonly onSilence?: () => void;
  /** The stream ended without an ack, for this reason. A datagram may still be answered. */
  readonly onDenial?: (failure: StreamFailure) => void;
}

const keyPrefix = 'named-ping:';

/**
 * Pings that carry a name and are no probes. Only the process of that name answers: memberlist ignores a datagram
 * that names another member, and closes such a stream. Source: memberlist net.go handlePing, handleConn.
 */
export class NamedPings {
  readonly #bySeq = new Map<number, NamedPing>();
  readonly #seqByStreamId = new Map<StreamId, number>();

  /** How many are under way. Who asks on a peer's behalf has to bound it. */
  get size(): number {
    return this.#bySeq.size;
  }

  ask(state: SwimState, ping: NamedPing): void {
    const { config, deadlines, nowMs } = state;
    const seq = state.nextSeq();
    this.#bySeq.set(seq, ping);
    deadlines.set(`${keyPrefix}${seq}`, nowMs + ping.timeoutMs);
    const { address: replyTo, name: sourceNode } = config;
    const message = { type: 'ping', seq, node: ping.name, replyTo, sourceNode } as const;
    if (ping.over !== 'stream') sendPing(state, ping, message);
    if (ping.over === 'datagram') return;
    const streamId = state.nextStreamId();
    this.#seqByStreamId.set(streamId, seq);
    const { to, timeoutMs } = ping;
    state.emit({ type: 'stream-ping', streamId, to, ping: message, timeoutMs });
  }

  /** An ack over UDP. */
  acked(state: SwimState, seq: number): void {
    this.#end(state, seq)?.onAnswer();
  }

  /** An ack over a stream of ours. */
  streamAcked(state: SwimState, streamId: StreamId, ack: Ack): void {
    const seq = this.#seqByStreamId.get(streamId);
    this.#seqByStreamId.delete(streamId);
    if (seq === ack.seq) this.acked(state, seq);
  }

  /** A stream of ours ended without an ack. */
  streamFailed(streamId: StreamId, failure: StreamFailure): void {
    const seq = this.#seqByStreamId.get(streamId);
    this.#seqByStreamId.delete(streamId);
    if (seq !== undefined) this.#bySeq.get(seq)?.onDenial?.(failure);
  }

  /** Acts on a deadline of ours; false when it is another file's. */
  expired(state: SwimState, key: string): boolean {
    if (!key.startsWith(keyPrefix)) return false;
    this.#end(state, Number(key.slice(keyPrefix.length)))?.onSilence?.();
    return true;
  }

  #end(state: SwimState, seq: number): NamedPing | undefined {
    const ping = this.#bySeq.get(seq);
    if (ping === undefined) return undefined;
    this.#bySeq.delete(seq);
    state.deadlines.clear(`${keyPrefix}${seq}`);
    return ping;
  }
}

/** Nothing of the queue goes with it: whoever listens at the address may belong to another pool by now. */
function sendPing(state: SwimState, { name, to, accusation }: NamedPing, ping: Ping): void {
  const member = state.table.get(name);
  if (accusation === undefined || member === undefined || !sameAddress(member.address, to)) {
    state.sendAlone(to, ping);
    return;
  }
  state.send(member, [encodePacketMessage(accusation), encodePacketMessage(ping)]);
}
