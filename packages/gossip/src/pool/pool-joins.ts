import type { Core } from '../core.ts';
import { diagnostics } from '../diagnostics.ts';
import type { JoinOptions, JoinResult, PoolProbeOptions, PoolProbeResult } from '../gossip.ts';
import type { Driver } from '../io/driver.ts';
import { isOwnAddress } from '../io/interfaces.ts';
import { resolveSeed } from '../io/resolve-seed.ts';
import type { StreamRequests } from '../io/stream-requests.ts';
import type { GossipPorts } from '../options/options.ts';
import type { GossipConfig } from '../options/resolve-options.ts';
import type { Clock, Logger } from '../ports.ts';
import { withFirstOf } from '../runtime/waits.ts';
import type { Address } from '../wire/address.ts';
import { readArguments } from './check-arguments.ts';
import { type JoinParts, joinPool } from './join.ts';
import { joinWithRetries } from './join-retries.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { OpenSnapshot } from './open-snapshot.ts';
import { probePool } from './pool-probe.ts';
import type { RejoinParts } from './rejoin.ts';
import { type RefusalParts, refusalOfTarget } from './rejoin-refusal.ts';
import { UnresolvedSeeds } from './seeds.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';

/**
 * The shortest default timeout of a join or pool probe: the stream timeout of a LAN. memberlist's 1 s for one machine
 * bounds a single push/pull; a join makes two or more, and members that start together on a busy machine need longer.
 */
const timeoutMsMin = 10_000;

/** What joins take from their gossip. */
export interface PoolJoinsParts {
  readonly config: GossipConfig;
  readonly core: Core;
  readonly ports: GossipPorts;
  readonly logger: Logger;
  readonly bound: Address;
  readonly advertised: Address;
  readonly snapshot: OpenSnapshot | undefined;
  /** The key ring file, when its keys overrule those of the options. */
  readonly overrulingKeyring: string | undefined;
  readonly driver: Pick<Driver, 'feed' | 'pushPull'>;
  readonly requests: Pick<StreamRequests, 'ping' | 'probePool'>;
  readonly lifecycle: Lifecycle;
}

/** How a running member contacts others by address: joins, pool probes, and rejoining the pool of its snapshot. */
export class PoolJoins {
  readonly #parts: PoolJoinsParts;
  readonly #unresolved: UnresolvedSeeds;
  /** Undefined when no snapshot is kept. */
  readonly snapshot: SnapshotKeeper | undefined;

  constructor(parts: PoolJoinsParts) {
    this.#parts = parts;
    this.#unresolved = new UnresolvedSeeds(parts.ports.clock, parts.logger);
    this.snapshot = this.#snapshotKeeper();
  }

  join(seeds: readonly string[], options: JoinOptions | undefined): Promise<JoinResult> {
    const { config, ports } = this.#parts;
    const published = { member: config.name, seeds, clock: ports.clock };
    return publishJoin(published, () => this.#join(seeds, options));
  }

  async #join(given: readonly string[], givenOptions: JoinOptions | undefined): Promise<JoinResult> {
    const { core, ports, logger, lifecycle } = this.#parts;
    const { seeds, options } = readArguments('join', { seeds: given, options: givenOptions });
    lifecycle.requireRunning('join');
    const { retry, signal, ...once } = options;
    if (retry === undefined) return this.#joinOnce(seeds, { ...once, signal });
    return withFirstOf(lifecycle.endedBy(signal), (ended) =>
      joinWithRetries({
        ...ports,
        logger,
        retry,
        signal: ended,
        join: (until) => this.#joinOnce(seeds, { ...once, signal: until }),
        hasLivePeers: () => core.swim.hasLivePeers,
      }),
    );
  }

