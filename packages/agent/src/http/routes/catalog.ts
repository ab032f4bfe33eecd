import { everything } from '@hobnob/catalog';
import {
  DeregisterRequest,
  type HealthCheck,
  type Infer,
  json,
  listOf,
  mapOf,
  NodeRecord,
  NodeService,
  pointerTo,
  type RecordShape,
  RegisterRequest,
  record,
  ServiceNode,
  text,
} from '@hobnob/catalog/records';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Turns } from '../../async/turns.ts';
import { cacheControlOf } from '../cache-control.ts';
import type { AddRead, AskedRead, CatalogReads, ReadPort } from '../catalog-reads.ts';
import { addEndpoint } from '../endpoints.ts';
import { HttpError } from '../error-reply.ts';
import { listJson, valueJson } from '../json-body.ts';
import { refuseNamespace, withNamespaceReason } from '../namespaces.ts';
import { nodeMetaOf, sourceOf } from '../query-options.ts';
import { queryValue, queryValues, readRecord } from '../request.ts';
import { setHeaders } from '../send-answer.ts';

const ServicesByName = mapOf(listOf(text));
const ServicesOfNode = pointerTo(
  record('NodeServices', { Node: pointerTo(NodeRecord), Services: mapOf(pointerTo(NodeService)) }),
);
const ServiceListOfNode = record('NodeServiceList', {
  Node: pointerTo(NodeRecord),
  Services: listOf(pointerTo(NodeService)),
});

/** The routes below /v1/catalog. */
export function addCatalogRoutes(
  app: FastifyInstance,
  port: ReadPort,
  { addRead, cached, turns }: CatalogReads,
): void {
  addWrites(app, port, turns);
  addLists(addRead, port);
  addNodes(addRead, turns);
  addEndpoint(app, {
    method: 'GET',
    url: '/v1/catalog/datacenters',
    handler: async (request, reply) => {
      const control = cacheControlOf(request);
      const found = await port.rpc.call('Catalog.ListDatacenters', {}, { authority: everything });
      if (queryValue(request, 'cached') !== undefined) {
        setHeaders(reply, cached.headersOf('Catalog.ListDatacenters', {}, control));
      }
      return reply.json(found);
    },
  });
}

function addWrites(app: FastifyInstance, { rpc, place }: ReadPort, turns: Turns): void {
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/catalog/register',
    handler: async (request, reply) => {
      const body = await readWrite(request, RegisterRequest, turns);
      const Datacenter = body.Datacenter || place.datacenter;
      await rpc.call('Catalog.Register', { ...body, Datacenter }, { authority: everything });
      return reply.json(true);
    },
  });
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/catalog/deregister',
    handler: async (request, reply) => {
      const body = await readWrite(request, DeregisterRequest, turns);
      const Datacenter = body.Datacenter || place.datacenter;
      await rpc.call('Catalog.Deregister', { ...body, Datacenter }, { authority: everything });
      return reply.json(true);
    },
  });
}

/** @throws HttpError as readRecord, or because a namespace is named. */
async function readWrite<S extends RecordShape>(
  request: FastifyRequest,
  shape: S,
  turns: Turns,
): Promise<Infer<S>> {
  refuseNamespace(request);
  try {
    return await readRecord(request, shape, { turns });
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    throw new HttpError(error.code, withNamespaceReason(error.message));
  }
}

function addLists(addRead: AddRead, { place }: ReadPort): void {
  addRead({
    url: '/v1/catalog/nodes',
    method: 'Catalog.ListNodes',
    ignoresNamespace: true,
    ask: ({ request, query }) => ({
      Source: sourceOf(request, place),
      NodeMetaFilters: nodeMetaOf(request),
      ...query,
    }),
    show: ({ Nodes }) => listJson(NodeRecord, Nodes),
  });
  addRead({
    url: '/v1/catalog/services',
    method: 'Catalog.ListServices',
    isCacheable: true,
    ask: ({ request, query }) => ({ NodeMetaFilters: nodeMetaOf(request), ...query }),
    show: ({ Services }) => valueJson(ServicesByName, Services),
  });
  for (const [path, Connect] of [
    ['service', false],
    ['connect', true],
  ] as const) {
    addRead({
      url: `/v1/catalog/${path}/*`,
      named: 'service name',
      method: 'Catalog.ServiceNodes',
      isCacheable: true,
      ask: (asked) => ({ Connect, ...serviceRequest(asked, place) }),
      show: ({ ServiceNodes }) =>
        listJson(
          ServiceNode,
          each(ServiceNodes, (one) => (one.ServiceTags === null ? { ...one, ServiceTags: [] } : one)),
        ),
    });
  }
  addRead({
    url: '/v1/catalog/gateway-services/*',
    named: 'gateway name',
    method: 'Catalog.GatewayServices',
    ask: ({ query, name }) => ({ ServiceName: name, ...query }),
    show: ({ Services }) => valueJson(json, Services),
  });
}

/** The request about one service that catalog and health share. */
export function serviceRequest({ request, query, name }: AskedRead, place: ReadPort['place']) {
  const ServiceTags = queryValues(request, 'tag');
  return {
    ServiceName: name,
    ServiceTags,
    TagFilter: ServiceTags.length > 0,
    Source: sourceOf(request, place),
    NodeMetaFilters: nodeMetaOf(request),
    ...query,
  };
}

function addNodes(addRead: AddRead, turns: Turns): void {
  addRead({
    url: '/v1/catalog/node/*',
    named: 'node name',
    method: 'Catalog.NodeServices',
    ask: ({ query, name }) => ({ Node: name, ...query }),
    show: async ({ NodeServices }) =>
      valueJson(
        ServicesOfNode,
        NodeServices && {
          Node: NodeServices.Node,
          Services: await withTagsOfAll(NodeServices.Services ?? {}, turns),
        },
      ),
  });
  addRead({
    url: '/v1/catalog/node-services/*',
    named: 'node name',
    method: 'Catalog.NodeServiceList',
    ask: ({ query, name }) => ({ Node: name, ...query }),
    show: ({ NodeServices }) =>
      valueJson(ServiceListOfNode, {
        Node: NodeServices.Node,
        Services: NodeServices.Services?.map(withTags) ?? null,
      }),
  });
}

/** So many services are looked at in one turn of the event loop. */
const servicesEach = 200;

async function withTagsOfAll(
  services: Readonly<Record<string, NodeService | null>>,
  turns: Turns,
): Promise<Readonly<Record<string, NodeService | null>>> {
  // Inherits nothing: an id `__proto__` is one like others.
  const shown = Object.create(null) as Record<string, NodeService | null>;
  let count = 0;
  for (const id in services) {
    const service = services[id] ?? null;
    shown[id] = service && withTags(service);
    count += 1;
    if (count % servicesEach === 0) await turns.next();
  }
  return shown;
}

/** `map` of each, when it is read. */
export function* each<From, To>(list: Iterable<From>, map: (item: From) => To): Iterable<To> {
  for (const item of list) yield map(item);
}

/** A list where the store has none, as Consul's HTTP answers have it. */
export function withTags(service: NodeService): NodeService {
  return service.Tags === null ? { ...service, Tags: [] } : service;
}

/** The same for the tags that a check copies from its service. */
export function withServiceTags(check: HealthCheck): HealthCheck {
  return check.ServiceTags === null ? { ...check, ServiceTags: [] } : check;
}
