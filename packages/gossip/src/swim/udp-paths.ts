import { BoundedSet } from '../bounded-map.ts';
import { type Address, formatAddress } from '../wire/address.ts';
import { isUp, type SwimMember } from './member-table.ts';
import { beginNamedPushPull } from './named-push-pull.ts';
import { pushPullIntervalMs } from './push-pull.ts';
import { pickRandom } from './random.ts';
import type { SwimState } from './state.ts';

/** Which way datagrams are lost: `outgoing` when theirs arrive here, otherwise at least theirs do not. */
export type UdpDirection = 'outgoing' | 'incoming-or-both';

/** A member that is alive but cannot be reached by datagrams. */
export interface UdpBlockedPeer {
  readonly name: string;
  readonly direction: UdpDirection;
}

/** Rounds in a row, answered in other ways only, after which a path counts as blocked: less may be mere loss. */
const missesUntilBlocked = 3;
/** Rounds in a row, over whatever members, that only streams answered while no datagram came: we are deaf. */
const missesUntilDeaf = 3;
/** How many gossip rounds lie between two exchanges that carry news. */
const roundsPerFallback = 5;
/** Members remembered as warned of while they are down; the oldest is forgotten first. */
const warnedMax = 1024;

interface Path {
  readonly name: string;
  missesCount: number;
  isHeard: boolean;
  isBlocked: boolean;
}

/**
 * Who answers, but not by datagrams. memberlist's TCP ping keeps such members alive and so hides that
 * gossip does not reach them. Here each is told of once when it begins and once when it ends, and news for
 * them travels by exchanges of state, the one carrier of gossip that every peer accepts on a stream.
 */
export class UdpPaths {
  readonly #byAddress = new Map<string, Path>();
  /** Whom was warned of, until datagrams get through again: one that fails and returns is no news. */
  readonly #warned = new BoundedSet<string>(warnedMax);
  #missesWithoutDatagram = 0;
  #pushPullsOwed = 0;
  #nextFallbackAtMs = 0;

  /** Members that are alive and out of reach of datagrams, now. */
  get blocked(): readonly UdpBlockedPeer[] {
    const blocked = Array.from(this.#byAddress.values()).filter((path) => path.isBlocked);
    return blocked.map(({ name, isHeard }) => ({ name, direction: directionOf(isHeard) }));
  }

  /** Whether datagrams to this member, or back, are known to be lost. */
  isBlocked({ address }: SwimMember): boolean {
    return this.#byAddress.size > 0 && this.#byAddress.get(formatAddress(address))?.isBlocked === true;
  }

  /** A datagram came from there. */
  heard(from: Address): void {
    this.#missesWithoutDatagram = 0;
    if (this.#byAddress.size === 0) return;
    const path = this.#byAddress.get(formatAddress(from));
    if (path !== undefined) path.isHeard = true;
  }

  /** A member answered our ping directly. */
  answered(state: SwimState, { name, address }: SwimMember): void {
    if (this.#byAddress.size > 0) this.#byAddress.delete(formatAddress(address));
    if (this.#warned.size === 0 || !this.#warned.delete(name)) return;
    state.note('info', 'datagrams to a member and back get through again', { member: name });
  }

  /** A member is alive, but our datagram was not answered: others, or a stream, had to tell. */
  answeredOtherwise(state: SwimState, { name, address }: SwimMember, by: 'relay' | 'stream'): void {
    if (by === 'stream') this.#missesWithoutDatagram += 1;
    const key = formatAddress(address);
    const path = this.#byAddress.get(key) ?? { name, missesCount: 0, isHeard: false, isBlocked: false };
    this.#byAddress.set(key, path);
    path.missesCount += 1;
    if (path.isBlocked || path.missesCount < missesUntilBlocked) return;
    path.isBlocked = true;
    if (this.#warned.has(name)) return;
    this.#warned.add(name);
    const direction = directionOf(path.isHeard);
    state.note('warn', 'UDP to or from a member is blocked; going on over TCP', { member: name, direction });
  }

  /** The member is down: what was known of the way to it is void. */
  forget({ address }: SwimMember): void {
    if (this.#byAddress.size > 0) this.#byAddress.delete(formatAddress(address));
  }

  /** News was sent to a member by datagram. If it cannot have arrived, it is owed a carrier. */
  updateSent({ table }: SwimState, receiver: SwimMember): void {
    if (this.isLost(receiver)) this.#pushPullsOwed = pushPullsPerUpdate(table.size);
  }

  /**
   * Carries what is owed: an exchange with a member that datagrams do not reach, a few rounds apart. One that is
   * suspected comes first, and again until it is not: it hears of that in no other way, and has to refute in time.
   */
  pushPullFallback(state: SwimState): void {
    const { config, table, nowMs } = state;
    if (
      this.#pushPullsOwed === 0 ||
      nowMs < this.#nextFallbackAtMs ||
      config.disabledExtensions?.has('push-pull-fallback')
    )
      return;
    const suspect = this.#pickLost(state, (member) => member.state === 'suspect');
    const partner = suspect ?? this.#pickLost(state, isUp);
    if (suspect === undefined) this.#pushPullsOwed = partner === undefined ? 0 : this.#pushPullsOwed - 1;
    if (partner === undefined) return;
    this.#nextFallbackAtMs =
      nowMs + pushPullIntervalMs(config.timing.gossipIntervalMs * roundsPerFallback, table.size);
    beginNamedPushPull(state, { name: partner.name, to: partner.address, intent: 'sync' });
  }

  #pickLost(state: SwimState, accept: (member: SwimMember) => boolean): SwimMember | undefined {
    const { table, config, rng } = state;
    const [picked] = pickRandom(
      table.all,
      1,
      rng,
      (member) => accept(member) && member.name !== config.name && this.isLost(member),
    );
    return picked;
  }

  /** Whether a datagram to this member would be in vain as far as we know: its path is blocked, or we hear nobody. */
  isLost(member: SwimMember): boolean {
    return this.#missesWithoutDatagram >= missesUntilDeaf || this.isBlocked(member);
  }
}

/**
 * Exchanges that each member begins for one burst of news. When all of a pool's members do, each with partners at
 * random, a fixed number would leave somebody out in every large enough pool.
 */
function pushPullsPerUpdate(membersCount: number): number {
  return 2 + Math.ceil(Math.log2(membersCount + 1));
}

function directionOf(isHeard: boolean): UdpDirection {
  return isHeard ? 'outgoing' : 'incoming-or-both';
}
