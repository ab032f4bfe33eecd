import type { Core } from '../core.ts';
import type { Gossip } from '../gossip.ts';
import type { MemberStatus } from '../member.ts';
import type { GossipOptions } from '../options.ts';
import { type GossipInternals, startGossip } from '../pool/create-gossip.ts';
import { type Address, hostToBytes } from '../wire/address.ts';
import type { Alive } from '../wire/swim-messages.ts';
import { partition, type Rule } from './fault-rules.ts';
import { type SeededRng, seededEntropy, seededRng } from './seeded-rng.ts';
import { SimNetwork } from './sim-network.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What a test cluster is made of; everything but `nodes` and `seed` has a default. */
export interface TestClusterOptions {
  /** How many members, named m1, m2, ...; or their names. */
  readonly nodes: number | readonly string[];
  /** Repeats a run exactly. */
  readonly seed: number;
  /** What every transfer takes before faults add to it. Default 1. */
  readonly latencyMs?: number;
  /** The same for all members. */
  readonly gossip?: Omit<GossipOptions, 'name' | 'bind' | 'ports'>;
  /**
   * `joining`: all join through the first one and gossip of it, which grows with the square of the pool.
   * `joined`: they have known each other for long; for pools of hundreds. Default `joining`.
   */
  readonly start?: 'joining' | 'joined';
}

/** A pool in one process and in virtual time. */
export interface TestCluster extends AsyncDisposable {
  readonly seed: number;
  readonly names: readonly string[];
  /** The names of those that run now, in the order in which they were started. */
  readonly running: readonly string[];
  readonly clock: VirtualClock;
  readonly network: SimNetwork;
  /** The running member of that name. @throws RangeError when there is none. */
  gossip(name: string): Gossip;
  addressOf(name: string): Address;
  /**
   * Lets virtual time pass. Promises that the pool resolves meanwhile run their continuations within 10 ms of
   * virtual time, and at once while something is settled.
   */
  advance(durationMs: number): Promise<void>;
  /**
   * Lets time pass until the condition holds; looks after every 100 ms.
   * @throws Error naming seed and time when it does not hold within `withinMs`.
   */
  advanceUntil(condition: () => boolean, withinMs: number): Promise<void>;
  /** What becomes of a promise while time passes for it, at most `withinMs`. */
  settle<T>(work: Promise<T>, withinMs?: number): Promise<T>;
  statusSeenBy(observer: string, subject: string): MemberStatus | undefined;
  /** Whether every running member sees all running members, and only them, alive. */
  isConverged(): boolean;
  /** Adds a fault; returns what removes it. */
  addRule(rule: Rule): () => void;
  /** Cuts the network between two groups of names; returns what heals it. */
  partition(groupA: readonly string[], groupB: readonly string[]): () => void;
  /** Stops a member as SIGSTOP does; returns what resumes it. */
  pause(name: string): () => void;
  /** Kills a member as kill -9 does. */
  crash(name: string): void;
  /** Closes a member without telling the others; let it `leave` before if they shall know. */
  stop(name: string): Promise<void>;
  /**
   * Starts a member again under its name and, unless told otherwise, its address; it has forgotten everything.
   * With a host, the name may be a new one.
   */
  restart(name: string, options?: { readonly host?: string }): Promise<Gossip>;
}

const port = 7946;
const settleMsDefault = 60_000;
/**
 * While nobody settles a promise, continuations run this often rather than after every wake: letting them
 * run costs a turn of the event loop, and a long history of a large pool has a million wakes.
 */
const unwatchedMs = 10;
/** The first member serves them all, and refuses what goes beyond its 256 connections. */
const joinersAtOnce = 128;

/** Starts the members and joins them, through the first if they have to; resolves when the pool is whole. */
export function createTestCluster(options: TestClusterOptions): Promise<TestCluster> {
  return createClusterWith(options, {});
}

/** The same with members that differ inside; for our own experiments. */
export async function createClusterWith(
  options: TestClusterOptions,
  internals: GossipInternals,
): Promise<TestCluster> {
  const cluster = new SimulatedCluster(options, internals);
  await cluster.startAll();
  return cluster;
}

class SimulatedCluster implements TestCluster {
  readonly seed: number;
  readonly names: readonly string[];
  readonly clock = new VirtualClock();
  readonly network: SimNetwork;
  readonly #options: TestClusterOptions;
  readonly #internals: GossipInternals;
  readonly #rng: SeededRng;
  readonly #running = new Map<string, Gossip>();
  readonly #addresses = new Map<string, Address>();
  #starts = 0;
  /** How many calls of `settle` wait for a promise. */
  #settlingCount = 0;

