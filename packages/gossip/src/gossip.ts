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
import type { AdmissionCandidate } from './options/options.ts';
import type { Query, QueryOptions } from './query.ts';
import type { RequestOptions, RequestResult } from './request.ts';
import type { RetryOptions } from './runtime/retry.ts';
import type { UdpBlockedPeer } from './swim/reach/udp-paths.ts';
import type { Address } from './wire/address.ts';
import type { Coordinate } from './wire/coordinate-codec.ts';

/** The outcome of a join. */
export interface JoinResult {
  /**
   * How many addresses of other members answered. 0 when only this member itself answered, as for the first member of
   * a pool whose seeds name every member. That is no error.
   */
  readonly joinedCount: number;
  /** The seeds, or single addresses of them, that failed. */
  readonly failures: readonly JoinFailure[];
}

/** A seed that a join or a pool probe could not use. */
export interface JoinFailure {
  /** As the caller wrote it. */
  readonly seed: string;
  readonly error: SeedError;
}

/** The outcome of a pool probe. */
export interface PoolProbeResult {
  /** The addresses that answered; at least one. */
  readonly answered: readonly Address[];
  /** The members that they list, with their status, left and dead ones included; once for each address that answered. */
  readonly members: readonly AdmissionCandidate[];
  /** The seeds, or single addresses of them, that failed. */
  readonly failures: readonly JoinFailure[];
}

/** Counters since the start and gauges of this moment. Reading them is cheap. */
export interface GossipStats {
  /** All members, this one, failed and left ones included. */
  readonly membersCount: number;
  readonly failedCount: number;
  readonly leftCount: number;
  /** Lifeguard's local health multiplier; 0 is healthy. Source: memberlist awareness.go. */
  readonly healthScore: number;
  /** Live members whose datagrams are blocked, and in which direction as far as this member can see. */
  readonly udpBlocked: readonly UdpBlockedPeer[];
  readonly encrypted: boolean;
  /** Lamport time of member intents. */
  readonly memberTime: number;
  /** Lamport time of user events. */
  readonly eventTime: number;
  /** Lamport time of queries. */
  readonly queryTime: number;
  /** Broadcasts of the failure detector that wait to be sent. */
  readonly swimQueueDepth: number;
  /** Join and leave intents that wait to be sent. */
  readonly intentQueueDepth: number;
  /** User events that wait to be sent. */
  readonly eventQueueDepth: number;
  /** Queries that wait to be sent. */
  readonly queryQueueDepth: number;
  /** Errors that event listeners threw or rejected with. Each is logged. */
  readonly listenerErrorsCount: number;
  /** Errors of the admission policy. Each is logged, and its candidates are refused. */
  readonly admissionErrorsCount: number;
  /** Errors of the logger. They become warnings of the process, at most one a minute. */
  readonly loggerErrorsCount: number;
  /** How often this member's coordinate became invalid and was reset to the origin. */
  readonly coordinateResets: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Present only with the option `snapshot`. */
  readonly snapshot?: SnapshotStats;
  /** Dropped datagrams and streams by reason (a WireErrorCode or a limit's name). */
  readonly dropped: Readonly<Record<string, number>>;
}

/** The state of the snapshot. */
export interface SnapshotStats {
  /** Failed writes. After each, the whole file is written again within 30 seconds. */
  readonly errorsCount: number;
  /** Rejoining the pool of the snapshot: `none` when the snapshot lists no other member or seed. */
  readonly rejoin: 'none' | 'in-progress' | 'done' | 'failed';
}

/**
 * A running member of a pool. Arguments are also checked at run time: a wrong type, a value out of range or an unknown
 * option fails with a `GossipTypeError` (GOSSIP_ARGUMENT) before anything is sent.
 */
