import type { StreamId } from '../../ids.ts';
import { type Address, isLoopbackHost } from '../../wire/address.ts';

/** Indirect pings to a peer. Each may be lost, and so may the peer's ping. */
const requestsMax = 3;
/** So many nacks, without a single ping, prove that the peer does not reach us. */
const nacksMin = 2;

/**
 * One check of the address that this member announces: a peer is asked to ping it, and a stream of our own is opened to
 * it. A ping that arrives ends the check; what is counted here counts if none does.
 */
export class OwnAddressCheck {
  readonly #peer: Address;
  readonly #streamId: StreamId;
  /** Of the indirect pings that the peer has not answered. */
  readonly #openSeqs = new Set<number>();
  #requestsCount = 0;
  #nacksCount = 0;
  #hasStreamFailed = false;

  /** `streamId` is the stream to our own address. */
  constructor(peer: Address, streamId: StreamId) {
    this.#peer = peer;
    this.#streamId = streamId;
  }

  /** The peer that gets the next indirect ping; undefined when it has had all. */
  get nextRequestTo(): Address | undefined {
    return this.#requestsCount < requestsMax ? this.#peer : undefined;
  }

  /** An indirect ping goes out. */
  requested(seq: number): void {
    this.#openSeqs.add(seq);
    this.#requestsCount += 1;
  }

  /** The peer had no answer from the address. */
  nacked(seq: number): void {
    if (this.#openSeqs.delete(seq)) this.#nacksCount += 1;
  }

  /** A stream has failed, perhaps that of this check. */
  streamFailed(streamId: StreamId): void {
    if (streamId === this.#streamId) this.#hasStreamFailed = true;
  }

  /**
   * Whether others do not reach us at `ownHost`, now that no ping has come. Nacks alone prove nothing: the peer's
   * datagrams may be blocked. Our own stream must fail too, or the address be one that means the peer itself.
   */
  provesUnreached(ownHost: string): boolean {
    const meansPeer = isLoopbackHost(ownHost) && !isLoopbackHost(this.#peer.host);
    return this.#nacksCount >= nacksMin && (this.#hasStreamFailed || meansPeer);
  }
}
