import type {
  AgentMember,
  AgentSelf,
  DatacenterCoordinates,
  KeyringRecord,
  NodeCoordinate,
  UserEventRecord,
} from '@hobnob/catalog';
import type { Clock, Gossip, GossipOptions, Logger } from '@hobnob/gossip';
import type { EventList, EventWait } from './events/event-log.ts';

/**
 * What the agent takes from the outside world, and the few methods its HTTP routes may call. Routes know
 * nothing of gossip, and nothing here knows HTTP.
 */

/**
 * A pino-shaped logger whose context is bound once. The agent binds `component` (`agent`,
 * `agent.server.serf.lan`, ...) and keeps the messages constant.
 *
 * A field named `detail` is text that belongs right behind the message, as in Consul's
 * `serf: EventMemberJoin: web-1 10.0.0.7`; a formatter prints `message: detail` and then the other fields as
 * `key=value`.
 */
export interface AgentLogger extends Logger {
  child(bindings: { readonly component: string }): AgentLogger;
}

/** Starts one pool's gossip. */
export type GossipFactory = (options: GossipOptions) => Promise<Gossip>;

/** Which pool an operation is about: every agent of a datacenter, or the servers of all datacenters. */
export type PoolName = 'lan' | 'wan';

/** The real world, replaceable for tests and other transports. */
export interface AgentPorts {
  readonly clock: Clock;
  readonly createGossip: GossipFactory;
}

/** What HTTP routes may ask of the agent. Errors are AgentErrors; routes map them by code. */
export interface GossipPort {
  self(): AgentSelf;
  /** By name; undefined when this agent is not in that pool. */
  members(pool: PoolName): readonly AgentMember[] | undefined;
  join(address: string, options: { readonly pool: PoolName }): Promise<void>;
  /** Resolves when the pools know; the agent stops by itself soon after. */
  leave(): Promise<void>;
  forceLeave(node: string, options: { readonly prune: boolean }): Promise<void>;
  readonly events: EventPort;
  readonly coordinates: CoordinatePort;
  readonly keyring: KeyringPort;
}

/** A user event to be fired; '' for what is not given. */
export interface EventRequest {
  readonly name: string;
  readonly payload: Uint8Array;
  readonly nodeFilter: string;
  readonly serviceFilter: string;
  readonly tagFilter: string;
  readonly datacenter: string;
}

/** User events of the datacenter. */
export interface EventPort {
  fire(request: EventRequest): Promise<UserEventRecord>;
  /** Those of one name, '' for all; with `wait` as soon as the list is another than the one known. */
  list(name: string, wait?: EventWait): Promise<EventList>;
}

/** Where members are in the network, as far as this agent knows. */
export interface CoordinatePort {
  /** Of the LAN; '' for this datacenter. */
  nodes(datacenter: string): readonly NodeCoordinate[];
  /** Of the WAN; none on a client. */
  datacenters(): readonly DatacenterCoordinates[];
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

/** The failed members of one pool, which did not hear of a change of the keys. */
export interface KeyringMissed {
  readonly WAN: boolean;
  readonly Datacenter: string;
  readonly Count: number;
  /** Their names, 100 at most. */
  readonly Members: readonly string[];
}
