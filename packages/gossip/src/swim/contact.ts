import { type Address, formatAddress } from '../wire/address.ts';
import type { Ping } from '../wire/swim-messages.ts';
import { isUp } from './member-table.ts';
import { beginExchange } from './push-pull.ts';
import type { SwimState } from './state.ts';

/** Pings to lost members under way at once; each lives one probe timeout. */
const seeksMax = 256;
/** A lost member is met by an exchange, and by a second one so long after it. */
const followUpMs = 2_000;
/** The least time between two meetings of ours, whoever is met. Bounds what pings can make us do. */
const meetingIntervalMs = 500;

const seekPrefix = 'seek:';
const followUpPrefix = 'follow-up:';

/**
 * Finds those that were lost, and lets itself be found. Proof of life from a member that is down or unknown
 * here leads to an exchange of state: a member that answers a ping sent to its name, or that pings us by
 * ours and so counts us in. One exchange is enough for members that both sides have forgotten. Those that
 * one side still holds dead have to announce a new incarnation first: the exchange accuses them, they
 * refute, and a second one carries the refutations across.
 */
export class Contacts {
  readonly #seeks = new Map<number, { readonly name: string; readonly to: Address }>();
  #metAtMs = Number.NEGATIVE_INFINITY;

  /** Pings a lost member by its name, so that a stranger at its address does not answer. */
  seek(state: SwimState, name: string, to: Address): void {
    const { config } = state;
    const known = state.table.get(name);
    if (config.without?.has('seeking')) return;
    if (this.#seeks.size >= seeksMax || name === config.name || (known !== undefined && isUp(known))) return;
    const seq = state.nextSeq();
    this.#seeks.set(seq, { name, to });
    state.deadlines.set(`${seekPrefix}${seq}`, state.nowMs + config.timing.probeTimeoutMs);
    const replyTo = config.address;
    state.sendAlone(to, { type: 'ping', seq, node: name, replyTo, sourceNode: config.name });
  }

  /** A lost member answered. */
  acked(state: SwimState, seq: number): void {
    const sought = this.#seeks.get(seq);
    if (sought === undefined) return;
    this.#seeks.delete(seq);
    state.deadlines.clear(`${seekPrefix}${seq}`);
    this.#meet(state, sought.name, sought.to);
  }

  /** Somebody pings us by our name: should we not count it in, one of us has lost the other. */
  pinged(state: SwimState, { node, sourceNode, replyTo }: Ping, from: Address): void {
    const { config } = state;
    if (config.without?.has('seeking')) return;
    if (node !== config.name || sourceNode === undefined || sourceNode === '' || sourceNode === node) return;
    const known = state.table.get(sourceNode);
    if (known !== undefined && known.state !== 'dead') return;
    this.#meet(state, sourceNode, known?.address ?? replyTo ?? from);
  }

  /** Acts on a deadline of ours; false when it is somebody else's. */
  expired(state: SwimState, key: string): boolean {
    if (key.startsWith(seekPrefix)) {
      this.#seeks.delete(Number(key.slice(seekPrefix.length)));
      return true;
    }
    if (!key.startsWith(followUpPrefix)) return false;
    const member = state.table.get(key.slice(followUpPrefix.length));
    if (member !== undefined && !state.leaving) {
      beginExchange(state, state.nextExchange(), member.address, 'join');
    }
    return true;
  }

  #meet(state: SwimState, name: string, at: Address): void {
    const { config, nowMs, deadlines } = state;
    const followUp = `${followUpPrefix}${name}`;
    if (state.leaving || !config.allowsHost(at.host) || deadlines.has(followUp)) return;
    if (nowMs - this.#metAtMs < meetingIntervalMs) return;
    this.#metAtMs = nowMs;
    state.note('info', 'a member that was lost is there', { member: name, address: formatAddress(at) });
    beginExchange(state, state.nextExchange(), at, 'join');
    deadlines.set(followUp, nowMs + followUpMs);
  }
}
