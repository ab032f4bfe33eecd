import { isTextList, listOf, mapOf, recordWith } from './guards.ts';
import { withQuery } from './query.ts';
import {
  placeOf,
  type ReadAnswer,
  type ReadOptions,
  type RequestOptions,
  readCatalog,
} from './read-options.ts';
import type {
  CatalogDeregistration,
  CatalogNode,
  CatalogRegistration,
  CatalogServiceInstance,
  NodeServiceList,
  NodeServicesById,
} from './records.ts';
import { type CallOptions, isRecord, type Transport } from './transport.ts';

/** Which instances of a service are meant. */
export interface InstanceOptions extends ReadOptions {
  /** Only instances with this tag, or with all of these. */
  readonly tag?: string | readonly string[];
  /** The proxies and Connect-native instances of the service in place of its own. */
  readonly connect?: boolean;
}

/** The catalog: nodes and services of the datacenter. */
export interface CatalogCalls {
  /** The nearest datacenter first. */
  datacenters(options?: CallOptions): Promise<readonly string[]>;
  nodes(options?: ReadOptions): Promise<ReadAnswer<readonly CatalogNode[]>>;
  /** The tags of all instances, by the service's name. */
  services(options?: ReadOptions): Promise<ReadAnswer<Readonly<Record<string, readonly string[]>>>>;
  /** The instances of a service; none when there is no such service. */
  service(name: string, options?: InstanceOptions): Promise<ReadAnswer<readonly CatalogServiceInstance[]>>;
  /** A node and its services by id; null when there is no such node. */
  node(name: string, options?: ReadOptions): Promise<ReadAnswer<NodeServicesById | null>>;
  /** The same as a list, which `filter` selects from. */
  nodeServices(name: string, options?: ReadOptions): Promise<ReadAnswer<NodeServiceList>>;
  /** Enters a node, and services and checks with it, past its agent. */
  register(registration: CatalogRegistration, options?: RequestOptions): Promise<void>;
  /** Removes a service, a check or a node; one that is not there is no error. */
  deregister(deregistration: CatalogDeregistration, options?: RequestOptions): Promise<void>;
}

const isNode = recordWith<CatalogNode>('Node', 'Address');
const isInstance = recordWith<CatalogServiceInstance>('Node', 'Address', 'ServiceID', 'ServiceName');

/** The calls of one client. */
export function catalogCalls(transport: Transport): CatalogCalls {
  return {
    async datacenters(options = {}) {
      const answer = await transport.call('GET', '/v1/catalog/datacenters', options);
      return transport.read(answer, { what: 'a list of datacenters', guard: isTextList });
    },
    nodes: (options = {}) =>
      readCatalog(transport, '/v1/catalog/nodes', options, listOf('a list of nodes', isNode)),
    services: (options = {}) =>
      readCatalog(transport, '/v1/catalog/services', options, mapOf('tags by service', isTextList)),
    service(name, options = {}) {
      const path = `/v1/catalog/${options.connect === true ? 'connect' : 'service'}/${encodeURIComponent(name)}`;
      const query = { tag: tagsOf(options) };
      return readCatalog(transport, path, { ...options, query }, listOf('a list of instances', isInstance));
    },
    node(name, options = {}) {
      const path = `/v1/catalog/node/${encodeURIComponent(name)}`;
      return readCatalog(transport, path, options, { what: 'a node', guard: isNodeServicesOrNull });
    },
    nodeServices(name, options = {}) {
      const path = `/v1/catalog/node-services/${encodeURIComponent(name)}`;
      return readCatalog(transport, path, options, { what: 'a node', guard: isNodeServiceList });
    },
    register: (registration, options = {}) =>
      transport.put(withQuery('/v1/catalog/register', placeOf(options)), options, registration),
    deregister: (deregistration, options = {}) =>
      transport.put(withQuery('/v1/catalog/deregister', placeOf(options)), options, deregistration),
  };
}

/** The parameter for one tag or several. */
export function tagsOf({ tag }: Pick<InstanceOptions, 'tag'>): readonly string[] | undefined {
  return typeof tag === 'string' ? [tag] : tag;
}

function isNodeServicesOrNull(value: unknown): value is NodeServicesById | null {
  if (value === null) return true;
  return (
    isRecord(value) && isNode(value['Node']) && (value['Services'] === null || isRecord(value['Services']))
  );
}

function isNodeServiceList(value: unknown): value is NodeServiceList {
  if (!isRecord(value)) return false;
  const { Node, Services } = value;
  return (Node === null || isNode(Node)) && (Services === null || Array.isArray(Services));
}