  constructor(options: TestClusterOptions, internals: GossipInternals) {
    const { nodes, seed, latencyMs = 1 } = options;
    this.#options = options;
    this.#internals = internals;
    this.seed = seed;
    this.names = typeof nodes === 'number' ? Array.from({ length: nodes }, (_, i) => `m${i + 1}`) : nodes;
    this.#rng = seededRng(seed);
    this.network = new SimNetwork({ clock: this.clock, rng: this.#rng.fork('network'), latencyMs });
  }

  async startAll(): Promise<void> {
    const cores: Core[] = [];
    for (const [i, name] of this.names.entries()) {
      this.#addresses.set(name, { host: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`, port });
      const { core } = await this.#start(name);
      cores.push(core);
    }
    if (this.#options.start === 'joined') {
      const members = cores.flatMap((core) => announcementOf(core));
      for (const core of cores) core.preload(members, this.clock.nowMs());
      return;
    }
    const [first, ...others] = this.names;
    if (first === undefined || others.length === 0) return;
    const seeds = [this.addressOf(first).host];
    for (let i = 0; i < others.length; i += joinersAtOnce) {
      const joiners = others.slice(i, i + joinersAtOnce);
      await this.settle(Promise.all(joiners.map((name) => this.gossip(name).join(seeds))));
    }
    await this.advanceUntil(() => this.isConverged(), settleMsDefault);
  }

  get running(): readonly string[] {
    return [...this.#running.keys()];
  }

  gossip(name: string): Gossip {
    const gossip = this.#running.get(name);
    if (gossip === undefined) throw new RangeError(`no member named "${name}" is running`);
    return gossip;
  }

  addressOf(name: string): Address {
    const address = this.#addresses.get(name);
    if (address === undefined) throw new RangeError(`no member is named "${name}"`);
    return address;
  }

  async advance(durationMs: number): Promise<void> {
    const end = { isReached: false };
    this.clock.wakeAt(this.clock.nowMs() + durationMs, () => {
      end.isReached = true;
    });
    let settledAtMs = this.clock.nowMs();
    while (!end.isReached) {
      this.clock.runToNextWake();
      const nowMs = this.clock.nowMs();
      if (this.#settlingCount === 0 && nowMs - settledAtMs < unwatchedMs) continue;
      await promisesSettled();
      settledAtMs = nowMs;
    }
    await promisesSettled();
  }

  async advanceUntil(condition: () => boolean, withinMs: number): Promise<void> {
    const deadlineMs = this.clock.nowMs() + withinMs;
    while (!condition()) {
      if (this.clock.nowMs() >= deadlineMs) {
        throw new Error(
          `not within ${withinMs} ms of virtual time (seed ${this.seed}, now ${this.clock.nowMs()} ms)`,
        );
      }
      await this.advance(100);
    }
  }

  async settle<T>(work: Promise<T>, withinMs: number = settleMsDefault): Promise<T> {
    const state = { isSettled: false };
    const markSettled = (): void => {
      state.isSettled = true;
    };
    work.then(markSettled, markSettled);
    this.#settlingCount += 1;
    try {
      await promisesSettled();
      await this.advanceUntil(() => state.isSettled, withinMs);
    } finally {
      this.#settlingCount -= 1;
    }
    return work;
  }

  statusSeenBy(observer: string, subject: string): MemberStatus | undefined {
    return this.gossip(observer).member(subject)?.status;
  }

  isConverged(): boolean {
    for (const gossip of this.#running.values()) {
      const alive = gossip.members().filter((member) => member.status === 'alive');
      if (alive.length !== this.#running.size) return false;
      if (!alive.every((member) => this.#running.has(member.name))) return false;
    }
    return true;
  }

  addRule(rule: Rule): () => void {
    return this.network.addRule(rule);
  }

  partition(groupA: readonly string[], groupB: readonly string[]): () => void {
    const hostsOf = (names: readonly string[]): string[] => names.map((name) => this.addressOf(name).host);
    return this.addRule(partition(hostsOf(groupA), hostsOf(groupB)));
  }

  pause(name: string): () => void {
    return this.network.pause(this.addressOf(name));
  }

  crash(name: string): void {
    this.network.crash(this.addressOf(name));
    this.#running.delete(name);
  }

  async stop(name: string): Promise<void> {
    const gossip = this.gossip(name);
    this.#running.delete(name);
    await gossip.close();
  }

  async restart(name: string, { host }: { readonly host?: string } = {}): Promise<Gossip> {
    if (this.#running.has(name)) this.crash(name);
    if (host !== undefined) this.#addresses.set(name, { host, port });
    const { gossip } = await this.#start(name);
    return gossip;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(running.map((gossip) => gossip.close()));
  }

  async #start(name: string): Promise<{ readonly gossip: Gossip; readonly core: Core }> {
    const address = this.addressOf(name);
    this.#starts += 1;
    const rng = this.#rng.fork(`member ${name} start ${this.#starts}`);
    const { clock, packets, streams } = this.network.host(address);
    const options = {
      ...this.#options.gossip,
      name,
      bind: address,
      ports: { clock, rng, entropy: seededEntropy(rng.fork('entropy')), packets, streams },
    };
    const started = await startGossip(options, this.#internals);
    this.#running.set(name, started.gossip);
    return started;
  }
}

/** Runs every continuation that is ready: a macrotask begins only when no microtask is left. */
function promisesSettled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What a member says of itself. */
function announcementOf({ name, swim }: Pick<Core, 'name' | 'swim'>): readonly Alive[] {
  const own = swim.member(name);
  if (own === undefined) return [];
  const { address, incarnation, meta, versions } = own;
  const addr = hostToBytes(address.host);
  return [{ type: 'alive', incarnation, node: name, addr, port: address.port, meta, versions }];
}
