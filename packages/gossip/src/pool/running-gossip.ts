import type { Core } from '../core.ts';
import { GossipError } from '../errors.ts';
import type {
  EventsOptions,
  GossipEventOf,
  GossipEventType,
  GossipListener,
  ListenOptions,
  OnceOptions,
} from '../events.ts';
import type {
  Gossip,
  GossipStats,
  JoinOptions,
  JoinResult,
  PoolProbeOptions,
  PoolProbeResult,
} from '../gossip.ts';
import { Driver } from '../io/driver.ts';
import type { KeyKeeper } from '../io/key-keeper.ts';
import { LimitedLog } from '../io/limited-log.ts';
import type { WireSecurity } from '../io/peer-streams.ts';
import { StreamRequests } from '../io/stream-requests.ts';
import { Traffic } from '../io/traffic.ts';
import type { GossipKeys } from '../keys.ts';
import type { Member } from '../member.ts';
import type { GossipPorts } from '../options/options.ts';
import type { GossipConfig } from '../options/resolve-options.ts';
import type { KeepsAlive, Logger } from '../ports.ts';
import type { Query } from '../query.ts';
import type { RequestOptions, RequestResult } from '../request.ts';
import { coordinateDistanceMs } from '../serf/coordinates/vivaldi.ts';
import type { Address } from '../wire/address.ts';
import type { Coordinate } from '../wire/coordinate-codec.ts';
import type { CallbackErrors } from './callback-errors.ts';
import { readArguments } from './check-arguments.ts';
import type { EventHub } from './event-hub.ts';
import { copyOfCoordinate, handOut } from './hand-out.ts';
import { KeyManager } from './key-manager.ts';
import { Lifecycle } from './lifecycle.ts';
import { collectAnswers } from './open-query.ts';
import type { OpenSnapshot } from './open-snapshot.ts';
import { PoolChanges } from './pool-changes.ts';
import { PoolJoins } from './pool-joins.ts';
import { PoolMessages } from './pool-messages.ts';

/** The parts of a running gossip, all of them open. */
export interface RunningParts {
  readonly config: GossipConfig;
  readonly core: Core;
  readonly ports: GossipPorts;
  readonly security: WireSecurity;
  readonly keyKeeper: KeyKeeper | undefined;
  readonly logger: Logger;
  readonly errors: CallbackErrors;
  readonly hub: EventHub;
  readonly bound: Address;
  readonly advertised: Address;
  readonly snapshot: OpenSnapshot | undefined;
  /** The key ring file, when its keys overrule those of the options. */
  readonly overrulingKeyring: string | undefined;
}

/** The public object: passes each call to the part that implements it, and the driver's reports to the part they concern. */
export class RunningGossip implements Gossip {
  readonly #parts: RunningParts;
  readonly #driver: Driver;
  readonly #requests: StreamRequests;
  readonly #traffic: Traffic;
  readonly #lifecycle: Lifecycle;
  readonly #messages: PoolMessages;
  readonly #joins: PoolJoins;
  readonly #changes: PoolChanges;
  readonly keys: GossipKeys;
  #closed: Promise<void> | undefined;

  constructor(parts: RunningParts) {
    this.#parts = parts;
    const { core, ports, config } = parts;
    const lifecycle = new Lifecycle(config.name);
    this.#lifecycle = lifecycle;
    const log = new LimitedLog(parts.logger, ports.clock);
    this.#traffic = new Traffic(config.name, log);
    this.#driver = this.#openDriver(log);
    const { streams, entropy } = ports;
    const { security } = parts;
    this.#requests = new StreamRequests({ streams, security, entropy, traffic: this.#traffic });
    const feed: Driver['feed'] = (input) => this.#driver.feed(input);
    const requireRunning = (what: string) => lifecycle.requireRunning(what);
    const isClosed = () => lifecycle.isClosed;
    this.#messages = new PoolMessages({ ...parts, clock: ports.clock, feed, requireRunning, isClosed });
    this.#joins = new PoolJoins({ ...parts, driver: this.#driver, requests: this.#requests, lifecycle });
    this.#changes = new PoolChanges({ core, driver: this.#driver, lifecycle });
    this.keys = new KeyManager({
      ask: (name, payload, options) => this.#messages.ask(name, payload, options),
      liveCount: () => core.serf.liveCount,
      failedNames: () =>
        core.serf.members().flatMap(({ name, status }) => (status === 'failed' ? [name] : [])),
      logger: parts.logger,
      requireKeyring: () => this.#requireKeyring(),
    });
  }

  start(): void {
    this.#driver.start();
    this.#joins.snapshot?.start();
  }

  get name(): string {
    return this.#parts.config.name;
  }

  get bindAddress(): Address {
    return this.#parts.bound;
  }

  get advertiseAddress(): Address {
    return this.#parts.advertised;
  }

  members(): readonly Member[] {
    return this.#parts.core.serf.members();
  }

  member(name: string): Member | undefined {
    readArguments('member', { name });
    return this.#parts.core.serf.member(name);
  }

