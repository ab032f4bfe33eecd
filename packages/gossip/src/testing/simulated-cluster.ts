import type { Core } from '../core.ts';
import { loadExpressionEngine } from '../expression-engine.ts';
import type { Gossip } from '../gossip.ts';
import type { MemberStatus } from '../member.ts';
import { type GossipInternals, startGossip } from '../pool/create-gossip.ts';
import { type Address, formatAddress, hostToBytes } from '../wire/address.ts';
import type { Alive } from '../wire/swim-messages.ts';
import { requireMemberOptions, requireOptions } from './check-options.ts';
import { convergenceDifferences, firstOf } from './checkers.ts';
import type {
  MemberOptions,
  PoolEvent,
  RestartOptions,
  TestCluster,
  TestClusterOptions,
} from './cluster-interface.ts';
import { describePacket } from './describe-packet.ts';
import { EventRecorder } from './event-recorder.ts';
import { type Link, onLink, partition, type Rule } from './fault-rules.ts';
import { listOf } from './history.ts';
import { type SeededRng, seededEntropy, seededRng } from './seeded-rng.ts';
import { SimDisks } from './sim-disk.ts';
import { SimNetwork } from './sim-network.ts';
import type { TransferListener } from './sim-wire.ts';
import { slowMember } from './slow-member.ts';
import { VirtualClock } from './virtual-clock.ts';
import { VirtualTimeRunner } from './virtual-time-runner.ts';

const port = 7946;
/** How long a pool may take to converge when it starts. */
const startMsMax = 60_000;
/** All members join through the first, which accepts at most 256 connections at once. */
const joinersAtOnce = 128;

interface Instance {
  readonly gossip: Gossip;
  readonly core: Core;
}

/** The pool behind `createTestCluster`: N members on one clock, one network and one random generator. */
export class SimulatedCluster implements TestCluster {
  readonly seed: number;
  readonly names: readonly string[];
  readonly clock = new VirtualClock();
  readonly network: SimNetwork;
  readonly #options: TestClusterOptions;
  readonly #internals: GossipInternals;
  readonly #rng: SeededRng;
  readonly #recorder: EventRecorder;
  readonly #time: VirtualTimeRunner;
  readonly #disks = new SimDisks();
  readonly #running = new Map<string, Instance>();
  readonly #addresses = new Map<string, Address>();
  #starts = 0;

  constructor(options: TestClusterOptions, internals: GossipInternals) {
    const { seed, latencyMs = 1, trace } = options;
    this.#options = options;
    this.#internals = internals;
    this.seed = seed;
    this.names = namesOf(options.nodes);
    this.#rng = seededRng(seed);
    const { clock } = this;
    const recorder = new EventRecorder(clock, trace);
    this.#recorder = recorder;
    const explain = (): string => firstOf(convergenceDifferences(this));
    this.#time = new VirtualTimeRunner({ clock, seed, rethrow: () => recorder.rethrow(), explain });
    const onTransfer: TransferListener = (transfer, arrivalsMs, packet) => {
      const { kind, from, to, bytesCount } = transfer;
      const content = packet === undefined ? '' : ` ${describePacket(packet)}`;
      const times = arrivalsMs.map((atMs) => `${atMs.toFixed(1)} ms`).join(' and ');
      const fate = times === '' ? 'is lost' : `arrives at ${times}`;
      const link = `${this.#nameAt(from)} -> ${this.#nameAt(to)}`;
      recorder.noteTransfer(`${link} ${kind} of ${bytesCount} B ${fate}${content}`);
    };
    const rng = this.#rng.fork('network');
    const tracing = trace === undefined ? {} : { onTransfer };
    this.network = new SimNetwork({ clock, rng, latencyMs, ...tracing });
  }

