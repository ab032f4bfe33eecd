import type { StreamId } from '../ids.ts';
import { type Address, formatAddress, isLoopbackHost } from '../wire/address.ts';
import type { OwnReach } from './own-listing.ts';
import type { SwimState } from './state.ts';

/** Questions to a peer. Each may be lost, and so may its ping. */
const questionsMax = 3;
/** Nacks without a single ping that count as proof. */
const nacksMin = 2;
/** So long without a ping is no chance: each member is pinged once a probe interval on average, in a pool of any size. */
const silentIntervals = 10;
/** Join exchanges under way whose peer may be asked. */
const joinsMax = 256;

/** The time between two of them: few milliseconds, so that the answer comes within a join. */
const questionEveryMs = 40;
/** A peer says after its own probe timeout that there was no answer: at least that of the LAN, whatever ours is. */
const nackAfterMsMin = 500;

const checkKey = 'reach-check';

/** Questions about our own address under way to one peer. */
interface Check {
  readonly peer: Address;
  askedCount: number;
  readonly seqs: Set<number>;
  readonly streamId: StreamId;
  nacksCount: number;
  streamFailed: boolean;
}

/**
 * Finds out whether others reach us where we say that we are. A wrong address (of another machine, of another network,
 * 127.0.0.1) is not noticed otherwise: what we begin works. Peers call us failed, and each push/pull of ours brings that back;
 * to refute would make us alive for another few seconds, for ever. So a member that nobody reaches says so once and does
 * not refute until a ping arrives.
 */
export class OwnReachability {
  #verdict: 'unknown' | 'reached' | 'unreached' = 'unknown';
  #check: Check | undefined;
  readonly #joins = new Map<StreamId, Address>();
  /** When a ping came last, or when we began to wait for the first. */
  #pingedAtMs: number | undefined;
  #refutationsCount = 0;
  #withheld: number | undefined;

  get verdict(): OwnReach {
    return this.#check === undefined ? this.#verdict : 'checking';
  }

  /** The owner joins through this address. */
  joining(streamId: StreamId, to: Address): void {
    if (this.#joins.size < joinsMax) this.#joins.set(streamId, to);
  }

  /** An exchange is over; if it was a join that another member answered, that one is asked to ping us. */
  joined(state: SwimState, streamId: StreamId, from: 'another' | 'ourselves' | 'unclear' | 'nobody'): void {
    const peer = this.#joins.get(streamId);
    this.#joins.delete(streamId);
    if (peer === undefined || from !== 'another' || this.#check !== undefined) return;
    if (this.#verdict === 'reached') return;
    this.#check = {
      peer,
      askedCount: 0,
      seqs: new Set(),
      streamId: state.nextStreamId(),
      nacksCount: 0,
      streamFailed: false,
    };
    this.#ask(state, this.#check);
    const { name: node, address: to, timing } = state.config;
    const ping = { type: 'ping', seq: state.nextSeq(), node, sourceNode: node } as const;
    const timeoutMs = timing.probeTimeoutMs;
    state.emit({ type: 'stream-ping', streamId: this.#check.streamId, to, ping, timeoutMs });
  }

  /** Another member has reached us: its ping or its exchange arrived. Gives the accusation that waits to be refuted. */
  reached(state: SwimState): number | undefined {
    this.#check = undefined;
    state.deadlines.clear(checkKey);
    this.#pingedAtMs = state.nowMs;
    this.#refutationsCount = 0;
    if (this.#verdict !== 'reached' && this.#withheld !== undefined) {
      state.note('info', 'others reach this member again', this.#fields(state));
    }
    this.#verdict = 'reached';
    const withheld = this.#withheld;
    this.#withheld = undefined;
    return withheld;
  }

  /** A peer had no answer from the address that we announce. */
  nacked(seq: number): void {
    if (this.#check?.seqs.delete(seq)) this.#check.nacksCount += 1;
  }

  streamFailed(streamId: StreamId): void {
    if (this.#check?.streamId === streamId) this.#check.streamFailed = true;
  }

  /** Whether an accusation is to be refuted. A first one always is, unless a peer has said that we cannot be reached. */
  mayRefute(state: SwimState, accusedIncarnation: number): boolean {
    const { nowMs, config } = state;
    this.#pingedAtMs ??= nowMs;
    const isSilent = nowMs - this.#pingedAtMs >= silentIntervals * config.timing.probeIntervalMs;
    if (this.#refutationsCount > 0 && isSilent) this.#giveUp(state);
    if (this.#verdict !== 'unreached') {
      this.#refutationsCount += 1;
      return true;
    }
    this.#withheld = Math.max(this.#withheld ?? 0, accusedIncarnation);
    return false;
  }

  /** Acts on a deadline of ours; false when it is another's. */
  expired(state: SwimState, key: string): boolean {
    if (key !== checkKey) return false;
    const check = this.#check;
    if (check === undefined) return true;
    if (check.askedCount < questionsMax) {
      this.#ask(state, check);
      return true;
    }
    this.#check = undefined;
    const { host } = state.config.address;
    const isElsewhere = check.streamFailed || (isLoopbackHost(host) && !isLoopbackHost(check.peer.host));
    if (check.nacksCount >= nacksMin && isElsewhere) this.#giveUp(state);
    return true;
  }

  #ask(state: SwimState, check: Check): void {
    const { name: node, address: target, timing } = state.config;
    const seq = state.nextSeq();
    check.seqs.add(seq);
    // Without an address to reply to, the answer comes to where the question came from, not to what we announce.
    state.sendAlone(check.peer, { type: 'indirect-ping', seq, target, node, nack: true });
    check.askedCount += 1;
    const nackAfterMs = Math.max(timing.probeTimeoutMs, nackAfterMsMin);
    const waitMs = check.askedCount < questionsMax ? questionEveryMs : nackAfterMs * 1.1;
    state.deadlines.set(checkKey, state.nowMs + waitMs);
  }

  #giveUp(state: SwimState): void {
    if (this.#verdict === 'unreached') return;
    this.#verdict = 'unreached';
    state.note(
      'warn',
      'nobody reaches this member at the address it announces: others call it failed until they do',
      this.#fields(state),
    );
  }

  #fields(state: SwimState): { readonly address: string } {
    return { address: formatAddress(state.config.address) };
  }
}
