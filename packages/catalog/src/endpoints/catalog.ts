import { NodeRecord, NodeService, ServiceNode } from '../records/index.ts';
import type { Answer } from '../store/queries/answer.ts';
import {
  filterPieces,
  Later,
  mapOfPieces,
  mapPieces,
  type Pieces,
  rowsEach,
} from '../store/queries/later.ts';
import { listNodes, type NodeServices, nodeServices } from '../store/queries/nodes.ts';
import {
  type ServiceNode as FoundInstance,
  instancesAt,
  listServices,
  serviceNodes,
} from '../store/queries/services.ts';
import type { Tables } from '../store/tables.ts';
import { topics } from '../store/topics.ts';
import {
  checkDatacenter,
  type EndpointContext,
  filterOf,
  type Handler,
  mapAnswer,
  mapRows,
  mustHave,
  read,
  write,
} from './context.ts';
import type { RpcMethods } from './methods.ts';
import { nearestFirst, originOf } from './near.ts';
import { prepareRegistration } from './register.ts';
import type { NodeRequest, ServiceRequest } from './requests.ts';

type Of<M extends keyof RpcMethods> = Handler<RpcMethods[M]['request'], RpcMethods[M]['reply']>;

/** Consul's Catalog endpoint. Sources: consensus-and-rpc.md 3.12, 5.2, 5.3. */
export function catalogEndpoint(context: EndpointContext) {
  return { ...writes(context), ...lists(context), ...servicesOfNode(context), ...gateways(context) };
}

/** Which services are behind a gateway is configured in entries that this version does not have. */
function gateways(context: EndpointContext) {
  return {
    'Catalog.GatewayServices': (async (request, options) => {
      mustHave(request.ServiceName, 'gateway name');
      const ask = () => nothing({ Services: null });
      return read(context, { key: ['Catalog.GatewayServices'], request, ask }, options);
    }) satisfies Of<'Catalog.GatewayServices'>,
  };
}

/** An answer that nothing changes. */
export function nothing<T>(value: T): Answer<T> {
  return { index: 0, value, topics: [], indexTopics: [] };
}

function writes(context: EndpointContext) {
  return {
    'Catalog.Register': (async (request) => {
      checkDatacenter(context, request.Datacenter);
      return write(context, { type: 0, body: prepareRegistration(request) });
    }) satisfies Of<'Catalog.Register'>,

    'Catalog.Deregister': (async (request) => {
      checkDatacenter(context, request.Datacenter);
      mustHave(request.Node, 'node');
      return write(context, { type: 1, body: request });
    }) satisfies Of<'Catalog.Deregister'>,
  };
}

function lists(context: EndpointContext) {
  const { datacenter } = context;
  return {
    'Catalog.ListDatacenters': (async () => ({
      reply: context.datacenters().map(({ Datacenter }) => Datacenter),
      topics: [],
    })) satisfies Of<'Catalog.ListDatacenters'>,

    'Catalog.ListNodes': (async (request, options) => {
      const { NodeMetaFilters, Source, Filter } = request;
      const filter = await filterOf(context, request, NodeRecord);
      const ask = (tables: Tables) => {
        const origin = originOf(tables, datacenter, Source);
        const toReply = function* (all: readonly NodeRecord[]) {
          const found = yield* filterPieces(all, filter);
          return { Nodes: yield* nearestFirst(origin, found, ({ Node }) => Node) };
        };
        const answer = mapRows(listNodes(tables, NodeMetaFilters ?? {}), toReply, filter);
        return withNear(Source, answer);
      };
      return read(
        context,
        { key: ['Catalog.ListNodes', NodeMetaFilters, Source, Filter], request, ask },
        options,
      );
    }) satisfies Of<'Catalog.ListNodes'>,

    'Catalog.ListServices': (async (request, options) => {
      const { NodeMetaFilters } = request;
      const ask = (tables: Tables) =>
        mapRows(listServices(tables, NodeMetaFilters ?? {}), function* (found) {
          return { Services: yield* mapOfPieces(found) };
        });
      return read(context, { key: ['Catalog.ListServices', NodeMetaFilters], request, ask }, options);
    }) satisfies Of<'Catalog.ListServices'>,

    'Catalog.ServiceNodes': (async (request, options) => {
      const { Source } = request;
      if (request.ServiceAddress === undefined || request.ServiceAddress === '') {
        mustHave(request.ServiceName, 'service name');
      }
      const filter = await filterOf(context, request, ServiceNode);
      const ask = (tables: Tables) => {
        const origin = originOf(tables, datacenter, Source);
        const toReply = function* (all: readonly FoundInstance[]) {
          const rows = yield* mapPieces(all, toServiceNode);
          const found = yield* filterPieces(rows, filter);
          return { ServiceNodes: yield* nearestFirst(origin, found, ({ Node }) => Node) };
        };
        const answer = mapRows(findServiceNodes(tables, request), toReply, filter);
        return withNear(Source, answer);
      };
      return read(context, { key: ['Catalog.ServiceNodes', ...serviceKey(request)], request, ask }, options);
    }) satisfies Of<'Catalog.ServiceNodes'>,
  };
}

