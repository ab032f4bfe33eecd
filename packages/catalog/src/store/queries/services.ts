import type { HealthCheck, NodeRecord, NodeService } from '../../records/index.ts';
import { connectIndexName, missingTopics, serviceIndex, serviceIndexName, tableIndex } from '../indexes.ts';
import { joinKey, nameKey } from '../keys.ts';
import type { Instance, NamedService, Tables } from '../tables.ts';
import { type Topic, topics } from '../topics.ts';
import { type Answer, hasMeta, isEmpty, type MetaFilters } from './answer.ts';
import { type Later, mapPieces } from './later.ts';
import { collectRows, findRows } from './rows.ts';

/** Questions about services. */

/** The names of all services with the tags that any instance has, both in order. */
export function listServices(
  tables: Tables,
  filters: MetaFilters,
): Answer<Later<ReadonlyMap<string, readonly string[]>>> {
  const used = isEmpty(filters) ? [topics.services] : [topics.services, topics.nodes];
  const value = isEmpty(filters) ? allNames(tables) : namesOn(tables, filters);
  return { index: tableIndex(tables, ...used), value, topics: used, indexTopics: [] };
}

type TagsByName = ReadonlyMap<string, readonly string[]>;

function allNames(tables: Tables): Later<TagsByName> {
  return collectRows<NamedService, TagsByName>(tables, tables.serviceNames, '', () => {
    const result = new Map<string, readonly string[]>();
    return { result, visit: ({ name, tags }) => void result.set(name, tags) };
  });
}

/** The names of services on nodes with that metadata. */
function namesOn(tables: Tables, filters: MetaFilters): Later<TagsByName> {
  const found = collectRows<Instance, ReadonlyMap<string, ReadonlySet<string>>>(
    tables,
    tables.instancesByName,
    '',
    () => {
      const result = new Map<string, Set<string>>();
      const visit = ({ node, service }: Instance, nodes: Tables['nodes']): void => {
        const entry = nodes.get(nameKey(node));
        if (entry === undefined || !hasMeta(entry.node, filters)) return;
        const tags = result.get(service.Service) ?? new Set();
        result.set(service.Service, tags);
        for (const tag of service.Tags ?? []) tags.add(tag);
      };
      return { result, visit };
    },
  );
  return found.map(function* (tagsByName) {
    const sorted = yield* mapPieces([...tagsByName], ([name, tags]) => [name, [...tags].sort()] as const);
    return new Map(sorted);
  });
}

/** One instance with its node. */
export interface ServiceNode {
  readonly node: NodeRecord;
  /** The node's name as the service was registered with. */
  readonly nodeName: string;
  readonly service: NodeService;
}

/** Which instances of a service are asked for. */
export interface ServiceQuestion {
  readonly service: string;
  /** Tags that an instance must have, all of them, in any case. */
  readonly tags?: readonly string[];
  readonly nodeMeta?: MetaFilters;
  /** The instances through which the service is reached over Connect, instead of its own. Default false. */
  readonly connect?: boolean;
}

/** The instances of a service, by node and id. */
export function serviceNodes(
  tables: Tables,
  question: ServiceQuestion,
): Answer<Later<readonly ServiceNode[]>> {
  return findInstances(tables, question, ['nodes', 'services'], toServiceNode);
}

/** The instances of all services at an address, by node and id. Consul reports no index for them. */
export function instancesAt(
  tables: Tables,
  address: string,
  nodeMeta: MetaFilters,
): Answer<Later<readonly ServiceNode[]>> {
  const value = findRows(tables, tables.instances, '', (instance, nodes) => {
    const entry = nodes.get(nameKey(instance.node));
    if (entry === undefined || !hasMeta(entry.node, nodeMeta)) return undefined;
    const isThere = (instance.service.Address || entry.node.Address) === address;
    return isThere ? toServiceNode(entry.node, instance) : undefined;
  });
  return { index: 0, value, topics: [topics.nodes, topics.services], indexTopics: [] };
}

function toServiceNode(node: NodeRecord, { node: nodeName, service }: Instance): ServiceNode {
  return { node, nodeName, service };
}

/** An instance as health queries list it. */
export interface CheckedService {
  readonly Node: NodeRecord;
  readonly Service: NodeService;
  /** Those of the node, then those of the service, each by id. */
  readonly Checks: readonly HealthCheck[];
}

/** The instances of a service with their checks, by node and id. */
export function checkedServices(
  tables: Tables,
  question: ServiceQuestion,
): Answer<Later<readonly CheckedService[]>> {
  return findInstances(tables, question, ['nodes', 'services', 'checks'], toChecked);
}

/** All instances with their checks, by node and id. */
export function dumpServices(tables: Tables): Answer<Later<readonly CheckedService[]>> {
  const value = findRows(tables, tables.instances, '', (instance, nodes) => {
    const entry = nodes.get(nameKey(instance.node));
    return entry && toChecked(entry.node, instance, entry.checks);
  });
  const used = ['nodes', 'services', 'checks'];
  return { index: tableIndex(tables, ...used), value, topics: used, indexTopics: [] };
}

function toChecked(
  Node: NodeRecord,
  { service, checks }: Instance,
  nodeChecks: readonly HealthCheck[],
): CheckedService {
  return { Node, Service: service, Checks: checks.length === 0 ? nodeChecks : [...nodeChecks, ...checks] };
}

/** Finds what is asked for. Without any instance the index is the last extinction's or that of the `fallback` tables. */
function findInstances<Found>(
  tables: Tables,
  { service, tags = [], nodeMeta = {}, connect = false }: ServiceQuestion,
  fallback: readonly Topic[],
  make: (node: NodeRecord, instance: Instance, nodeChecks: readonly HealthCheck[]) => Found,
): Answer<Later<readonly Found[]>> {
  const wantedTags = tags.map((tag) => tag.toLowerCase());
  const map = connect ? tables.instancesByTarget : tables.instancesByName;
  const prefix = joinKey(service);
  const exists = map.has(prefix);
  const value = findRows(tables, map, prefix, (instance, nodes) => {
    const entry = nodes.get(nameKey(instance.node));
    if (entry === undefined || !hasTags(instance.service, wantedTags)) return undefined;
    return hasMeta(entry.node, nodeMeta) ? make(entry.node, instance, entry.checks) : undefined;
  });
  const name = connect ? connectIndexName(service) : serviceIndexName(service);
  const own = connect ? topics.connect(service) : topics.service(service);
  // Until a first service is gone, the tables' indexes stand for a missing one, and every change moves them.
  const missing =
    tableIndex(tables, 'service_last_extinction') === 0 ? [...missingTopics, ...fallback] : missingTopics;
  return {
    index: serviceIndex(tables, name, exists, fallback),
    value,
    topics: exists ? [own] : [own, ...missing],
    indexTopics: [],
  };
}

function hasTags({ Tags }: NodeService, wanted: readonly string[]): boolean {
  return wanted.every((tag) => Tags?.some((own) => own.toLowerCase() === tag) ?? false);
}
