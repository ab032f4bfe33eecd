import type { GossipEvent } from '../events.ts';
import type { Gossip } from '../gossip.ts';
import type { MemberStatus } from '../member.ts';
import type { GossipOptions } from '../options/options.ts';
import type { Address } from '../wire/address.ts';
import type { Link, Rule } from './fault-rules.ts';
import type { Replay } from './replay.ts';
import type { SimNetwork } from './sim-network.ts';
import type { VirtualClock } from './virtual-clock.ts';

/**
 * The options of `createGossip` but for those that the simulator sets. `snapshot.path` names a file on the member's own
 * simulated disk, which outlives the member.
 */
export type MemberOptions = Omit<GossipOptions, 'name' | 'bind' | 'ports'>;

/** The options of a test cluster; all but `nodes` and `seed` have a default. */
export interface TestClusterOptions {
  /** The number of members, which are named m1, m2, ...; or their names. */
  readonly nodes: number | readonly string[];
  /** A safe integer. The same seed repeats a run exactly. */
  readonly seed: number;
  /** The latency of every transfer, before faults add to it. Default 1. */
  readonly latencyMs?: number;
  /** The options of all members, or a function that returns those of one member by its name. */
  readonly gossip?: MemberOptions | ((name: string) => MemberOptions);
  /**
   * `joining`: all members join through the first one, at a cost that grows with the square of the pool's size.
   * `joined`: all members know each other from the start; for pools of hundreds. Default `joining`.
   */
  readonly start?: 'joining' | 'joined';
  /** Called with every line of the history as it happens, and with every transfer; slow. Default: no trace. */
  readonly trace?: (line: string) => void;
}

/** An event as one member of a pool emitted it. */
export interface PoolEvent {
  readonly atMs: number;
  /** The name of the member that emitted it. */
  readonly observer: string;
  /** The instance of that member; a restart creates another. */
  readonly gossip: Gossip;
  readonly event: GossipEvent;
}

/** How a member starts again. */
export interface RestartOptions {
  /** Its host from now on. Required for a new name. Default: the host that it had. */
  readonly host?: string;
  /** Options of this instance that override those of the pool. */
  readonly gossip?: MemberOptions;
}

/** A pool in one process and in virtual time. */
export interface TestCluster extends AsyncDisposable {
  readonly seed: number;
  /** The members that the pool started with. */
  readonly names: readonly string[];
  /** The names of the running members, in the order in which they were started. */
  readonly running: readonly string[];
  readonly clock: VirtualClock;
  readonly network: SimNetwork;
  /** The running member of that name. @throws RangeError when there is none. */
  gossip(name: string): Gossip;
  /** The address at which a member listens, or last listened. @throws RangeError for a name that never was in the pool. */
  addressOf(name: string): Address;
  /**
   * Lets virtual time pass. Continuations of promises that the pool resolves meanwhile run within 10 ms of virtual
   * time, and at once during a call of `settle`.
   * @throws RangeError unless 0 <= durationMs < Infinity; the error of a rule or of an event listener that threw.
   */
  advance(durationMs: number): Promise<void>;
  /**
   * Lets virtual time pass until the condition holds, which is checked at once and then every 100 ms.
   * @throws Error naming seed and time when it does not hold within `withinMs`.
   */
  advanceUntil(condition: () => boolean, withinMs: number): Promise<void>;
  /**
   * Lets virtual time pass until the promise is settled, and returns its outcome.
   * @throws Error naming seed and time when it is not settled within `withinMs`, by default a minute.
   */
  settle<T>(work: Promise<T>, withinMs?: number): Promise<T>;
  /** The status of a member as another sees it; undefined when unknown. @throws RangeError unless the observer runs. */
  statusSeenBy(observer: string, subject: string): MemberStatus | undefined;
  /** The incarnation of a member as another, or itself, knows it; undefined when the observer does not know the member. */
  incarnationSeenBy(observer: string, subject: string): number | undefined;
  /** Whether every running member lists all running members, and no others, as alive. */
  isConverged(): boolean;
  /**
   * Adds a fault, in one direction only with a link; returns the function that removes it.
   * @throws RangeError for a name that never was in the pool.
   */
  addRule(rule: Rule, link?: Link): () => void;
  /** Partitions the network between these groups; one group alone from all other hosts. Returns the function that heals it. */
  partition(...groups: readonly (readonly string[])[]): () => void;
  /** Pauses a member as SIGSTOP does; returns the function that resumes it. */
  pause(name: string): () => void;
  /** Gives a member anomalies, as `slowMember` describes; returns the function that ends them. */
  slow(name: string, anomalies: { readonly durationMs: number; readonly intervalMs: number }): () => void;
  /** Kills a member as kill -9 does. @throws RangeError when it does not run. */
  crash(name: string): void;
  /** Closes a member without a leave message; call `leave` on it first for a graceful departure. */
  stop(name: string): Promise<void>;
  /**
   * Starts a new instance of a member, at its old address unless `host` is given; a running instance crashes first. The
   * new one knows only what its snapshot holds, and is in no pool until it joins one. With a host, the name may be new.
   */
  restart(name: string, options?: RestartOptions): Promise<Gossip>;
  /** Lets these members join, all at once, through a running one: by default the first that is not among them. */
  join(names: string | readonly string[], through?: string): Promise<void>;
  /**
   * Calls the listener with every event of every member, including members that start later; returns the function that
   * removes it. When it throws or its promise is rejected, the next `advance` throws that error.
   */
  onEvent(listener: (seen: PoolEvent) => unknown): () => void;
  /**
   * The last entries of the history since the pool had started, oldest first: faults of the scenario, events and log
   * lines of members. At most 4,096 entries; the same entry of several members in a row is one line.
   */
  history(): readonly string[];
}

/** The options of a simulation. */
export interface SimulationOptions extends Omit<TestClusterOptions, 'seed' | 'trace'> {
  /** The seeds, run one after the other, unless `HOBNOB_SEED` names a single one. At least one. Default: [1]. */
  readonly seeds?: readonly number[];
  /** The test that this simulation is part of, for the command that repeats it. */
  readonly replay: Replay;
}
