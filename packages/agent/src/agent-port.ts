import type { Readable } from 'node:stream';
import type { Rpc } from '@hobnob/catalog';
import type {
  AgentMember,
  AgentSelf,
  CatalogCoordinate,
  DatacenterMap,
  KeyringRecord,
  UserEventRecord,
} from '@hobnob/catalog/records';
import type { OwnCatalog } from './answers/own-catalog.ts';
import type { LocalSetup } from './local/definitions/setup.ts';
import type { LocalPort } from './local/local-port.ts';
import type { PoolName } from './ports.ts';

/**
 * The agent as its HTTP routes see it: they know nothing of gossip, and nothing here knows HTTP. Errors are
 * AgentErrors; `http/error-reply.ts` maps their codes to statuses.
 */
export interface AgentPort {
  self(): AgentSelf;
  /** By name; undefined when this agent is not in that pool. */
  members(pool: PoolName): readonly AgentMember[] | undefined;
  join(address: string, options: { readonly pool: PoolName }): Promise<void>;
  /** Reads the configuration again and applies it. Rejects when it is refused; nothing has changed then. */
  reload(): Promise<void>;
  /** Resolves when the pools have been left; the agent stops soon after. */
  leave(): Promise<void>;
  forceLeave(node: string, options: { readonly prune: boolean }): Promise<void>;
  /** The catalog: in this process on a server. */
  readonly rpc: Rpc;
  /** The same catalog when it is in this process: its answers may be kept. */
  readonly catalog?: OwnCatalog | undefined;
  /** The whole state as archives; undefined on a client. */
  readonly archives?: StateArchives | undefined;
  /** The identity under which requests name no datacenter, or `_agent` as a node. */
  readonly place: { readonly datacenter: string; readonly nodeName: string };
  /** What is registered with this agent itself. */
  readonly local: LocalPort;
  /** What the routes about `local` need besides it. */
  readonly localSetup: LocalSetup;
  readonly events: EventPort;
  readonly keyring: KeyringPort;
}

/** An archive of the state, as it leaves. */
export interface SavedArchive {
  /** The log index of the state. */
  readonly index: number;
  readonly archive: Readable;
}

/** The whole state as Consul's archive, for people. */
export interface StateArchives {
  /**
   * The signal ends the work, and destroys the archive.
   * @throws CatalogError CATALOG_NOT_LEADER unless a stale one will do; the signal's reason.
   */
  save(options: { readonly allowStale: boolean; readonly signal: AbortSignal }): Promise<SavedArchive>;
  /**
   * Puts the state of an archive in the place of the one of now, when all of it was read and found to be whole.
   * @throws CatalogError CATALOG_SNAPSHOT and those of writes; nothing has changed then.
   */
  restore(archive: Readable): Promise<void>;
}

/** A user event to be fired; fields that are not given are ''. */
export interface EventRequest {
  readonly name: string;
  readonly payload: Uint8Array;
  readonly nodeFilter: string;
  readonly serviceFilter: string;
  readonly tagFilter: string;
  readonly datacenter: string;
}

/** Events of one name, or of all, by ascending Lamport time. */
export interface EventList {
  readonly events: readonly UserEventRecord[];
  /** Stands for the last event; not greater than that of an earlier one. */
  readonly index: bigint;
}

/** How long to wait for a list that differs from the one that the client has. */
export interface EventWait {
  /** Of the list that is known. */
  readonly index: bigint;
  readonly timeoutMs: number;
  /** Ends the wait; the answer is the list of that moment. */
  readonly signal: AbortSignal;
}

/** User events of the datacenter. */
export interface EventPort {
  fire(request: EventRequest): Promise<UserEventRecord>;
  /** Those of one name, '' for all; with `wait` as soon as the list differs from the one that the client has. */
  list(name: string, wait?: EventWait): Promise<EventList>;
}

/** The network coordinates of members, as far as this agent has them. */
export interface CoordinatePort {
  /** Of the LAN; '' for this datacenter. */
  nodes(datacenter: string): readonly CatalogCoordinate[];
  /** Of the WAN; none on a client. */
  datacenters(): readonly DatacenterMap[];
}

/** The gossip keys of the agent's pools. */
export interface KeyringPort {
  list(options: {
    readonly localOnly: boolean;
    readonly relayFactor: number;
  }): Promise<readonly KeyringRecord[]>;
  change(
    operation: 'install' | 'use' | 'remove',
    key: string,
    options: { readonly relayFactor: number },
  ): Promise<readonly KeyringMissed[]>;
}

/** The failed members of one pool, which did not get a change of the keys. */
export interface KeyringMissed {
  readonly WAN: boolean;
  readonly Datacenter: string;
  readonly Count: number;
  /** Their names, 100 at most. */
  readonly Members: readonly string[];
}