  async startAll(): Promise<void> {
    // Loaded before virtual time begins: otherwise the first query with a tag filter would load it in real time.
    await loadExpressionEngine();
    const cores: Core[] = [];
    for (const [i, name] of this.names.entries()) {
      this.#addresses.set(name, { host: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`, port });
      const { core } = await this.#start(name);
      cores.push(core);
    }
    if (this.#options.start === 'joined') {
      const members = cores.flatMap((core) => announcementOf(core));
      for (const core of cores) core.preload(members, this.clock.nowMs());
      this.#recorder.begin(`${cores.length} members have known each other for long`);
      return;
    }
    const [first, ...others] = this.names;
    if (first === undefined || others.length === 0) return;
    for (let i = 0; i < others.length; i += joinersAtOnce) {
      await this.join(others.slice(i, i + joinersAtOnce), first);
    }
    await this.advanceUntil(() => this.isConverged(), startMsMax);
    this.#recorder.begin(`${cores.length} members have joined`);
  }

  get running(): readonly string[] {
    return [...this.#running.keys()];
  }

  gossip(name: string): Gossip {
    return this.#instanceOf(name).gossip;
  }

  addressOf(name: string): Address {
    const address = this.#addresses.get(name);
    if (address === undefined) throw new RangeError(`no member is named "${name}"`);
    return address;
  }

  advance(durationMs: number): Promise<void> {
    return this.#time.advance(durationMs);
  }

  advanceUntil(condition: () => boolean, withinMs: number): Promise<void> {
    return this.#time.advanceUntil(condition, withinMs);
  }

  settle<T>(work: Promise<T>, withinMs?: number): Promise<T> {
    return this.#time.settle(work, withinMs);
  }

  statusSeenBy(observer: string, subject: string): MemberStatus | undefined {
    return this.gossip(observer).member(subject)?.status;
  }

  incarnationSeenBy(observer: string, subject: string): number | undefined {
    return this.#instanceOf(observer).core.swim.member(subject)?.incarnation;
  }

  isConverged(): boolean {
    for (const { gossip } of this.#running.values()) {
      const alive = gossip.members().filter((member) => member.status === 'alive');
      if (alive.length !== this.#running.size) return false;
      if (!alive.every((member) => this.#running.has(member.name))) return false;
    }
    return true;
  }

  addRule(rule: Rule, link: Link = {}): () => void {
    const { from, to } = link;
    const text = rule.name === '' ? 'a rule' : `rule ${rule.name}`;
    if (from === undefined && to === undefined) return this.#addFault(rule, text);
    const hosts = { ...(from && { from: this.#hostsOf(from) }), ...(to && { to: this.#hostsOf(to) }) };
    const sides = `from ${from ? listOf(from) : 'any'} to ${to ? listOf(to) : 'any'}`;
    return this.#addFault(onLink(hosts, rule), `${text} ${sides}`);
  }

  partition(...groups: readonly (readonly string[])[]): () => void {
    const rule = partition(...groups.map((names) => this.#hostsOf(names)));
    const sides = groups.map(listOf).join(' | ');
    return this.#addFault(rule, `partition ${groups.length === 1 ? `${sides} | all others` : sides}`);
  }

  pause(name: string): () => void {
    this.#instanceOf(name);
    const resume = this.network.pause(this.addressOf(name));
    this.#recorder.note(`pause ${name}`);
    return () => {
      this.#recorder.note(`resume ${name}`);
      resume();
    };
  }

  slow(
    name: string,
    { durationMs, intervalMs }: { readonly durationMs: number; readonly intervalMs: number },
  ): () => void {
    const { host } = this.addressOf(name);
    const rule = slowMember({ clock: this.clock, host, durationMs, intervalMs });
    return this.#addFault(
      rule,
      `slow ${name}: anomalies of ${durationMs} ms at intervals of ${intervalMs} ms`,
    );
  }

  crash(name: string): void {
    this.#instanceOf(name);
    this.network.crash(this.addressOf(name));
    this.#running.delete(name);
    this.#recorder.note(`crash ${name}`);
  }

  async stop(name: string): Promise<void> {
    const gossip = this.gossip(name);
    this.#running.delete(name);
    this.#recorder.note(`stop ${name}`);
    await gossip.close();
  }

  async restart(name: string, options: RestartOptions = {}): Promise<Gossip> {
    const { host, gossip } = requireOptions('restart', options);
    if (this.#running.has(name)) this.crash(name);
    if (host !== undefined) this.#addresses.set(name, { host, port });
    else if (!this.#addresses.has(name)) {
      throw new RangeError(`no member is named "${name}"; a new member needs a host`);
    }
    const started = await this.#start(name, gossip);
    this.#recorder.note(`start ${name}`);
    return started.gossip;
  }

  async join(names: string | readonly string[], through?: string): Promise<void> {
    const joiners = typeof names === 'string' ? [names] : names;
    const seed = through ?? this.running.find((name) => !joiners.includes(name));
    if (seed === undefined) throw new RangeError(`no other member runs, so ${listOf(joiners)} cannot join`);
    const seeds = [this.addressOf(seed).host];
    await this.settle(Promise.all(joiners.map((name) => this.gossip(name).join(seeds))));
  }

  onEvent(listener: (seen: PoolEvent) => unknown): () => void {
    return this.#recorder.onEvent(listener);
  }

  history(): readonly string[] {
    return this.#recorder.lines();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(running.map(({ gossip }) => gossip.close()));
  }

  #instanceOf(name: string): Instance {
    const instance = this.#running.get(name);
    if (instance === undefined) throw new RangeError(`no member named "${name}" is running`);
    return instance;
  }

  #hostsOf(names: readonly string[]): readonly string[] {
    return names.map((name) => this.addressOf(name).host);
  }

  #nameAt(address: Address): string {
    for (const [name, { host }] of this.#addresses) if (host === address.host) return name;
    return formatAddress(address);
  }

  #addFault(rule: Rule, text: string): () => void {
    const remove = this.network.addRule(rule);
    this.#recorder.note(`${text} begins`);
    let isOver = false;
    return () => {
      if (!isOver) this.#recorder.note(`${text} ends`);
      isOver = true;
      remove();
    };
  }

  #optionsOf(name: string): MemberOptions {
    const { gossip = {} } = this.#options;
    return typeof gossip === 'function' ? requireMemberOptions(name, gossip(name)) : gossip;
  }

  async #start(name: string, overrides: MemberOptions = {}): Promise<Instance> {
    const address = this.addressOf(name);
    this.#starts += 1;
    const rng = this.#rng.fork(`member ${name} start ${this.#starts}`);
    const own = { ...this.#optionsOf(name), ...overrides };
    const { clock, packets, streams } = this.network.host(address);
    const disk = own.snapshot && { snapshot: this.#disks.file(name, own.snapshot.path) };
    const options = {
      ...own,
      name,
      bind: address,
      logger: this.#recorder.loggerOf(name, own.logger),
      ports: { clock, rng, entropy: seededEntropy(rng.fork('entropy')), packets, streams, ...disk },
    };
    const instance = await startGossip(options, this.#internals);
    this.#running.set(name, instance);
    this.#recorder.watch(instance.gossip);
    return instance;
  }
}

/** @throws RangeError for a negative or fractional number of members, or a repeated name. */
function namesOf(nodes: number | readonly string[]): readonly string[] {
  if (typeof nodes !== 'number') {
    if (!Array.isArray(nodes) || new Set(nodes).size !== nodes.length) {
      throw new RangeError(`nodes are a number or different names, not ${JSON.stringify(nodes)}`);
    }
    return [...nodes];
  }
  if (!Number.isSafeInteger(nodes) || nodes < 0) {
    throw new RangeError(`nodes are a number or different names, not ${nodes}`);
  }
  return Array.from({ length: nodes }, (_, i) => `m${i + 1}`);
}

/** The alive message that a member would send about itself. */
function announcementOf({ name, swim }: Pick<Core, 'name' | 'swim'>): readonly Alive[] {
  const own = swim.member(name);
  if (own === undefined) return [];
  const { address, incarnation, meta, versions } = own;
  const addr = hostToBytes(address.host);
  return [{ type: 'alive', incarnation, node: name, addr, port: address.port, meta, versions }];
}
