import type { SeedError } from './errors.ts';
import type {
  EventsOptions,
  GossipEventOf,
  GossipEventType,
  GossipListener,
  ListenOptions,
  OnceOptions,
} from './events.ts';
import type { GossipKeys } from './keys.ts';
import type { Member } from './member.ts';
import type { AdmissionCandidate } from './options.ts';
import type { Query, QueryOptions } from './query.ts';
import type { RequestOptions, RequestResult } from './request.ts';
import type { RetryOptions } from './runtime/retry.ts';
import type { UdpBlockedPeer } from './swim/udp-paths.ts';
import type { Address } from './wire/address.ts';
import type { Coordinate } from './wire/coordinate-codec.ts';

/** What became of each seed of a join. */
export interface JoinResult {
  /**
   * How many addresses of other members answered. 0 when only we ourselves did, as for the first member of a
   * pool whose seeds name all of them: that is no error, but nobody was joined.
   */
  readonly joinedCount: number;
  readonly failures: readonly JoinFailure[];
}

/** A seed that could not be joined through or looked at. */
export interface JoinFailure {
  /** As the caller wrote it. */
  readonly seed: string;
  readonly error: SeedError;
}

/** What a look at a pool showed. */
export interface PoolProbeResult {
  /** The addresses that answered; at least one. */
  readonly answered: readonly Address[];
  /** Everybody they know, once for each that answered; the left and the dead included, with their status. */
  readonly members: readonly AdmissionCandidate[];
  readonly failures: readonly JoinFailure[];
}

/** Counters since the start, and gauges now. All are cheap to read. */
export interface GossipStats {
  readonly membersCount: number;
  readonly failedCount: number;
  readonly leftCount: number;
  /** Lifeguard's local health: 0 is healthy. */
  readonly healthScore: number;
  /** Live members that datagrams do not reach, and which way is blocked as far as can be seen from here. */
  readonly udpBlocked: readonly UdpBlockedPeer[];
  readonly encrypted: boolean;
  readonly memberTime: number;
  readonly eventTime: number;
  readonly queryTime: number;
  readonly swimQueueDepth: number;
  readonly intentQueueDepth: number;
  readonly eventQueueDepth: number;
  readonly queryQueueDepth: number;
  /** Errors of event listeners, thrown or rejected. Each is logged. */
  readonly listenerErrorsCount: number;
  /** Errors of the admission policy. Each is logged, and refused the members that it was about. */
  readonly admissionErrorsCount: number;
  /** Errors of the logger. They become process warnings, at most one a minute. */
  readonly loggerErrorsCount: number;
  /** How often our network coordinate became nonsense and began again at the origin. */
  readonly coordinateResets: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Only with the option `snapshot`. */
  readonly snapshot?: SnapshotStats;
  /** Dropped datagrams and streams by reason (a WireErrorCode or a limit's name). */
  readonly dropped: Readonly<Record<string, number>>;
}

/** How the snapshot does. */
export interface SnapshotStats {
  /** How often the disk failed us; each time the file is written anew within half a minute. */
  readonly errorsCount: number;
  /** Whether we found back to the pool of an earlier life: `none` when nobody was known. */
  readonly rejoin: 'none' | 'under-way' | 'done' | 'failed';
}

/**
 * A running member of a pool. Arguments are checked when the program runs, too: what is of the wrong type, out of range
 * or no option fails with a `GossipTypeError` (GOSSIP_ARGUMENT) before anything is sent.
 */
