import type { StreamId } from '../../ids.ts';
import { type Address, isLoopbackHost } from '../../wire/address.ts';
import type { AnswerAboutUs, OwnReach } from './own-listing.ts';

/** Indirect pings to a peer. Each may be lost, and so may the peer's ping. */
const requestsMax = 3;
/** So many nacks, without a single ping, prove that the peer does not reach us. */
const nacksMin = 2;
/** So many probe intervals without a ping are no coincidence: a pool of any size pings each member once an interval on average. */
const silentIntervals = 10;
/** Push/pulls of joins under way whose peer may be asked for a ping. */
const joinsMax = 256;

/** A check of our own address, by indirect pings to one peer. */
interface OwnReachCheck {
  readonly peer: Address;
  readonly streamId: StreamId;
  requestsCount: number;
  readonly seqs: Set<number>;
  nacksCount: number;
  streamFailed: boolean;
}

/**
 * Finds out whether other members reach this one at the address that it announces. A wrong address (of another machine,
 * of another network, 127.0.0.1) is not noticed otherwise, because streams that this member opens work. Peers call it
 * failed, and each of its push/pulls brings it back; a refutation would make it alive for some seconds, again and again.
 * So a member that is not reached logs that once, and does not refute until a ping arrives.
 */
export class OwnReachability {
  #verdict: 'unknown' | 'reached' | 'unreached' = 'unknown';
  #check: OwnReachCheck | undefined;
  readonly #joins = new Map<StreamId, Address>();
  /** When a ping came last, or when the wait for the first began. */
  #pingedAtMs: number | undefined;
  #refutationsCount = 0;
  #withheldIncarnation: number | undefined;

  get verdict(): OwnReach {
    return this.#check === undefined ? this.#verdict : 'checking';
  }

  /** The owner joins through this address. */
  joinBegun(streamId: StreamId, to: Address): void {
    if (this.#joins.size < joinsMax) this.#joins.set(streamId, to);
  }

  /** A push/pull has ended. Returns the peer to check our address with, if it was a join that another member answered. */
  joinEnded(streamId: StreamId, from: AnswerAboutUs['from'] | 'no-answer'): Address | undefined {
    const peer = this.#joins.get(streamId);
    this.#joins.delete(streamId);
    return from !== 'another' || this.#check !== undefined || this.#verdict === 'reached' ? undefined : peer;
  }

  /** A check begins. `streamId` is the stream ping to our own address. */
  checkBegun(peer: Address, streamId: StreamId): void {
    this.#check = { peer, streamId, requestsCount: 0, seqs: new Set(), nacksCount: 0, streamFailed: false };
  }

  /** The peer that gets the next indirect ping of the check; undefined when it has had all. */
  get nextRequestTo(): Address | undefined {
    const check = this.#check;
    return check === undefined || check.requestsCount >= requestsMax ? undefined : check.peer;
  }

  /** An indirect ping goes out. */
  requested(seq: number): void {
    this.#check?.seqs.add(seq);
    if (this.#check !== undefined) this.#check.requestsCount += 1;
  }

  /** A peer had no answer from the address that we announce. */
  nacked(seq: number): void {
    if (this.#check?.seqs.delete(seq)) this.#check.nacksCount += 1;
  }

  streamFailed(streamId: StreamId): void {
    if (this.#check?.streamId === streamId) this.#check.streamFailed = true;
  }

  /** The check is over without a ping. True when it proves, for the first time, that we are not reached at `ownHost`. */
  checkTimedOut(ownHost: string): boolean {
    const check = this.#check;
    this.#check = undefined;
    if (check === undefined || check.nacksCount < nacksMin) return false;
    const isElsewhere = check.streamFailed || (isLoopbackHost(ownHost) && !isLoopbackHost(check.peer.host));
    return isElsewhere && this.#becomesUnreached();
  }

  /**
   * Another member has reached us: its ping or its push/pull arrived. Returns the incarnation whose refutation was
   * withheld until now, if one was.
   */
  reached(nowMs: number): number | undefined {
    const withheldIncarnation = this.#withheldIncarnation;
    this.#check = undefined;
    this.#pingedAtMs = nowMs;
    this.#refutationsCount = 0;
    this.#verdict = 'reached';
    this.#withheldIncarnation = undefined;
    return withheldIncarnation;
  }

  /**
   * A peer calls us suspect or dead in this incarnation. Returns whether to refute, and whether we have just been found
   * unreached. The first claim is always refuted, unless a check has proved that we are not reached.
   */
  suspected(
    incarnation: number,
    nowMs: number,
    probeIntervalMs: number,
  ): { readonly mayRefute: boolean; readonly isUnreachedNow: boolean } {
    this.#pingedAtMs ??= nowMs;
    const isSilent = nowMs - this.#pingedAtMs >= silentIntervals * probeIntervalMs;
    const isUnreachedNow = this.#refutationsCount > 0 && isSilent && this.#becomesUnreached();
    const mayRefute = this.#verdict !== 'unreached';
    if (mayRefute) this.#refutationsCount += 1;
    else this.#withheldIncarnation = Math.max(this.#withheldIncarnation ?? 0, incarnation);
    return { mayRefute, isUnreachedNow };
  }

  #becomesUnreached(): boolean {
    const isNew = this.#verdict !== 'unreached';
    this.#verdict = 'unreached';
    return isNew;
  }
}