export interface Gossip extends AsyncDisposable {
  /** This member's name. */
  readonly name: string;
  /** The address that is bound, with the port that the system chose for port 0. */
  readonly bindAddress: Address;
  /** The address that this member announces. */
  readonly advertiseAddress: Address;
  /** All known members sorted by name: this one, failed and left ones included. */
  members(): readonly Member[];
  /** The member of this name; undefined when there is none. */
  member(name: string): Member | undefined;
  stats(): GossipStats;
  /**
   * The network coordinate of a member, by default of this one, as last received. Undefined while none was received and
   * when `coordinates` is off on either side.
   */
  coordinate(name?: string): Coordinate | undefined;
  /**
   * The estimated round trip between two members in milliseconds, as `serf rtt` prints it; `b` is by default this
   * member. Computed from their coordinates, without a measurement. Undefined when either coordinate is.
   */
  rttMs(a: string, b?: string): number | undefined;
  /**
   * Joins the pool of the seeds: makes a push/pull with all of them at once and broadcasts a join intent. A seed is
   * `[name/]host[:port]`; a host name stands for all its addresses. Resolves when a peer lists this member by its name,
   * its advertised address and its present incarnation.
   * @throws GossipError GOSSIP_JOIN_FAILED when no seed answered (cause: AggregateError of SeedError),
   *   GOSSIP_NOT_ADMITTED when no seed that answered lists this member, GOSSIP_CLOSED; the signal's reason when it aborts.
   */
  join(seeds: readonly string[], options?: JoinOptions): Promise<JoinResult>;
  /**
   * Asks the seeds for the members of their pool without joining it. Neither side merges state, and the peers do not
   * learn of this member. Seeds are written as for `join`.
   * @throws GossipError GOSSIP_JOIN_FAILED when no seed answered (cause: AggregateError of SeedError), GOSSIP_CLOSED; the
   *   signal's reason when it aborts.
   */
  probePool(seeds: readonly string[], options?: PoolProbeOptions): Promise<PoolProbeResult>;
  /**
   * Leaves the pool gracefully: broadcasts a leave intent and waits until it had time to spread. Idempotent. Also
   * resolves when the broadcasts did not go out in time. `close` still has to be called.
   * Rejects with the signal's reason when it aborts; the departure goes on.
   */
  leave(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /**
   * Moves a failed member to `left`, as `serf force-leave`; `prune` erases it at once. A live member refutes it.
   * @throws GossipError GOSSIP_NO_SUCH_MEMBER, GOSSIP_TIMEOUT, GOSSIP_CLOSED; the signal's reason when it aborts.
   */
  forceLeave(
    name: string,
    options?: { readonly prune?: boolean; readonly signal?: AbortSignal },
  ): Promise<void>;
  /**
   * Replaces all tags of this member and waits until the change was broadcast.
   * @throws GossipError GOSSIP_TOO_LARGE, GOSSIP_TIMEOUT, GOSSIP_CLOSED; the signal's reason when it aborts.
   */
  setTags(tags: Readonly<Record<string, string>>, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /**
   * Broadcasts a user event to all members, this one included. It reaches all live members within seconds, and members
   * that join later unless they ignore old events. The receiver's `userEvents.order` decides the order of delivery;
   * `lamportTime` gives the order of sending.
   * @throws GossipError GOSSIP_TOO_LARGE above `userEvents.bytesMax` or the room of a packet, GOSSIP_BUSY while 1,280
   *   events wait to be sent, GOSSIP_CLOSED.
   */
  userEvent(name: string, payload?: Uint8Array, options?: { readonly coalesce?: boolean }): void;
  /**
   * Sends a query to all members, this one included, or to those that the options select. Names that begin with `_serf_`
   * are reserved for Serf; of these only `_serf_ping` without a payload is allowed.
   * @throws GossipError GOSSIP_QUERY for a query that is not allowed, GOSSIP_TOO_LARGE above 1,024 bytes encoded or the
   *   room of a packet, GOSSIP_CLOSED; the signal's reason when it is aborted already.
   */
  query(name: string, payload?: Uint8Array, options?: QueryOptions): Query;
  /**
   * Sends a query and collects its responses, with values instead of bytes: the payload types in the options pack the
   * question and read the answers. A timeout is no error.
   * @throws GossipError and GossipTypeError as `query` does, GOSSIP_PAYLOAD for a payload that `question` refuses,
   *   GOSSIP_CLOSED when the gossip is closed; the signal's reason when it aborts.
   */
  request<A = Uint8Array, Q = Uint8Array>(
    name: string,
    options?: RequestOptions<Q, A>,
  ): Promise<RequestResult<A>>;
  /** Lists and rotates the encryption keys of the whole pool. */
  readonly keys: GossipKeys;
  /**
   * Calls `listener` with every event of a type until the returned function is called, the signal aborts or the gossip
   * is closed. The listener may return a promise. An error that it throws or rejects with is logged and counted in
   * `stats().listenerErrorsCount`; without a logger it becomes a warning of the process, at most one a minute.
   * @throws GossipTypeError GOSSIP_ARGUMENT for an unknown event, or a listener that is no function.
   */
  on<T extends GossipEventType>(type: T, listener: GossipListener<T>, options?: ListenOptions): () => void;
  /**
   * The next event of a type. Repeated calls may miss events that are delivered in the same tick; `events` gives every
   * event.
   *
   * Rejects with the signal's reason when it aborts, with GossipError GOSSIP_CLOSED when the gossip is closed, and with
   * GossipTypeError GOSSIP_ARGUMENT as `on` throws it. A rejection that is not handled does not end the process.
   */
  once<T extends GossipEventType>(type: T, options?: OnceOptions): Promise<GossipEventOf<T>>;
  /**
   * Iterates over the events from now on, all or those that the options select. Beyond 1,024 unread events the oldest is
   * dropped and counted in `stats().dropped`. Ends when the signal aborts or the gossip is closed.
   * @throws GossipTypeError GOSSIP_ARGUMENT for wrong options.
   */
  events<T extends GossipEventType = GossipEventType>(
    options?: EventsOptions<T>,
  ): AsyncIterableIterator<GossipEventOf<T>>;
  /**
   * Resolves when the gossip is closed and everything is released. Never rejects: `close` rejects with an error of the
   * release.
   */
  readonly closed: Promise<void>;
  /**
   * Lets the process end while the gossip is running, as `unref` of a Node socket. Custom ports take part if they have
   * `unref`. Idempotent; `ref` undoes it.
   */
  unref(): void;
  /** Keeps the process alive while the gossip is running. The default. Idempotent. */
  ref(): void;
  /** Releases sockets, timers and files at once, without leaving: other members will see this one as failed. Idempotent. */
  close(): Promise<void>;
}

/** Options of a join. */
export interface JoinOptions {
  /** Cancels the join; the promise then rejects with its reason. Default: none. */
  readonly signal?: AbortSignal;
  /** Bounds each attempt to join. Milliseconds. Default: the stream timeout, at least 10,000 (30,000 on a WAN). */
  readonly timeoutMs?: number;
  /**
   * Repeat the join until another member admits this one or has joined it. Host names are resolved again each time. The
   * log names the reason of each failure. When the attempts are used up, the join ends as the last attempt did; `signal`
   * and `close` end it at once. `{}` takes the defaults, as Consul's `-retry-join`. Default: one attempt.
   */
  readonly retry?: RetryOptions;
  /** Do not deliver user events that were sent before the join. Default true. Source: serf serf.go Join ignoreOld. */
  readonly ignoreOldEvents?: boolean;
}

/** Options of a pool probe. */
export interface PoolProbeOptions {
  /** Cancels the probe; the promise then rejects with its reason. Default: none. */
  readonly signal?: AbortSignal;
  /** Bounds the whole probe. Milliseconds. Default: the stream timeout, at least 10,000 (30,000 on a WAN). */
  readonly timeoutMs?: number;
}