export interface Gossip extends AsyncDisposable {
  readonly name: string;
  /** Where we listen, with the real port. */
  readonly bindAddress: Address;
  /** What we announce. */
  readonly advertiseAddress: Address;
  /** Every member known, ourselves, the failed and the left included; sorted by name. */
  members(): readonly Member[];
  member(name: string): Member | undefined;
  stats(): GossipStats;
  /**
   * Where a member, by default we, was last known to be in the network. Undefined until we have measured
   * it, when it takes no part, and for everybody when `coordinates` is off.
   */
  coordinate(name?: string): Coordinate | undefined;
  /**
   * The estimated round trip in milliseconds between a member and another, by default us: what `serf rtt`
   * prints. No measurement is made for it. Undefined when either coordinate is.
   */
  rttMs(a: string, b?: string): number | undefined;
  /**
   * Exchanges full state with the seeds, all at once, and announces us. A seed is `[name/]host[:port]`;
   * a host name that has several addresses stands for all of them.
   * It resolves when a member that answered lists this name, at the address that we announce and in this life.
   * @throws GossipError GOSSIP_JOIN_FAILED when no seed answered (cause: AggregateError of SeedError),
   *   GOSSIP_NOT_ADMITTED when those that answered do not list us, GOSSIP_CLOSED.
   */
  join(seeds: readonly string[], options?: JoinOptions): Promise<JoinResult>;
  /**
   * Asks the seeds who is in their pool, without joining: nothing is announced, nothing is merged on either side,
   * and the peers do not learn that we exist. Seeds are written as for `join`.
   * @throws GossipError GOSSIP_JOIN_FAILED when no seed answered (cause: AggregateError of SeedError), GOSSIP_CLOSED.
   */
  probePool(seeds: readonly string[], options?: PoolProbeOptions): Promise<PoolProbeResult>;
  /**
   * Tells the pool that we leave and waits until the news has had time to spread. Idempotent. Resolves
   * also when the pool could not be told in time; `close` still has to be called.
   */
  leave(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /**
   * Moves a failed member to `left`; `prune` erases it at once. A live member refutes it.
   * @throws GossipError GOSSIP_NO_SUCH_MEMBER, GOSSIP_TIMEOUT, GOSSIP_CLOSED.
   */
  forceLeave(
    name: string,
    options?: { readonly prune?: boolean; readonly signal?: AbortSignal },
  ): Promise<void>;
  /**
   * Replaces our tags and waits until the news is out.
   * @throws GossipError GOSSIP_TOO_LARGE, GOSSIP_TIMEOUT, GOSSIP_CLOSED.
   */
  setTags(tags: Readonly<Record<string, string>>, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /**
   * Tells everybody, ourselves included. Spread by gossip: it reaches all who are up within seconds, and those who join
   * later if they ask for old events. `userEvents.order` of the receiver says in which order it is told;
   * `lamportTime` is the order in which events were sent.
   * @throws GossipError GOSSIP_TOO_LARGE above `userEvents.bytesMax` or what a packet can hold, GOSSIP_BUSY while 1,280
   *   others are under way or wait, GOSSIP_CLOSED.
   */
  userEvent(name: string, payload?: Uint8Array, options?: { readonly coalesce?: boolean }): void;
  /**
   * Asks everybody, or those that the options choose, ourselves included. Names that begin with `_serf_` are Serf's
   * own; of these only `_serf_ping`, without payload, may be asked.
   * @throws GossipError GOSSIP_QUERY when it may not be asked like this, GOSSIP_TOO_LARGE above 1,024 bytes encoded or
   *   what a packet can hold, GOSSIP_CLOSED; the signal's reason when it is aborted already.
   */
  query(name: string, payload?: Uint8Array, options?: QueryOptions): Query;
  /**
   * As `query`, and waits for what comes of it: values packed and read by the payload types in the options, and the
   * names of those who did not answer. A time that is over is no error.
   * @throws GossipError and GossipTypeError as `query` does, GOSSIP_PAYLOAD for a payload that `question` refuses,
   *   GOSSIP_CLOSED; the signal's reason when it aborts.
   */
  request<A = Uint8Array, Q = Uint8Array>(
    name: string,
    options?: RequestOptions<Q, A>,
  ): Promise<RequestResult<A>>;
  /** The keys of the whole pool. */
  readonly keys: GossipKeys;
  /**
   * Calls `listener` after every such event, until the returned function is called, the signal aborts or the gossip is
   * closed. The listener may return a promise. An error of it, thrown or rejected, is logged and counted in
   * `stats().listenerErrorsCount`; without a logger it becomes a process warning, at most one a minute.
   * @throws GossipTypeError GOSSIP_ARGUMENT for an event that does not exist, or for anything but a function.
   */
  on<T extends GossipEventType>(type: T, listener: GossipListener<T>, options?: ListenOptions): () => void;
  /**
   * The next event of a type. Of events that come at the same moment later ones may be missed by who waits again:
   * `events` gives every one.
   *
   * Rejects with the signal's reason, with GossipError GOSSIP_CLOSED when the gossip is closed first, and with
   * GossipTypeError GOSSIP_ARGUMENT as `on` throws it. A wait that nobody awaits does not end the process when the
   * gossip is closed.
   */
  once<T extends GossipEventType>(type: T, options?: OnceOptions): Promise<GossipEventOf<T>>;
  /**
   * Events from now on, all or those that the options choose. Of more than 1,024 unread ones the oldest is dropped and
   * counted in `stats().dropped`. Ends when the signal aborts or the gossip is closed.
   * @throws GossipTypeError GOSSIP_ARGUMENT for options that do not exist.
   */
  events<T extends GossipEventType = GossipEventType>(
    options?: EventsOptions<T>,
  ): AsyncIterableIterator<GossipEventOf<T>>;
  /**
   * Settles when the gossip is closed and everything is released, whoever closed it. Never rejects: an error of the
   * release is given to who called `close`.
   */
  readonly closed: Promise<void>;
  /**
   * Lets the process end although the gossip is running: its sockets and timers keep it alive no longer. Own ports
   * take part if they have `unref`. Idempotent; `ref` undoes it.
   */
  unref(): void;
  /** Keeps the process alive while the gossip is running, which is the default. Idempotent. */
  ref(): void;
  /** Frees sockets and timers at once, without telling anyone. Idempotent. */
  close(): Promise<void>;
}

/** How to join. */
export interface JoinOptions {
  /** Gives up the join; the promise then rejects with its reason. Default: none. */
  readonly signal?: AbortSignal;
  /** Bounds each attempt to join. Milliseconds. Default: the stream timeout, at least 10,000 (30,000 on a WAN). */
  readonly timeoutMs?: number;
  /**
   * Try again while no seed answers, those that do not admit us, or only we ourselves answer and nobody has joined us
   * either; names are resolved anew each time. The log tells why each attempt failed. When the attempts are used up,
   * the join ends as the last one did; `signal` and `close` end it at once. `{}` takes the defaults, as Consul's
   * `-retry-join`. Default: one attempt.
   */
  readonly retry?: RetryOptions;
  /** Skip the user events that happened before. Default true. */
  readonly ignoreOldEvents?: boolean;
}

/** How to look at a pool. */
export interface PoolProbeOptions {
  /** Gives up the look; the promise then rejects with its reason. Default: none. */
  readonly signal?: AbortSignal;
  /** Bounds the whole look. Milliseconds. Default: the stream timeout, at least 10,000 (30,000 on a WAN). */
  readonly timeoutMs?: number;
}
