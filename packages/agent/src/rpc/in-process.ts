import { createEndpoints, type Rpc, SingleLog, WatchedStore, type Watches } from '@hobnob/catalog';
import { Filters } from '@hobnob/catalog/filter';
import type { DatacenterMap } from '@hobnob/catalog/records';
import { type Clock, formatAddress } from '@hobnob/gossip';
import { withFirstOf } from '@hobnob/gossip/runtime';
import type { AgentConfig } from '../options.ts';

/** What the catalog of a server agent needs. */
export interface CatalogParts {
  readonly config: Pick<AgentConfig, 'datacenter' | 'advertiseAddress' | 'ports'>;
  readonly clock: Clock;
  /** Ends reads that wait. */
  readonly closing: AbortSignal;
  /** The servers of the WAN; this datacenter is added when it is not among them. */
  readonly datacenters: () => readonly DatacenterMap[];
}

/** The catalog of a server agent, in this process and in memory. */
export interface OpenCatalog {
  readonly rpc: Rpc;
  readonly state: WatchedStore;
  readonly log: SingleLog;
  readonly watches: Watches;
  /** Refuses what comes later. Resolves when writes under way have their outcome. */
  close(): Promise<void>;
}

/** Opens store, log of one, watches and endpoints. */
export function openCatalog({ config, clock, closing, datacenters }: CatalogParts): OpenCatalog {
  const { datacenter, advertiseAddress, ports } = config;
  const state = new WatchedStore({ clock });
  const log = new SingleLog({
    machine: state,
    address: formatAddress({ host: advertiseAddress, port: ports.server }),
  });
  const endpoints = createEndpoints({
    state,
    log,
    datacenter,
    clock,
    rng: { next: Math.random },
    filters: new Filters(),
    datacenters: () => withOwn(datacenters(), datacenter),
  });
  const rpc: Rpc = {
    call: (method, request, options) =>
      // Only a read that may wait comes with a signal.
      options.signal === undefined
        ? endpoints.call(method, request, options)
        : withFirstOf([options.signal, closing], (signal) =>
            endpoints.call(method, request, { ...options, signal }),
          ),
  };
  const close = async (): Promise<void> => {
    endpoints.close();
    await log.close();
  };
  return { rpc, state, log, watches: state.watches, close };
}

function withOwn(known: readonly DatacenterMap[], own: string): readonly DatacenterMap[] {
  if (known.some(({ Datacenter }) => Datacenter === own)) return known;
  return [{ Datacenter: own, AreaID: 'wan', Coordinates: [] }, ...known];
}
