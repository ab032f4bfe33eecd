import { BoundedMap } from '../bounded-map.ts';
import { type Address, formatAddress, sameAddress } from '../wire/address.ts';
import type { Ping } from '../wire/swim-messages.ts';
import { isUp } from './member-table.ts';
import { beginNamedPushPull } from './named-push-pull.ts';
import { beginPushPull } from './push-pull.ts';
import type { SwimState } from './state.ts';
import type { StreamFailure } from './types.ts';

/** Pings by name under way at once, beyond which no lost member is asked for; each lives one probe timeout. */
const reconnectPingsMax = 256;
/** A lost member is met by an exchange, and by a second one so long after it. */
const resyncDelayMs = 2_000;
/** The least time between two meetings of ours, whoever is met. Bounds what pings can make us do. */
const resyncIntervalMs = 500;
/** Lost members remembered whose address another process has; the oldest is forgotten first. */
const takenMax = 1_024;
/** The share of the usual pings and streams that an address still gets when another process has it. */
const takenShare = 0.1;

const resyncPrefix = 'follow-up:';

/**
 * Finds those that were lost, and lets itself be found. Proof of life from a member that is down or unknown
 * here leads to an exchange of state: a member that answers a ping sent to its name, or that pings us by
 * ours and so counts us in. One exchange is enough for members that both sides have forgotten. Those that
 * one side still holds dead have to announce a new incarnation first: the exchange accuses them, they
 * refute, and a second one carries the refutations across.
 */
export class ReconnectPings {
  /** Where another process answered than the lost member, and the incarnation in which that was lost. */
  readonly #taken = new BoundedMap<string, { readonly at: Address; readonly incarnation: number }>(takenMax);
  #resyncedAtMs = Number.NEGATIVE_INFINITY;

  /** Pings a lost member by its name, so that a stranger at its address does not answer. */
  reconnectPing(state: SwimState, name: string, to: Address): void {
    const { config, namedPings } = state;
    if (config.disabledExtensions?.has('reconnect-pings') || namedPings.size >= reconnectPingsMax) return;
    if (!this.#isWorthAsking(state, name, to)) return;
    namedPings.ask(state, {
      name,
      to,
      over: 'datagram',
      timeoutMs: config.timing.probeTimeoutMs,
      onAnswer: () => {
        if (!this.#mayResync(state, name, to)) return;
        this.#resync(state, name, to);
        beginPushPull(state, state.nextStreamId(), to, 'join');
      },
    });
  }

  /**
   * Serf's reconnect: exchanges state with a failed member. memberlist joins whatever pool has the address by then;
   * here the name is asked for first. An address that another process has is noted once, and asked ten times less often.
   * Source: serf.go reconnect.
   */
  reconnect(state: SwimState, name: string, to: Address): void {
    if (!this.#isWorthAsking(state, name, to)) return;
    const onDenial = (failure: StreamFailure): void => this.#denied(state, name, to, failure);
    beginNamedPushPull(state, { name, to, intent: 'join', onDenial });
  }

  /** Somebody pings us by our name: should we not count it in, one of us has lost the other. */
  pinged(state: SwimState, { node, sourceNode, replyTo }: Ping, from: Address): void {
    const { config } = state;
    if (config.disabledExtensions?.has('reconnect-pings')) return;
    if (node !== config.name || sourceNode === undefined || sourceNode === '' || sourceNode === node) return;
    const known = state.table.get(sourceNode);
    if (known !== undefined && known.state !== 'dead') return;
    const at = known?.address ?? replyTo ?? from;
    if (!this.#mayResync(state, sourceNode, at)) return;
    this.#resync(state, sourceNode, at);
    beginNamedPushPull(state, { name: sourceNode, to: at, intent: 'join' });
  }

  /** Acts on a deadline of ours; false when it is another file's. */
  expired(state: SwimState, key: string): boolean {
    if (!key.startsWith(resyncPrefix)) return false;
    const member = state.table.get(key.slice(resyncPrefix.length));
    // A member that has left meanwhile may have started again on its own: it is not brought back.
    if (member !== undefined && member.state !== 'left' && !state.leaving) {
      beginNamedPushPull(state, { name: member.name, to: member.address, intent: 'join' });
    }
    return true;
  }

  #mayResync({ config, deadlines, leaving, nowMs }: SwimState, name: string, at: Address): boolean {
    if (leaving || !config.allowsHost(at.host) || deadlines.has(`${resyncPrefix}${name}`)) return false;
    return nowMs - this.#resyncedAtMs >= resyncIntervalMs;
  }

  #resync(state: SwimState, name: string, at: Address): void {
    this.#taken.delete(name);
    this.#resyncedAtMs = state.nowMs;
    state.note('info', 'a member that was lost is there', { member: name, address: formatAddress(at) });
    state.deadlines.set(`${resyncPrefix}${name}`, state.nowMs + resyncDelayMs);
  }

  /** Whether the member is lost; and where another process has its address, one time in ten. */
  #isWorthAsking({ config, table, rng }: SwimState, name: string, to: Address): boolean {
    const known = table.get(name);
    if (name === config.name || (known !== undefined && isUp(known))) return false;
    return !this.#isTaken(name, to, known?.incarnation) || rng.next() < takenShare;
  }

  #isTaken(name: string, to: Address, incarnation = 0): boolean {
    const taken = this.#taken.get(name);
    return taken !== undefined && sameAddress(taken.at, to) && incarnation <= taken.incarnation;
  }

  #denied(state: SwimState, name: string, at: Address, { code }: StreamFailure): void {
    // Refused, unreachable or silent: no process listens there. Any other end is the answer of another process.
    const isAnswer = code === 'SEED_CLOSED' || code === 'SEED_REJECTED' || code === 'SEED_DECRYPT';
    const incarnation = state.table.get(name)?.incarnation ?? 0;
    if (!isAnswer || this.#isTaken(name, at, incarnation)) return;
    this.#taken.set(name, { at, incarnation });
    state.note(
      'info',
      'another process has the address of a lost member, which is asked for less often now',
      {
        member: name,
        address: formatAddress(at),
      },
    );
  }
}