  async #joinOnce(
    seeds: readonly string[],
    options: { readonly [K in Exclude<keyof JoinOptions, 'retry'>]: JoinOptions[K] | undefined },
  ): Promise<JoinResult> {
    const { driver, lifecycle } = this.#parts;
    lifecycle.requireRunning('join');
    const { signal, timeoutMs = this.#defaultTimeoutMs(), ignoreOldEvents = true } = options;
    let isAnnounced = false;
    const result = await joinPool(
      {
        ...this.#joinParts({ ignoreOldEvents, timeoutMs }),
        overrulingKeyring: this.#parts.overrulingKeyring,
        announce: () => {
          if (!isAnnounced) driver.feed({ type: 'announce-join' });
          isAnnounced = true;
        },
      },
      { seeds, timeoutMs, signals: lifecycle.endedBy(signal) },
    );
    this.#unresolved.warn(result.failures);
    const failed = new Set(result.failures.map(({ seed }) => seed));
    this.snapshot?.joined(seeds.filter((seed) => !failed.has(seed)));
    return result;
  }

  async probePool(
    given: readonly string[],
    givenOptions: PoolProbeOptions | undefined,
  ): Promise<PoolProbeResult> {
    const { ports, bound, requests, lifecycle } = this.#parts;
    const { seeds, options } = readArguments('probePool', { seeds: given, options: givenOptions });
    lifecycle.requireRunning('probePool');
    const { signal, timeoutMs = this.#defaultTimeoutMs() } = options;
    const result = await probePool(
      {
        clock: ports.clock,
        defaultPort: bound.port,
        resolve: (seed, until) => resolveSeed(seed, { signal: until }),
        probePool: (to, until) => requests.probePool(to, timeoutMs, until),
      },
      { seeds, timeoutMs, signals: lifecycle.endedBy(signal) },
    );
    this.#unresolved.warn(result.failures);
    return result;
  }

  #snapshotKeeper(): SnapshotKeeper | undefined {
    const { snapshot, core, ports, logger, config, requests } = this.#parts;
    if (snapshot === undefined) return undefined;
    const { streamTimeoutMs } = config.timing;
    const joinParts = this.#joinParts({ ignoreOldEvents: false, timeoutMs: streamTimeoutMs });
    const parts = { ...joinParts, rng: ports.rng, selfName: config.name };
    const refusalParts: RefusalParts = {
      ...{ defaultPort: parts.defaultPort, admission: config.admission, logger },
      ping: (name, to, until) => requests.ping(name, to, streamTimeoutMs, until),
      probePool: (to, until) => requests.probePool(to, streamTimeoutMs, until),
    };
    const refusal: RejoinParts['refusal'] = (target, until) => refusalOfTarget(refusalParts, target, until);
    return new SnapshotKeeper({ ...parts, refusal, snapshot, core, logger, streamTimeoutMs });
  }

  #defaultTimeoutMs(): number {
    return Math.max(this.#parts.config.timing.streamTimeoutMs, timeoutMsMin);
  }

  /** `ignoreOldEvents` applies to joining push/pulls. Events that were delivered before a restart are never delivered again. */
  #joinParts({
    ignoreOldEvents,
    timeoutMs,
  }: {
    readonly ignoreOldEvents: boolean;
    readonly timeoutMs: number;
  }): Omit<JoinParts, 'announce' | 'overrulingKeyring'> {
    const { config, ports, bound, advertised, driver } = this.#parts;
    return {
      clock: ports.clock,
      defaultPort: bound.port,
      name: config.name,
      advertised,
      probeTimeoutMs: config.timing.probeTimeoutMs,
      isSelf: (address) => isOwnAddress(address, { bound, advertised }),
      resolve: (seed, until) => resolveSeed(seed, { signal: until }),
      pushPull: (to, intent, until) => {
        const request = { to, intent, timeoutMs, ignoreOldEvents: intent === 'join' && ignoreOldEvents };
        return driver.pushPull(request, until);
      },
    };
  }
}

interface PublishedJoin {
  readonly member: string;
  readonly seeds: readonly string[];
  readonly clock: Clock;
}

/** Joins, and publishes the duration and the outcome for diagnostics. */
async function publishJoin(
  { member, seeds, clock }: PublishedJoin,
  join: () => Promise<JoinResult>,
): Promise<JoinResult> {
  if (!diagnostics.join.hasSubscribers) return join();
  const startedMs = clock.nowMs();
  const publish = (outcome: { readonly joinedCount: number; readonly error?: unknown }): void => {
    diagnostics.join.publish({ member, seeds, durationMs: clock.nowMs() - startedMs, ...outcome });
  };
  try {
    const result = await join();
    publish({ joinedCount: result.joinedCount });
    return result;
  } catch (error) {
    publish({ joinedCount: 0, error });
    throw error;
  }
}
