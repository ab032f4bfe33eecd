import type {
  CatalogCoordinate,
  DirEntry,
  HealthCheck,
  NodeRecord,
  NodeService,
  Session,
} from '../records/index.ts';
import { OrderedMap } from './ordered-map.ts';
import type { TagCounts } from './tag-counts.ts';

/** A node with the checks that concern all of it. */
export interface NodeEntry {
  readonly node: NodeRecord;
  /** Checks without a service, by id. */
  readonly checks: readonly HealthCheck[];
}

/** One instance of a service with the checks of its own. */
export interface Instance {
  /** The node's name as the service was registered with: its record may be written otherwise by now. */
  readonly node: string;
  readonly service: NodeService;
  /** By id. */
  readonly checks: readonly HealthCheck[];
}

/** One name that services have, with the tags that any of them has. */
export interface NamedService {
  readonly name: string;
  readonly instancesCount: number;
  readonly tagCounts: TagCounts;
  /** In order. */
  readonly tags: readonly string[];
}

/** A key, or a prefix, under which something was deleted. */
export interface Tombstone {
  readonly key: string;
  /** The log index of the deletion. */
  readonly index: number;
}

/** A session that ends when a check is critical or gone. */
export interface SessionCheck {
  readonly node: string;
  readonly check: string;
  readonly session: string;
}

/** All that the store holds. Rows are never changed in place, so that a clone stays what it was. */
export interface Tables {
  /** By name. */
  readonly nodes: OrderedMap<NodeEntry>;
  /** Keys of nodes, by the hexadecimal digits of their id. */
  readonly nodeIds: OrderedMap<string>;
  /** By node and id. */
  readonly instances: OrderedMap<Instance>;
  /** By service name, node and id. */
  readonly instancesByName: OrderedMap<Instance>;
  /** By the name of the service that is reached through them over Connect, node and id. */
  readonly instancesByTarget: OrderedMap<Instance>;
  /** By name. */
  readonly serviceNames: OrderedMap<NamedService>;
  /** By node and id. */
  readonly checks: OrderedMap<HealthCheck>;
  /** By service name, node and id. */
  readonly checksByService: OrderedMap<HealthCheck>;
  /** By status, node and id. */
  readonly checksByStatus: OrderedMap<HealthCheck>;
  /** By node and segment. */
  readonly coordinates: OrderedMap<CatalogCoordinate>;
  /** By key, in the bytes of `keyBytesText`. */
  readonly kvs: OrderedMap<DirEntry>;
  /** By session and key. */
  readonly kvsBySession: OrderedMap<DirEntry>;
  /** By the time at which they end, and key. */
  readonly kvsByExpiry: OrderedMap<DirEntry>;
  /** By key. */
  readonly tombstones: OrderedMap<Tombstone>;
  /** By index and key. */
  readonly tombstonesByIndex: OrderedMap<Tombstone>;
  /** By the hexadecimal digits of their id. */
  readonly sessions: OrderedMap<Session>;
  /** By node and id. */
  readonly sessionsByNode: OrderedMap<Session>;
  /** By node, check and session. */
  readonly sessionChecks: OrderedMap<SessionCheck>;
  /** Records of snapshots that have no table here, as they came, in their order. */
  readonly foreign: OrderedMap<Uint8Array>;
  /** The log index of the last change, by the name of what changed. */
  readonly indexes: OrderedMap<number>;
}

export function emptyTables(): Tables {
  return {
    nodes: new OrderedMap(),
    nodeIds: new OrderedMap(),
    instances: new OrderedMap(),
    instancesByName: new OrderedMap(),
    instancesByTarget: new OrderedMap(),
    serviceNames: new OrderedMap(),
    checks: new OrderedMap(),
    checksByService: new OrderedMap(),
    checksByStatus: new OrderedMap(),
    coordinates: new OrderedMap(),
    kvs: new OrderedMap(),
    kvsBySession: new OrderedMap(),
    kvsByExpiry: new OrderedMap(),
    tombstones: new OrderedMap(),
    tombstonesByIndex: new OrderedMap(),
    sessions: new OrderedMap(),
    sessionsByNode: new OrderedMap(),
    sessionChecks: new OrderedMap(),
    foreign: new OrderedMap(),
    indexes: new OrderedMap(),
  };
}

/** The same content, apart from what happens to `tables` later. Costs the same for any size. */
export function cloneTables(tables: Tables): Tables {
  return {
    nodes: tables.nodes.clone(),
    nodeIds: tables.nodeIds.clone(),
    instances: tables.instances.clone(),
    instancesByName: tables.instancesByName.clone(),
    instancesByTarget: tables.instancesByTarget.clone(),
    serviceNames: tables.serviceNames.clone(),
    checks: tables.checks.clone(),
    checksByService: tables.checksByService.clone(),
    checksByStatus: tables.checksByStatus.clone(),
    coordinates: tables.coordinates.clone(),
    kvs: tables.kvs.clone(),
    kvsBySession: tables.kvsBySession.clone(),
    kvsByExpiry: tables.kvsByExpiry.clone(),
    tombstones: tables.tombstones.clone(),
    tombstonesByIndex: tables.tombstonesByIndex.clone(),
    sessions: tables.sessions.clone(),
    sessionsByNode: tables.sessionsByNode.clone(),
    sessionChecks: tables.sessionChecks.clone(),
    foreign: tables.foreign.clone(),
    indexes: tables.indexes.clone(),
  };
}
