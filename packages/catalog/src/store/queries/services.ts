import type { HealthCheck, NodeRecord, NodeService } from '../../records/index.ts';
import { connectIndexName, missingTopics, serviceIndex, serviceIndexName, tableIndex } from '../indexes.ts';
import { joinKey, nameKey } from '../keys.ts';
import type { Instance, Tables } from '../tables.ts';
import { type Topic, topics } from '../topics.ts';
import { type Answer, hasMeta, isEmpty, type MetaFilters } from './answer.ts';

/** Questions about services. */

/** The names of all services with the tags that any instance has, both in order. */
export function listServices(
  tables: Tables,
  filters: MetaFilters,
): Answer<ReadonlyMap<string, readonly string[]>> {
  const used = isEmpty(filters) ? [topics.services] : [topics.services, topics.nodes];
  const value = isEmpty(filters) ? allNames(tables) : namesOn(tables, filters);
  return { index: tableIndex(tables, ...used), value, topics: used, indexTopics: [] };
}

function allNames(tables: Tables): ReadonlyMap<string, readonly string[]> {
  const tagsByName = new Map<string, readonly string[]>();
  tables.serviceNames.scan('', ({ name, tags }) => tagsByName.set(name, tags));
  return tagsByName;
}

/** The names of services on nodes with that metadata. */
function namesOn(tables: Tables, filters: MetaFilters): ReadonlyMap<string, readonly string[]> {
  const tagsByName = new Map<string, Set<string>>();
  tables.instancesByName.scan('', ({ node, service }) => {
    if (!hasNodeMeta(tables, node, filters)) return;
    const tags = tagsByName.get(service.Service) ?? new Set();
    tagsByName.set(service.Service, tags);
    for (const tag of service.Tags ?? []) tags.add(tag);
  });
  return new Map([...tagsByName].map(([name, tags]) => [name, [...tags].sort()]));
}

function hasNodeMeta(tables: Tables, node: string, filters: MetaFilters): boolean {
  const entry = tables.nodes.get(nameKey(node));
  return entry !== undefined && hasMeta(entry.node, filters);
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
export function serviceNodes(tables: Tables, question: ServiceQuestion): Answer<readonly ServiceNode[]> {
  const value: ServiceNode[] = [];
  const answer = findInstances(tables, question, ['nodes', 'services'], (node, instance) =>
    value.push(toServiceNode(node, instance)),
  );
  return { ...answer, value };
}

/** The instances of all services at an address, by node and id. Consul reports no index for them. */
export function instancesAt(
  tables: Tables,
  address: string,
  nodeMeta: MetaFilters,
): Answer<readonly ServiceNode[]> {
  const value: ServiceNode[] = [];
  tables.instances.scan('', (instance) => {
    const entry = tables.nodes.get(nameKey(instance.node));
    if (entry === undefined || !hasMeta(entry.node, nodeMeta)) return;
    if ((instance.service.Address || entry.node.Address) === address)
      value.push(toServiceNode(entry.node, instance));
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
): Answer<readonly CheckedService[]> {
  const value: CheckedService[] = [];
  const answer = findInstances(
    tables,
    question,
    ['nodes', 'services', 'checks'],
    (node, instance, nodeChecks) => value.push(toChecked(node, instance, nodeChecks)),
  );
  return { ...answer, value };
}

/** All instances with their checks, by node and id. */
export function dumpServices(tables: Tables): Answer<readonly CheckedService[]> {
  const value: CheckedService[] = [];
  tables.instances.scan('', (instance) => {
    const entry = tables.nodes.get(nameKey(instance.node));
    if (entry !== undefined) value.push(toChecked(entry.node, instance, entry.checks));
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

type Visit = (node: NodeRecord, instance: Instance, nodeChecks: readonly HealthCheck[]) => void;

/** Visits what is asked for. Without any instance the index is the last extinction's or that of the `fallback` tables. */
function findInstances(
  tables: Tables,
  { service, tags = [], nodeMeta = {}, connect = false }: ServiceQuestion,
  fallback: readonly Topic[],
  visit: Visit,
): Omit<Answer<never>, 'value'> {
  const wantedTags = tags.map((tag) => tag.toLowerCase());
  let exists = false;
  const map = connect ? tables.instancesByTarget : tables.instancesByName;
  map.scan(joinKey(service), (instance) => {
    exists = true;
    const entry = tables.nodes.get(nameKey(instance.node));
    if (entry === undefined || !hasTags(instance.service, wantedTags)) return;
    if (!hasMeta(entry.node, nodeMeta)) return;
    visit(entry.node, instance, entry.checks);
  });
  const name = connect ? connectIndexName(service) : serviceIndexName(service);
  const own = connect ? topics.connect(service) : topics.service(service);
  // Until a first service is gone, the tables' indexes stand for a missing one, and every change moves them.
  const missing =
    tableIndex(tables, 'service_last_extinction') === 0 ? [...missingTopics, ...fallback] : missingTopics;
  return {
    index: serviceIndex(tables, name, exists, fallback),
    topics: exists ? [own] : [own, ...missing],
    indexTopics: [],
  };
}

function hasTags({ Tags }: NodeService, wanted: readonly string[]): boolean {
  return wanted.every((tag) => Tags?.some((own) => own.toLowerCase() === tag) ?? false);
}
