import type { CatalogCoordinate, HealthCheck, NodeRecord, NodeService } from '../records/index.ts';
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
    indexes: tables.indexes.clone(),
  };
}
