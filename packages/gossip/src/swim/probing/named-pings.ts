import type { StreamId } from '../../ids.ts';
import type { Address } from '../../wire/address.ts';
import type { Ack } from '../../wire/swim-messages.ts';

/** Why a process is pinged by its name, and so what follows when it answers, or when it does not. */
export type NamedPingPurpose =
  /** A suspect, before the verdict. */
  | { readonly kind: 'suspect' }
  /** A member that a peer's push/pull calls suspect or dead, in this incarnation. */
  | { readonly kind: 'push-pull-claim'; readonly incarnation: number }
  /** A lost member: an answer leads to a resync. */
  | { readonly kind: 'reconnect-ping' }
  /** The partner of a push/pull, which begins with the answer. */
  | {
      readonly kind: 'push-pull';
      readonly intent: 'join' | 'sync';
      readonly over: 'datagram' | 'stream';
      /** Begun by Serf's reconnect. */
      readonly isReconnect: boolean;
    };

/** One question: does the process of this name listen at this address? */
export interface NamedPing {
  readonly name: string;
  readonly to: Address;
  readonly purpose: NamedPingPurpose;
}

/**
 * The pings by name under way that are no probes. Only the process of that name answers: memberlist ignores a datagram
 * that names another member, and closes such a stream. Source: memberlist net.go handlePing, handleConn.
 */
export class NamedPings {
  readonly #bySeq = new Map<number, NamedPing>();
  readonly #seqByStreamId = new Map<StreamId, number>();

  /** How many are under way. What a peer can cause has to be bounded by the caller. */
  get size(): number {
    return this.#bySeq.size;
  }

  begin(seq: number, ping: NamedPing, streamId?: StreamId): void {
    this.#bySeq.set(seq, ping);
    if (streamId !== undefined) this.#seqByStreamId.set(streamId, seq);
  }

  /** Removes and returns a ping. */
  end(seq: number): NamedPing | undefined {
    const ping = this.#bySeq.get(seq);
    this.#bySeq.delete(seq);
    return ping;
  }

  /** The sequence number of the ping that this ack on a stream answers. */
  streamAcked(streamId: StreamId, ack: Ack): number | undefined {
    const seq = this.#seqByStreamId.get(streamId);
    this.#seqByStreamId.delete(streamId);
    return seq === ack.seq ? seq : undefined;
  }

  /** The ping whose stream ended without an ack. Its datagram may still be answered. */
  streamFailed(streamId: StreamId): NamedPing | undefined {
    const seq = this.#seqByStreamId.get(streamId);
    this.#seqByStreamId.delete(streamId);
    return seq === undefined ? undefined : this.#bySeq.get(seq);
  }
}