  coordinate(name: string = this.name): Coordinate | undefined {
    readArguments('coordinate', { name });
    return copyOfCoordinate(this.#parts.core.serf.coordinate(name));
  }

  rttMs(a: string, b?: string): number | undefined {
    readArguments('rttMs', { a, b });
    const [from, to] = [this.coordinate(a), this.coordinate(b)];
    return from === undefined || to === undefined ? undefined : coordinateDistanceMs(from, to);
  }

  stats(): GossipStats {
    const { core, security, hub, errors } = this.#parts;
    const { dropped, ...counters } = this.#traffic.counters;
    const { serf, swim } = core;
    const { snapshot } = this.#joins;
    const eventsLost = hub.droppedCount > 0 ? { 'slow-event-reader': hub.droppedCount } : {};
    return {
      ...serf.counts,
      ...serf.times,
      healthScore: swim.healthScore,
      udpBlocked: swim.udpBlocked,
      encrypted: security.keyring !== undefined,
      swimQueueDepth: swim.queueDepth,
      intentQueueDepth: serf.queueDepth('intents'),
      eventQueueDepth: serf.queueDepth('events'),
      queryQueueDepth: serf.queueDepth('queries'),
      listenerErrorsCount: errors.counts.listener,
      admissionErrorsCount: errors.counts.admission,
      loggerErrorsCount: errors.counts.logger,
      coordinateResets: serf.coordinateResets,
      ...counters,
      ...(snapshot === undefined ? {} : { snapshot: snapshot.stats }),
      dropped: { ...dropped, ...serf.dropped, ...this.#messages.dropped, ...eventsLost },
    };
  }

  join(seeds: readonly string[], options?: JoinOptions): Promise<JoinResult> {
    return this.#joins.join(seeds, options);
  }

  probePool(seeds: readonly string[], options?: PoolProbeOptions): Promise<PoolProbeResult> {
    return this.#joins.probePool(seeds, options);
  }

  async leave(given?: { readonly signal?: AbortSignal }): Promise<void> {
    const { signal } = readArguments('leave', { options: given }).options;
    const begin = (): void => {
      // Leaving does not wait for the disk; `close` does.
      void this.#joins.snapshot?.leave();
      this.#driver.feed({ type: 'leave' });
    };
    return this.#lifecycle.leave(begin, signal);
  }

  forceLeave(...given: Parameters<Gossip['forceLeave']>): Promise<void> {
    return this.#changes.forceLeave(...given);
  }

  setTags(...given: Parameters<Gossip['setTags']>): Promise<void> {
    return this.#changes.setTags(...given);
  }

  userEvent(...given: Parameters<Gossip['userEvent']>): void {
    this.#messages.userEvent(...given);
  }

  query(...given: Parameters<Gossip['query']>): Query {
    return this.#messages.query(...given);
  }

  async request<A = Uint8Array, Q = Uint8Array>(
    given: string,
    givenOptions?: RequestOptions<Q, A>,
  ): Promise<RequestResult<A>> {
    const { name, options } = readArguments('request', { name: given, options: givenOptions });
    const { payload, question, answer, ...asked } = options;
    // Without `question` the payload has to be bytes; `query` checks that.
    const sent = question && payload !== undefined ? await question.pack(payload) : payload;
    const query = this.#messages.query(name, sent as Uint8Array, asked);
    // The arguments were checked for the method `unpack`; its type is the caller's promise.
    return collectAnswers(query, answer as RequestOptions<Q, A>['answer'], asked.signal);
  }

  on<T extends GossipEventType>(type: T, listener: GossipListener<T>, given?: ListenOptions): () => void {
    const { options } = readArguments('on', { type, listener, options: given });
    return this.#parts.hub.on(type, listener, options);
  }

  once<T extends GossipEventType>(type: T, given?: OnceOptions): Promise<GossipEventOf<T>> {
    // Not an async method: the hub's own promise causes no unhandled rejection.
    try {
      const { options } = readArguments('once', { type, options: given });
      return this.#parts.hub.once(type, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  events<T extends GossipEventType = GossipEventType>(
    given?: EventsOptions<T>,
  ): AsyncIterableIterator<GossipEventOf<T>> {
    const { types, ...options } = readArguments('events', { options: given }).options;
    // A copy of the caller's types, so it has type `T`.
    return this.#parts.hub.events({ ...options, types: types as readonly T[] | undefined });
  }

  get closed(): Promise<void> {
    return this.#lifecycle.released;
  }

  ref(): void {
    for (const port of this.#keepingAlive()) port.ref?.();
  }

  unref(): void {
    for (const port of this.#keepingAlive()) port.unref?.();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { hub, ports, keyKeeper } = this.#parts;
    const reason = this.#lifecycle.close();
    this.#driver.close(reason);
    this.#requests.close(reason);
    this.#messages.close();
    hub.close(reason);
    try {
      await releaseAll([
        () => ports.packets.close(),
        () => ports.streams.close(),
        () => this.#joins.snapshot?.close(),
        () => keyKeeper?.idle(),
      ]);
    } finally {
      this.#lifecycle.setReleased();
    }
  }

  #keepingAlive(): readonly KeepsAlive[] {
    const { clock, packets, streams } = this.#parts.ports;
    return [clock, packets, streams];
  }

  #openDriver(log: LimitedLog): Driver {
    const { core, ports, security, keyKeeper, hub } = this.#parts;
    const { clock, entropy, packets, streams } = ports;
    return new Driver({
      ...{ core, clock, entropy, packets, streams, security, keyKeeper, log, traffic: this.#traffic },
      owner: {
        event: (event) => {
          this.#joins.snapshot?.record(event);
          hub.emit(handOut(event));
        },
        left: () => this.#lifecycle.hasLeft(),
        query: (query) => this.#messages.received(query),
        queryAnswered: (queryId, from, kind, payload) =>
          this.#messages.answered(queryId, from, kind, payload),
        queryOver: (queryId) => this.#messages.over(queryId),
      },
    });
  }

  #requireKeyring(): void {
    if (this.#parts.keyKeeper !== undefined) return;
    throw new GossipError('GOSSIP_NO_KEYRING', `the gossip of "${this.name}" is not encrypted`);
  }
}

/** Starts every release, even if one throws, and waits for all. Rejects with the first error. */
async function releaseAll(releases: readonly (() => Promise<void> | undefined)[]): Promise<void> {
  const outcomes = await Promise.allSettled(releases.map(async (release) => release()));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
