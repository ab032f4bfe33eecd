import { HealthCheck } from './check.ts';
import { NodeRecord, nodeId, raftIndexFields } from './node.ts';
import { ServiceConnect } from './service-definition.ts';
import { ConnectProxyConfig, ServiceAddress, serviceKind, Weights } from './service-parts.ts';
import { bool, field, type Infer, int, listOf, mapOf, pointerTo, record, text } from './shape.ts';

/** A service instance of a node. Source: Consul structs.NodeService. */
export const NodeService = record('NodeService', {
  Kind: field(serviceKind, { omitEmpty: true }),
  ID: text,
  Service: text,
  Tags: listOf(text),
  Address: text,
  TaggedAddresses: field(mapOf(ServiceAddress), { omitEmpty: true }),
  Meta: mapOf(text),
  Port: int,
  Weights: pointerTo(Weights),
  EnableTagOverride: bool,
  Proxy: ConnectProxyConfig,
  Connect: ServiceConnect,
  /** Known to the agent that registered it alone. */
  LocallyRegisteredAsSidecar: field(bool, { json: false, filter: false }),
  ...raftIndexFields,
});
/** A service instance of a node. */
export interface NodeService extends Infer<typeof NodeService> {}

/** A service instance with its node, in one record, as /v1/catalog/service lists it. Source: Consul structs.ServiceNode. */
export const ServiceNode = record('ServiceNode', {
  ID: nodeId,
  Node: text,
  Address: text,
  Datacenter: text,
  TaggedAddresses: mapOf(text),
  NodeMeta: mapOf(text),
  ServiceKind: serviceKind,
  ServiceID: text,
  ServiceName: text,
  ServiceTags: listOf(text),
  ServiceAddress: text,
  ServiceTaggedAddresses: field(mapOf(ServiceAddress), { omitEmpty: true }),
  ServiceWeights: Weights,
  ServiceMeta: mapOf(text),
  ServicePort: int,
  ServiceEnableTagOverride: bool,
  ServiceProxy: ConnectProxyConfig,
  ServiceConnect: ServiceConnect,
  ...raftIndexFields,
});
/** A service instance with its node, in one record. */
export interface ServiceNode extends Infer<typeof ServiceNode> {}

/** A service instance with its node and the checks of both, as /v1/health/service lists it. */
export const CheckServiceNode = record('CheckServiceNode', {
  Node: NodeRecord,
  Service: NodeService,
  Checks: listOf(HealthCheck, 'structs.HealthChecks'),
});
/** A service instance with its node and the checks of both. */
export interface CheckServiceNode extends Infer<typeof CheckServiceNode> {}
