import type { StreamId } from '../../ids.ts';
import type { Address } from '../../wire/address.ts';
import { OwnAddressCheck } from './own-address-check.ts';
import type { AnswerAboutUs, OwnReach } from './own-listing.ts';

/** So many probe intervals without a ping are no coincidence: a pool of any size pings each member once an interval on average. */
const silentIntervals = 10;
/** Push/pulls of joins under way whose peer may be asked for a ping. */
const joinsMax = 256;

/** What to do about a claim that we are suspect or dead; `withhold-from-now` when it is the first not to be refuted. */
export type ClaimAnswer = 'refute' | 'withhold-from-now' | 'withhold';

/**
 * Whether other members reach this one at the address that it announces. A wrong address (of another machine, of
 * another network, 127.0.0.1) is not noticed otherwise, because streams that this member opens work. Peers call it
 * failed, and each of its push/pulls brings it back; a refutation would make it alive for some seconds, again and again.
 * So a member that is not reached logs that once, and does not refute until it is reached.
 *
 * - Reached: a ping or a push/pull of another member has arrived. This counts more than anything before it.
 * - Not reached: a check after a join has proved it, or silence has. Silence proves it when a peer claims again that we
 *   are suspect or dead, after a refutation and ten probe intervals without a ping.
 */
export class OwnReachability {
  #verdict: 'unknown' | 'reached' | 'unreached' = 'unknown';
  #check: OwnAddressCheck | undefined;
  /** The peers of push/pulls with which we join. */
  readonly #joins = new Map<StreamId, Address>();
  /** When another member reached us last, or when the first claim came. */
  #silentSinceMs: number | undefined;
  /** Whether a claim was refuted in this silence. */
  #hasRefuted = false;
  /** The highest incarnation of the claims that were not refuted. */
  #withheldIncarnation: number | undefined;

  get verdict(): OwnReach {
    return this.#check === undefined ? this.#verdict : 'checking';
  }

  /** The check under way. */
  get check(): OwnAddressCheck | undefined {
    return this.#check;
  }

  /** The owner joins through this address. */
  joinBegun(streamId: StreamId, to: Address): void {
    if (this.#joins.size < joinsMax) this.#joins.set(streamId, to);
  }

  /**
   * A push/pull has ended. Returns the peer with which to check our address: that of a join, when another member has
   * answered and none has reached us so far.
   */
  joinEnded(streamId: StreamId, from: AnswerAboutUs['from'] | 'no-answer'): Address | undefined {
    const peer = this.#joins.get(streamId);
    this.#joins.delete(streamId);
    const isOpen = this.#check === undefined && this.#verdict !== 'reached';
    return from === 'another' && isOpen ? peer : undefined;
  }

  /** A check begins. `streamId` is the stream to our own address. */
  checkBegun(peer: Address, streamId: StreamId): void {
    this.#check = new OwnAddressCheck(peer, streamId);
  }

  /** The check ends without a ping. True when we are found unreached by it. */
  checkTimedOut(ownHost: string): boolean {
    const isProven = this.#check?.provesUnreached(ownHost) === true;
    this.#check = undefined;
    if (!isProven || this.#verdict === 'unreached') return false;
    this.#verdict = 'unreached';
    return true;
  }

  /** Another member has reached us. Returns the incarnation of the claims that were not refuted, if there are any. */
  reached(nowMs: number): number | undefined {
    const withheldIncarnation = this.#withheldIncarnation;
    this.#verdict = 'reached';
    this.#check = undefined;
    this.#silentSinceMs = nowMs;
    this.#hasRefuted = false;
    this.#withheldIncarnation = undefined;
    return withheldIncarnation;
  }

  /** A peer claims that we are suspect or dead in this incarnation. */
  claimed(incarnation: number, nowMs: number, probeIntervalMs: number): ClaimAnswer {
    const wasUnreached = this.#verdict === 'unreached';
    this.#silentSinceMs ??= nowMs;
    const isSilent = nowMs - this.#silentSinceMs >= silentIntervals * probeIntervalMs;
    if (isSilent && this.#hasRefuted) this.#verdict = 'unreached';
    if (this.#verdict !== 'unreached') {
      this.#hasRefuted = true;
      return 'refute';
    }
    this.#withheldIncarnation = Math.max(this.#withheldIncarnation ?? 0, incarnation);
    return wasUnreached ? 'withhold' : 'withhold-from-now';
  }
}
