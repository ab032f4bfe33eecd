import type { StreamId } from '../ids.ts';
import type { Address } from '../wire/address.ts';
import { sameAddress } from '../wire/address.ts';
import type { SwimState } from './state.ts';
import type { StreamFailure } from './types.ts';

/** Names looked into at once, and remembered as decided for a while. More is a flood. */
const checksMax = 256;
/** A name that turned out to be contested is not looked into again for so long. */
const restMs = 5_000;

/** What is known of who is at an address, so far. */
type Finding = 'unknown' | 'there' | 'not-there';

/** One question: is the member of this name at this address? Asked over both transports. */
interface Look {
  readonly at: Address;
  readonly seq: number;
  readonly streamId: StreamId;
  finding: Finding;
}

interface Check {
  /** Where the member was known to be. */
  readonly old: Look;
  /** Where it is said to be now; undefined when that is ourselves. */
  readonly claimed: Look | undefined;
  readonly conclude: (isMoved: boolean) => void;
  isDecided: boolean;
}

const keyPrefix = 'address-check:';

/**
 * Whether the address itself turned us away: nobody listens there, or whoever does has another name.
 * memberlist closes a stream whose ping names somebody else. Source: memberlist net.go handleConn.
 */
export function isDenial({ code }: StreamFailure): boolean {
  return code === 'SEED_REFUSED' || code === 'SEED_CLOSED';
}

/**
 * Decides who owns a name that is announced from a second address. A ping that carries the name asks at the
 * old address, over UDP and over a stream. Whoever has the name answers; a stranger, or a machine on which
 * nobody listens, refuses the stream or closes it. Only such a denial, with silence on UDP and an answer from
 * the new address, moves the name. Silence alone proves nothing: that is what a partition looks like. So a
 * forged message cannot take the name of a member that lives.
 */
export class AddressChecks {
  readonly #byName = new Map<string, Check>();

  /** Looks into it, and tells once whether the name has moved; at once when it was looked into a moment ago. */
  begin(
    state: SwimState,
    name: string,
    where: { readonly old: Address; readonly claimed: Address | undefined },
    conclude: (isMoved: boolean) => void,
  ): void {
    const known = this.#byName.get(name);
    if (known?.isDecided || (known === undefined && this.#byName.size >= checksMax)) conclude(false);
    if (known !== undefined || this.#byName.size >= checksMax) return;
    const old = this.#look(state, name, where.old);
    const claimed = where.claimed === undefined ? undefined : this.#look(state, name, where.claimed);
    this.#byName.set(name, { old, claimed, conclude, isDecided: false });
    state.deadlines.set(`${keyPrefix}${name}`, state.nowMs + state.config.timing.probeTimeoutMs);
  }

  /** An ack over UDP. */
  acked(state: SwimState, seq: number): void {
    this.#found(state, (look) => look.seq === seq, 'there');
  }

  /** What became of a stream ping. A denial is the proof that somebody else, or nobody, listens there. */
  streamEnded(state: SwimState, streamId: StreamId, outcome: 'acked' | 'denied' | 'failed'): void {
    if (outcome === 'failed') return;
    this.#found(state, (look) => look.streamId === streamId, outcome === 'acked' ? 'there' : 'not-there');
  }

  /** Acts on a deadline of ours; false when it is somebody else's. */
  expired(state: SwimState, key: string): boolean {
    if (!key.startsWith(keyPrefix)) return false;
    const name = key.slice(keyPrefix.length);
    const check = this.#byName.get(name);
    if (check === undefined) return true;
    if (check.isDecided) this.#byName.delete(name);
    else {
      const isMoved = check.old.finding === 'not-there' && (check.claimed?.finding ?? 'there') === 'there';
      this.#decide(state, name, check, isMoved);
    }
    return true;
  }

  #look(state: SwimState, name: string, at: Address): Look {
    const { config } = state;
    const seq = state.nextSeq();
    const streamId = state.nextStreamId();
    const replyTo = config.address;
    const ping = { type: 'ping', seq, node: name, replyTo, sourceNode: config.name } as const;
    // Whoever claims to be where we are is not: we would be answering ourselves.
    if (sameAddress(at, config.address)) return { at, seq, streamId, finding: 'not-there' };
    state.sendAlone(at, ping);
    const timeoutMs = config.timing.probeTimeoutMs;
    state.emit({ type: 'stream-ping', streamId, to: at, ping, timeoutMs });
    return { at, seq, streamId, finding: 'unknown' };
  }

  #found(state: SwimState, isIt: (look: Look) => boolean, finding: Finding): void {
    for (const [name, check] of this.#byName) {
      if (check.isDecided) continue;
      for (const look of [check.old, check.claimed]) {
        // An answer is worth more than a denial: a stream may be refused where datagrams pass.
        if (look !== undefined && isIt(look) && look.finding !== 'there') look.finding = finding;
      }
      if (check.old.finding === 'there') this.#decide(state, name, check, false);
    }
  }

  #decide(state: SwimState, name: string, check: Check, isMoved: boolean): void {
    check.isDecided = true;
    if (isMoved) {
      this.#byName.delete(name);
      state.deadlines.clear(`${keyPrefix}${name}`);
    } else state.deadlines.set(`${keyPrefix}${name}`, state.nowMs + restMs);
    check.conclude(isMoved);
  }
}
