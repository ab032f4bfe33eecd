import type { Core } from '../core.ts';
import { GossipError } from '../errors.ts';
import type { GossipEvent, GossipEventOf, GossipEventType } from '../events.ts';
import type { Gossip, GossipStats, JoinOptions, JoinResult, SurveyOptions, SurveyResult } from '../gossip.ts';
import { Driver, type ExchangeOutcome } from '../io/driver.ts';
import type { KeyKeeper } from '../io/key-keeper.ts';
import { Pending } from '../io/pending.ts';
import { resolveSeed } from '../io/resolve-seed.ts';
import type { WireSecurity } from '../io/stream-exchanges.ts';
import type { GossipKeys } from '../keys.ts';
import type { Member } from '../member.ts';
import type { GossipPorts } from '../options.ts';
import type { Logger } from '../ports.ts';
import type { Query, QueryOptions } from '../query.ts';
import type { GossipConfig } from '../resolve-options.ts';
import { coordinateDistanceMs } from '../serf/vivaldi.ts';
import { type Address, formatAddress, sameAddress } from '../wire/address.ts';
import type { Coordinate } from '../wire/coordinate-codec.ts';
import { encodeTags } from '../wire/tags.ts';
import type { EventHub } from './event-hub.ts';
import { type JoinParts, joinPool } from './join.ts';
import { KeyManager } from './key-manager.ts';
import type { OpenSnapshot } from './open-snapshot.ts';
import { PoolMessages } from './pool-messages.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';
import { refusalOfPool, surveyPool } from './survey.ts';

/** What a running gossip is made of; all of it is open and ready. */
export interface RunningParts {
  readonly config: GossipConfig;
  readonly core: Core;
  readonly ports: GossipPorts;
  readonly security: WireSecurity;
  readonly keyKeeper: KeyKeeper | undefined;
  readonly logger: Logger;
  readonly hub: EventHub;
  readonly bound: Address;
  readonly advertised: Address;
  readonly snapshot: OpenSnapshot | undefined;
}

type Phase = 'running' | 'leaving' | 'left' | 'closed';

/** The public object: turns calls into inputs of the core, and what comes of them into promises and events. */
export class RunningGossip implements Gossip {
  readonly #parts: RunningParts;
  readonly #driver: Driver;
  readonly #messages: PoolMessages;
  readonly keys: GossipKeys;
  readonly #exchanges = new Pending<ExchangeOutcome>();
  readonly #tickets = new Pending<'done' | 'timed-out'>();
  #phase: Phase = 'running';
  #left: Promise<void> | undefined;
  #resolveLeft: (() => void) | undefined;
  #closed: Promise<void> | undefined;
  readonly #snapshot: SnapshotKeeper | undefined;
  /** Ends what waits on the network when we close. */
  readonly #closing = new AbortController();