function servicesOfNode(context: EndpointContext) {
  return {
    'Catalog.NodeServices': (async (request, options) => {
      mustHave(request.Node, 'node');
      const filter = await filterOf(context, request, NodeService);
      const toReply = function* (found: NodeServices | undefined) {
        if (found === undefined) return { NodeServices: null };
        const services = yield* filterPieces(found.services, filter);
        const Services = yield* mapOfPieces(eachById(services));
        return { NodeServices: { Node: found.node, Services } };
      };
      const ask = (tables: Tables) => mapRows(foundServices(tables, request), toReply, filter);
      return read(
        context,
        { key: ['Catalog.NodeServices', request.Node, request.Filter], request, ask },
        options,
      );
    }) satisfies Of<'Catalog.NodeServices'>,

    'Catalog.NodeServiceList': (async (request, options) => {
      mustHave(request.Node, 'node');
      const filter = await filterOf(context, request, NodeService);
      const toReply = function* (found: NodeServices | undefined) {
        if (found === undefined) return { NodeServices: { Node: null, Services: null } };
        const { node: Node, services } = found;
        // Consul's list is nil when nothing was put in, and empty when a filter has taken all out.
        if (filter === undefined && services.length === 0) return { NodeServices: { Node, Services: null } };
        return { NodeServices: { Node, Services: yield* filterPieces(services, filter) } };
      };
      const ask = (tables: Tables) => mapRows(foundServices(tables, request), toReply, filter);
      return read(
        context,
        { key: ['Catalog.NodeServiceList', request.Node, request.Filter], request, ask },
        options,
      );
    }) satisfies Of<'Catalog.NodeServiceList'>,
  };
}

function* eachById(services: readonly NodeService[]): Iterable<readonly [string, NodeService]> {
  for (const service of services) yield [service.ID, service];
}

function foundServices(tables: Tables, { Node }: NodeRequest): Answer<Later<NodeServices | undefined>> {
  return mapAnswer(nodeServices(tables, Node), (found) =>
    found !== undefined && found.services.length > rowsEach
      ? Later.in(() => afterOneTurn(found))
      : Later.of(found),
  );
}

/** What is there takes no time, but what is made of it does. */
function* afterOneTurn<T>(value: T): Pieces<T> {
  yield;
  return value;
}

function findServiceNodes(tables: Tables, request: ServiceRequest): Answer<Later<readonly FoundInstance[]>> {
  const { ServiceAddress = '' } = request;
  if (ServiceAddress !== '' && request.Connect !== true) {
    return instancesAt(tables, ServiceAddress, request.NodeMetaFilters ?? {});
  }
  return serviceNodes(tables, serviceQuestion(request));
}

/** What the store is asked for a request about one service. Tags do not count for Connect, as in Consul. */
export function serviceQuestion(request: ServiceRequest) {
  const { ServiceName, ServiceTag = '', ServiceTags, NodeMetaFilters, Connect = false } = request;
  const tags = ServiceTag === '' ? (ServiceTags ?? []) : [ServiceTag];
  return {
    service: ServiceName,
    nodeMeta: NodeMetaFilters ?? {},
    connect: Connect,
    tags: request.TagFilter === true && !Connect ? tags : [],
  };
}

/** Tells requests about services apart. */
export function serviceKey(request: ServiceRequest): readonly unknown[] {
  const { service, nodeMeta, connect, tags } = serviceQuestion(request);
  return [service, nodeMeta, connect, tags, request.ServiceAddress, request.Source, request.Filter];
}

/** A kept answer that is sorted by distance ends when coordinates change; who waits is not woken by that. */
export function withNear<T>(source: ServiceRequest['Source'], answer: Answer<T>): Answer<T> {
  if (source?.Node === undefined || source.Node === '') return answer;
  return { ...answer, indexTopics: [...answer.indexTopics, topics.coordinates] };
}

function toServiceNode({ node, nodeName, service }: FoundInstance): ServiceNode {
  return {
    ID: node.ID,
    Node: nodeName,
    Address: node.Address,
    Datacenter: node.Datacenter,
    TaggedAddresses: node.TaggedAddresses,
    NodeMeta: node.Meta,
    ServiceKind: service.Kind,
    ServiceID: service.ID,
    ServiceName: service.Service,
    ServiceTags: service.Tags,
    ServiceAddress: service.Address,
    ServiceTaggedAddresses: service.TaggedAddresses,
    ServiceWeights: service.Weights ?? { Passing: 1, Warning: 1 },
    ServiceMeta: service.Meta ?? {},
    ServicePort: service.Port,
    ServiceEnableTagOverride: service.EnableTagOverride,
    ServiceProxy: service.Proxy,
    ServiceConnect: service.Connect,
    CreateIndex: service.CreateIndex,
    ModifyIndex: service.ModifyIndex,
  };
}
