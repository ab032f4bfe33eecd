import { BoundedSet } from '../../collections/bounded-map.ts';
import { type Address, formatAddress } from '../../wire/address.ts';

/** Which way datagrams are lost: `outgoing` when theirs arrive here, otherwise at least theirs do not. */
export type UdpDirection = 'outgoing' | 'incoming-or-both';

/** A member that is alive but cannot be reached by datagrams. */
export interface UdpBlockedPeer {
  readonly name: string;
  readonly direction: UdpDirection;
}

/** Probe rounds in a row without a direct ack after which a path counts as blocked: fewer may be mere loss. */
const missesUntilBlocked = 3;
/** Probe rounds in a row, of any members, that only a stream answered and in which no datagram arrived: none arrives here. */
const missesUntilDeaf = 3;
/** Members remembered as logged while they are down; the oldest is dropped first. */
const loggedMax = 1024;

interface Path {
  readonly name: string;
  missesCount: number;
  isReceivedFrom: boolean;
  isBlocked: boolean;
}

/** A member by name and address. */
interface Peer {
  readonly name: string;
  readonly address: Address;
}

/**
 * The members that answer, but not by datagrams. memberlist's TCP ping keeps such members alive and so hides that
 * gossip does not reach them. Here each is logged once when that begins and once when it ends, and updates reach them by
 * push/pulls, the only gossip that every peer accepts on a stream.
 */
export class UdpPaths {
  readonly #byAddress = new Map<string, Path>();
  /** Members that a warning was logged for. One that fails and returns is not logged again until a datagram is acked. */
  readonly #logged = new BoundedSet<string>(loggedMax);
  #missesWithoutDatagram = 0;
  #pushPullsLeft = 0;
  #nextPushPullAtMs = 0;

  /** Members that are alive and out of reach of datagrams, now. */
  get blocked(): readonly UdpBlockedPeer[] {
    const blocked = Array.from(this.#byAddress.values()).filter((path) => path.isBlocked);
    return blocked.map(({ name, isReceivedFrom }) => ({ name, direction: directionOf(isReceivedFrom) }));
  }

  /** Whether datagrams to this member, or back, are known to be lost. */
  isBlocked({ address }: Peer): boolean {
    return this.#byAddress.size > 0 && this.#byAddress.get(formatAddress(address))?.isBlocked === true;
  }

  /** Whether datagrams to this member, or its acks, are lost: its path is blocked, or no datagram arrives here. */
  isLost(member: Peer): boolean {
    return this.#missesWithoutDatagram >= missesUntilDeaf || this.isBlocked(member);
  }

  datagramReceived(from: Address): void {
    this.#missesWithoutDatagram = 0;
    if (this.#byAddress.size === 0) return;
    const path = this.#byAddress.get(formatAddress(from));
    if (path !== undefined) path.isReceivedFrom = true;
  }

  /** A member acked our datagram. True when a warning was logged for it: the path is open again. */
  ackedDirectly({ name, address }: Peer): boolean {
    if (this.#byAddress.size > 0) this.#byAddress.delete(formatAddress(address));
    return this.#logged.size > 0 && this.#logged.delete(name);
  }

  /**
   * A member is alive, but only a helper or a stream brought its ack. Returns which way datagrams are lost when the path
   * becomes blocked and no warning has been logged for the member.
   */
  ackedIndirectly({ name, address }: Peer, by: 'helper' | 'stream'): UdpDirection | undefined {
    if (by === 'stream') this.#missesWithoutDatagram += 1;
    const key = formatAddress(address);
    const path = this.#byAddress.get(key) ?? {
      name,
      missesCount: 0,
      isReceivedFrom: false,
      isBlocked: false,
    };
    this.#byAddress.set(key, path);
    path.missesCount += 1;
    if (path.isBlocked || path.missesCount < missesUntilBlocked) return undefined;
    path.isBlocked = true;
    if (this.#logged.has(name)) return undefined;
    this.#logged.add(name);
    return directionOf(path.isReceivedFrom);
  }

  /** The member is down: what was known of the way to it is void. */
  forget({ address }: Peer): void {
    if (this.#byAddress.size > 0) this.#byAddress.delete(formatAddress(address));
  }

  /** Updates went to a member by datagram. Where that is lost, push/pulls have to take their place. */
  updatesSent(receiver: Peer, membersCount: number): void {
    if (this.isLost(receiver)) this.#pushPullsLeft = pushPullsPerUpdate(membersCount);
  }

  /** Whether a push/pull in place of lost datagrams may begin. */
  isPushPullDue(nowMs: number): boolean {
    return this.#pushPullsLeft > 0 && nowMs >= this.#nextPushPullAtMs;
  }

  /** Such a push/pull begins. One with a suspect is extra and does not count. */
  pushPullBegun({ nextAtMs, isExtra }: { readonly nextAtMs: number; readonly isExtra: boolean }): void {
    this.#nextPushPullAtMs = nextAtMs;
    if (!isExtra) this.#pushPullsLeft -= 1;
  }

  /** No member is left that datagrams do not reach. */
  cancelPushPulls(): void {
    this.#pushPullsLeft = 0;
  }
}

/**
 * How many push/pulls each member begins for one batch of updates. All members of a pool do, each with partners at
 * random, so in a large pool a fixed number would miss some members.
 */
function pushPullsPerUpdate(membersCount: number): number {
  return 2 + Math.ceil(Math.log2(membersCount + 1));
}

function directionOf(isReceivedFrom: boolean): UdpDirection {
  return isReceivedFrom ? 'outgoing' : 'incoming-or-both';
}