  constructor(parts: RunningParts) {
    this.#parts = parts;
    const { core, ports, security, keyKeeper, logger, hub } = parts;
    this.#messages = new PoolMessages({
      ...parts,
      clock: ports.clock,
      feed: (input) => this.#driver.feed(input),
      requireRunning: (what) => this.#requireRunning(what),
    });
    this.keys = new KeyManager({
      ask: (name, payload, options) => this.#messages.ask(name, payload, options),
      liveCount: () => core.serf.liveCount,
      requireKeyring: () => this.#requireKeyring(),
    });
    this.#driver = new Driver({
      core,
      clock: ports.clock,
      entropy: ports.entropy,
      packets: ports.packets,
      streams: ports.streams,
      security,
      keyKeeper,
      logger,
      owner: {
        event: (event) => {
          this.#snapshot?.record(event);
          hub.emit(event);
        },
        settled: (ticket, outcome) => this.#tickets.answer(ticket, outcome),
        exchangeDone: (exchange, outcome) => this.#exchanges.answer(exchange, outcome),
        left: () => {
          if (this.#phase === 'leaving') this.#phase = 'left';
          this.#resolveLeft?.();
        },
        query: (query) => this.#messages.received(query),
        queryAnswered: (handle, from, kind, payload) => this.#messages.answered(handle, from, kind, payload),
        queryOver: (handle) => this.#messages.over(handle),
      },
    });
    this.#snapshot = this.#snapshotKeeper();
  }

  start(): void {
    this.#driver.start();
    this.#snapshot?.start();
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
    return this.#parts.core.serf.member(name);
  }

  coordinate(name: string = this.name): Coordinate | undefined {
    return this.#parts.core.serf.coordinate(name);
  }

  rttMs(a: string, b?: string): number | undefined {
    const [from, to] = [this.coordinate(a), this.coordinate(b)];
    return from === undefined || to === undefined ? undefined : coordinateDistanceMs(from, to);
  }

  stats(): GossipStats {
    const { core, security, hub } = this.#parts;
    const { dropped, ...counters } = this.#driver.counters;
    const { serf, swim } = core;
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
      coordinateResets: serf.coordinateResets,
      ...counters,
      ...(this.#snapshot === undefined ? {} : { snapshot: this.#snapshot.stats }),
      dropped: { ...dropped, ...serf.dropped, ...eventsLost },
    };
  }

  async join(seeds: readonly string[], options: JoinOptions = {}): Promise<JoinResult> {
    this.#requireRunning('join');
    const { config } = this.#parts;
    const { signal, timeoutMs = config.timing.streamTimeoutMs, ignoreOldEvents = true } = options;
    let isAnnounced = false;
    const result = await joinPool(
      {
        ...this.#joinParts({ ignoreOldEvents }),
        announce: () => {
          if (!isAnnounced) this.#driver.feed({ type: 'announce-join' });
          isAnnounced = true;
        },
      },
      { seeds, timeoutMs, signals: this.#endedBy(signal) },
    );
    const failed = new Set(result.failures.map(({ seed }) => seed));
    this.#snapshot?.joined(seeds.filter((seed) => !failed.has(seed)));
    return result;
  }

  async survey(seeds: readonly string[], options: SurveyOptions = {}): Promise<SurveyResult> {
    this.#requireRunning('survey');
    const { config, ports, bound } = this.#parts;
    const { signal, timeoutMs = config.timing.streamTimeoutMs } = options;
    return surveyPool(
      {
        clock: ports.clock,
        defaultPort: bound.port,
        resolve: (seed, until) => resolveSeed(seed, { signal: until }),
        look: (to, until) => this.#driver.look(to, timeoutMs, until),
      },
      { seeds, timeoutMs, signals: this.#endedBy(signal) },
    );
  }

  leave({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.#phase === 'closed') return Promise.resolve();
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#left === undefined) {
      this.#phase = 'leaving';
      this.#left = new Promise((resolve) => {
        this.#resolveLeft = resolve;
      });
      // Nobody waits for the disk to leave; `close` does.
      void this.#snapshot?.leave();
      this.#driver.feed({ type: 'leave' });
    }
    return orAborted(this.#left, signal);
  }

  async forceLeave(
    name: string,
    options: { readonly prune?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    this.#requireRunning('forceLeave');
    if (this.member(name) === undefined) {
      throw new GossipError('GOSSIP_NO_SUCH_MEMBER', `no member is named "${name}"`);
    }
    const { prune = false, signal } = options;
    signal?.throwIfAborted();
    const ticket = this.#parts.core.newTicket();
    const settled = this.#tickets.wait(ticket, signal);
    this.#driver.feed({ type: 'force-leave', ticket, name, prune });
    this.#requireDone(await settled, `"${name}" is forced out here, but the pool may not have heard of it`);
  }

  async setTags(
    tags: Readonly<Record<string, string>>,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    this.#requireRunning('setTags');
    signal?.throwIfAborted();
    const meta = encodeTags(tags);
    const ticket = this.#parts.core.newTicket();
    const settled = this.#tickets.wait(ticket, signal);
    this.#driver.feed({ type: 'set-tags', ticket, meta });
    this.#requireDone(await settled, 'the tags are set here, but the pool may not have heard of it');
  }

  userEvent(name: string, payload?: Uint8Array, options: { readonly coalesce?: boolean } = {}): void {
    this.#messages.userEvent(name, payload ?? new Uint8Array(0), options);
  }

  query(name: string, payload?: Uint8Array, options: QueryOptions = {}): Query {
    return this.#messages.query(name, payload ?? new Uint8Array(0), options);
  }

  on<T extends GossipEventType>(type: T, listener: (event: GossipEventOf<T>) => void): () => void {
    return this.#parts.hub.on(type, listener);
  }

  events({ signal }: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<GossipEvent> {
    return this.#parts.hub.events(signal);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#phase = 'closed';
    const { hub, ports, keyKeeper } = this.#parts;
    this.#driver.close();
    this.#messages.close();
    const reason = new GossipError('GOSSIP_CLOSED', `the gossip of "${this.name}" was closed`);
    this.#closing.abort(reason);
    this.#exchanges.rejectAll(reason);
    this.#tickets.rejectAll(reason);
    this.#resolveLeft?.();
    hub.close();
    await Promise.all([
      ports.packets.close(),
      ports.streams.close(),
      this.#snapshot?.close(),
      keyKeeper?.idle(),
    ]);
  }

  #snapshotKeeper(): SnapshotKeeper | undefined {
    const { snapshot, core, ports, logger, config } = this.#parts;
    if (snapshot === undefined) return undefined;
    const { streamTimeoutMs } = config.timing;
    const parts = { ...this.#joinParts({ ignoreOldEvents: false }), rng: ports.rng, selfName: this.name };
    const look = (to: Address, until: AbortSignal) => this.#driver.look(to, streamTimeoutMs, until);
    const refusal = async (to: Address, until: AbortSignal) => {
      const reason = await refusalOfPool({ ...parts, look }, config.admission, to, until);
      if (reason !== undefined) {
        logger.warn({ address: formatAddress(to), reason }, 'a pool of the snapshot is not gone back to');
      }
      return reason;
    };
    return new SnapshotKeeper({ ...parts, refusal, snapshot, core, logger, streamTimeoutMs });
  }

  /** `ignoreOldEvents` counts for exchanges that join; what an earlier life has seen is not told again anyhow. */
  #joinParts({ ignoreOldEvents }: { readonly ignoreOldEvents: boolean }): Omit<JoinParts, 'announce'> {
    const { core, ports, bound, advertised } = this.#parts;
    return {
      clock: ports.clock,
      defaultPort: bound.port,
      isSelf: (address) => sameAddress(address, bound) || sameAddress(address, advertised),
      resolve: (seed, until) => resolveSeed(seed, { signal: until }),
      exchange: (to, intent, until) => {
        const exchange = core.newExchange();
        const outcome = this.#exchanges.wait(exchange, until);
        if (until.aborted) return outcome;
        const ignoreOld = { ignoreOldEvents: intent === 'join' && ignoreOldEvents };
        this.#driver.feed({ type: 'exchange', exchange, to, intent, ...ignoreOld });
        return outcome;
      },
    };
  }

  /** What ends a call that waits on the network: its caller, and our own end. */
  #endedBy(signal: AbortSignal | undefined): readonly AbortSignal[] {
    return [this.#closing.signal, ...(signal === undefined ? [] : [signal])];
  }

  #requireRunning(what: string): void {
    if (this.#phase === 'running') return;
    const why = this.#phase === 'closed' ? 'was closed' : 'is leaving or has left';
    throw new GossipError('GOSSIP_CLOSED', `${what}: the gossip of "${this.name}" ${why}`);
  }

  #requireKeyring(): void {
    if (this.#parts.keyKeeper !== undefined) return;
    throw new GossipError('GOSSIP_NO_KEYRING', `the gossip of "${this.name}" is not encrypted`);
  }

  #requireDone(outcome: 'done' | 'timed-out', otherwise: string): void {
    if (outcome === 'timed-out') throw new GossipError('GOSSIP_TIMEOUT', otherwise);
  }
}

/** The promise, or a rejection with the signal's reason if that comes first. */
function orAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
