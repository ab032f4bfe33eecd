import { randomUUID } from 'node:crypto';
import {
  type CommandLog,
  createEndpoints,
  LeaderTimers,
  type Rpc,
  SingleLog,
  WatchedStore,
  type Watches,
  waitTimeMs,
} from '@hobnob/catalog';
import { Filters } from '@hobnob/catalog/filter';
import type { DatacenterMap } from '@hobnob/catalog/records';
import { type Clock, formatAddress } from '@hobnob/gossip';
import { KeptAnswers } from '../answers/kept-answers.ts';
import type { OwnCatalog } from '../answers/own-catalog.ts';
import { Turns } from '../async/turns.ts';
import type { AgentConfig } from '../options.ts';
import type { AgentLogger } from '../ports.ts';

/** What the catalog of a server agent needs. */
export interface CatalogParts {
  readonly config: Pick<AgentConfig, 'datacenter' | 'advertiseAddress' | 'dev' | 'sessionTtlMinMs'> & {
    readonly ports: Pick<AgentConfig['ports'], 'server'>;
  };
  readonly clock: Clock;
  /** Component `agent.server`. */
  readonly logger: AgentLogger;
  /** State and log that are kept on disk; without them both are in memory. */
  readonly kept?: KeptState | undefined;
  /** Ends reads that wait. */
  readonly closing: AbortSignal;
  /** The servers of the WAN; this datacenter is added when it is not among them. */
  readonly datacenters: () => readonly DatacenterMap[];
}

/** Source: Consul agent/config/default.go, DevSource: `consul.coordinate.update_period`. */
const devCoordinatePeriodMs = 100;
const nsPerMs = 1_000_000;

/** A state, and the log that it is made of. */
export interface KeptState {
  readonly state: WatchedStore;
  readonly log: CommandLog;
}

/** The catalog of a server agent, in this process. */
export interface OpenCatalog {
  readonly rpc: Rpc;
  /** The same, for those who keep answers. */
  readonly own: OwnCatalog;
  readonly state: WatchedStore;
  readonly log: CommandLog;
  readonly watches: Watches;
  /** Refuses what comes later. Resolves when writes under way have their outcome. */
  close(): Promise<void>;
}

/** Joins store, log, watches and endpoints. */
export function openCatalog(parts: CatalogParts): OpenCatalog {
  const { config, clock, logger, closing, datacenters } = parts;
  const { datacenter, dev, sessionTtlMinMs } = config;
  const { state, log } = parts.kept ?? inMemory(parts);
  const turns = new Turns();
  const rng = { next: Math.random };
  const wallClock = { nowMs: Date.now };
  const timers = new LeaderTimers({
    state,
    log,
    clock,
    wallClock,
    datacenter,
    onSessionEnd: ({ session, problem }) => {
      if (problem === undefined) logger.debug({ session }, 'Session TTL expired');
      else logger.error({ session, error: problem }, 'Invalidation failed');
    },
    onProblem: (what, error) => logger.error({ error }, what),
  });
  timers.start();
  const endpoints = createEndpoints({
    state,
    log,
    datacenter,
    clock,
    wallClock,
    newId: randomUUID,
    sessions: timers,
    rng,
    filters: new Filters(),
    nextTurn: () => turns.next(),
    datacenters: () => withOwn(datacenters(), datacenter),
    ...(sessionTtlMinMs > 0 ? { sessionTtlMinNs: BigInt(Math.round(sessionTtlMinMs * nsPerMs)) } : {}),
    ...(dev ? { coordinatePeriodMs: devCoordinatePeriodMs } : {}),
  });
  const { watches } = state;
  const kept = new KeptAnswers({
    onCommit: (listener) => watches.onCommit(listener),
    nextTurn: () => turns.next(),
  });
  const own: OwnCatalog = {
    ask: endpoints.ask,
    askNow: endpoints.askNow,
    kept,
    turns,
    clock,
    waitTimeMs: (askedMs) => waitTimeMs(askedMs, rng),
    leads: () => log.leadership.isLeader,
  };
  const endWaits = (): void => {
    watches.close(closing.reason);
    kept.close();
  };
  closing.addEventListener('abort', endWaits, { once: true });
  const close = async (): Promise<void> => {
    timers.stop();
    endpoints.close();
    kept.close();
    await log.close();
  };
  return { rpc: endpoints, own, state, log, watches, close };
}

function inMemory({ config, clock }: Pick<CatalogParts, 'config' | 'clock'>): KeptState {
  const state = new WatchedStore({ clock });
  return { state, log: new SingleLog({ machine: state, address: rpcAddress(config) }) };
}

/** `host:port` of this server's RPC. */
export function rpcAddress({ advertiseAddress, ports }: CatalogParts['config']): string {
  return formatAddress({ host: advertiseAddress, port: ports.server });
}

function withOwn(known: readonly DatacenterMap[], own: string): readonly DatacenterMap[] {
  if (known.some(({ Datacenter }) => Datacenter === own)) return known;
  return [{ Datacenter: own, AreaID: 'wan', Coordinates: [] }, ...known];
}
