import type { GossipEvent } from '../events.ts';
import type { Gossip } from '../gossip.ts';
import type { MemberStatus } from '../member.ts';
import type { GossipOptions } from '../options.ts';
import type { Address } from '../wire/address.ts';
import type { Link, Rule } from './fault-rules.ts';
import type { Replay } from './replay.ts';
import type { SimNetwork } from './sim-network.ts';
import type { VirtualClock } from './virtual-clock.ts';

/**
 * What `createGossip` takes, but for what the simulator decides. `snapshot.path` names a file on a simulated disk of
 * the member's own, which outlives it.
 */
export type MemberOptions = Omit<GossipOptions, 'name' | 'bind' | 'ports'>;

/** What a test cluster is made of; everything but `nodes` and `seed` has a default. */
export interface TestClusterOptions {
  /** How many members, named m1, m2, ...; or their names. */
  readonly nodes: number | readonly string[];
  /** A safe integer; repeats a run exactly. */
  readonly seed: number;
  /** What every transfer takes before faults add to it. Default 1. */
  readonly latencyMs?: number;
  /** The same for all members, or what each gets by its name. */
  readonly gossip?: MemberOptions | ((name: string) => MemberOptions);
  /**
   * `joining`: all join through the first one and gossip of it, which grows with the square of the pool.
   * `joined`: they have known each other for long; for pools of hundreds. Default `joining`.
   */
  readonly start?: 'joining' | 'joined';
  /** Told every line of the history at once, and of every transfer; slow. Default: nobody. */
  readonly trace?: (line: string) => void;
}

/** An event as one member of a pool was told it. */
export interface PoolEvent {
  readonly atMs: number;
  /** The name of the member that was told. */
  readonly observer: string;
  /** That life of it: a member that was restarted is another one. */
  readonly gossip: Gossip;
  readonly event: GossipEvent;
}

/** How a member starts again. */
export interface RestartOptions {
  /** Its address from now on. Needed for a new name. Default: the one it had. */
  readonly host?: string;
  /** What differs, in this life, from the options of the pool. */
  readonly gossip?: MemberOptions;
}

/** A pool in one process and in virtual time. */
export interface TestCluster extends AsyncDisposable {
  readonly seed: number;
  /** Those that the pool began with. */
  readonly names: readonly string[];
  /** The names of those that run now, in the order in which they were started. */
  readonly running: readonly string[];
  readonly clock: VirtualClock;
  readonly network: SimNetwork;
  /** The running member of that name. @throws RangeError when there is none. */
  gossip(name: string): Gossip;
  /** Where a member listens, or did. @throws RangeError for a name that never was in the pool. */
  addressOf(name: string): Address;
  /**
   * Lets virtual time pass. Promises that the pool resolves meanwhile run their continuations within 10 ms of
   * virtual time, and at once while something is settled.
   * @throws RangeError unless 0 <= durationMs < Infinity; whatever a rule or a listener of an event threw meanwhile.
   */
  advance(durationMs: number): Promise<void>;
  /**
   * Lets time pass until the condition holds; looks at once, and after every 100 ms.
   * @throws Error naming seed and time when it does not hold within `withinMs`.
   */
  advanceUntil(condition: () => boolean, withinMs: number): Promise<void>;
  /** What becomes of a promise while time passes for it, at most `withinMs`, by default a minute. */
  settle<T>(work: Promise<T>, withinMs?: number): Promise<T>;
  /** What one member believes of another; undefined when it does not know it. @throws RangeError unless the observer runs. */
  statusSeenBy(observer: string, subject: string): MemberStatus | undefined;
  /** The incarnation in which one member knows another, or itself; undefined when it does not know it. */
  incarnationSeenBy(observer: string, subject: string): number | undefined;
  /** Whether every running member sees all running members, and only them, alive. */
  isConverged(): boolean;
  /**
   * Adds a fault, on one way only if a link of names says so; returns what removes it.
   * @throws RangeError for a name that never was in the pool.
   */
  addRule(rule: Rule, link?: Link): () => void;
  /** Cuts the network between any two of the groups of names; one group alone from everybody else. Returns what heals it. */
  partition(...groups: readonly (readonly string[])[]): () => void;
  /** Stops a member as SIGSTOP does; returns what resumes it. */
  pause(name: string): () => void;
  /** Starves a member again and again, as `slowMember` says; returns what ends it. */
  slow(name: string, anomalies: { readonly durationMs: number; readonly intervalMs: number }): () => void;
  /** Kills a member as kill -9 does. @throws RangeError when it does not run. */
  crash(name: string): void;
  /** Closes a member without telling the others; let it `leave` before if they shall know. */
  stop(name: string): Promise<void>;
  /**
   * Starts a member again under its name and, unless told otherwise, its address; one that runs crashes before.
   * It has forgotten everything but its snapshot, and is in no pool until it joins one. With a host, the name
   * may be a new one.
   */
  restart(name: string, options?: RestartOptions): Promise<Gossip>;
  /** Lets these members join, all at once, through one that runs: by default the first that is not among them. */
  join(names: string | readonly string[], through?: string): Promise<void>;
  /**
   * Tells of every event of every member, those that start later included; returns what ends it. What the listener
   * throws, or what its promise is rejected with, ends the next `advance`, as an error of a member's own listener does.
   */
  onEvent(listener: (seen: PoolEvent) => unknown): () => void;
  /**
   * The last things that happened since the pool was whole, oldest first: what the scenario did, what members were
   * told and what they logged. At most 4,096; what several saw one after the other is one line.
   */
  history(): readonly string[];
}

/** What a simulation is made of; the seed may come from outside. */
export interface SimulationOptions extends Omit<TestClusterOptions, 'seed' | 'trace'> {
  /** Which histories are tried, one after the other, unless `HOBNOB_SEED` names one. At least one. Default: 1. */
  readonly seeds?: readonly number[];
  /** Where this stands, for the command that repeats it. */
  readonly replay: Replay;
}
