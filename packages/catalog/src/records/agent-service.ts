import { ServiceAddress } from './service-parts.ts';
import {
  bool,
  field,
  type Infer,
  index,
  int,
  json,
  listOf,
  mapOf,
  pointerTo,
  record,
  text,
} from './shape.ts';

/** A service as its agent answers with it: close to the catalog's, with fields of its own. Source: Consul api package. */

const omitEmpty = { omitEmpty: true } as const;

const AgentWeights = record('AgentWeights', { Passing: int, Warning: int });

const MeshGateway = record('MeshGatewayConfig', { Mode: field(text, omitEmpty) });

const AgentUpstream = record('Upstream', {
  DestinationType: field(text, omitEmpty),
  DestinationNamespace: field(text, omitEmpty),
  DestinationName: text,
  Datacenter: field(text, omitEmpty),
  LocalBindAddress: field(text, omitEmpty),
  LocalBindPort: field(int, omitEmpty),
  Config: field(mapOf(json), { omitEmpty: true, filter: false }),
  MeshGateway,
});

const ExposePath = record('ExposePath', {
  ListenerPort: field(int, omitEmpty),
  Path: field(text, omitEmpty),
  LocalPathPort: field(int, omitEmpty),
  Protocol: field(text, omitEmpty),
  ParsedFromCheck: bool,
});

const AgentProxy = record('AgentServiceConnectProxyConfig', {
  DestinationServiceName: field(text, omitEmpty),
  DestinationServiceID: field(text, omitEmpty),
  LocalServiceAddress: field(text, omitEmpty),
  LocalServicePort: field(int, omitEmpty),
  Config: field(mapOf(json), { omitEmpty: true, filter: false }),
  Upstreams: field(listOf(AgentUpstream), omitEmpty),
  MeshGateway,
  Expose: record('ExposeConfig', {
    Checks: field(bool, omitEmpty),
    Paths: field(listOf(ExposePath), omitEmpty),
  }),
});

const AgentConnect = record('AgentServiceConnect', {
  Native: field(bool, omitEmpty),
  SidecarService: field(json, { omitEmpty: true, filter: false }),
});

/** A service as GET /v1/agent/services and /v1/agent/service answer with it. */
export const AgentService = record('AgentService', {
  Kind: field(text, omitEmpty),
  ID: text,
  Service: text,
  Tags: listOf(text),
  Meta: mapOf(text),
  Port: int,
  Address: text,
  TaggedAddresses: field(mapOf(ServiceAddress), omitEmpty),
  Weights: AgentWeights,
  EnableTagOverride: bool,
  CreateIndex: field(index, { omitEmpty: true, filter: false }),
  ModifyIndex: field(index, { omitEmpty: true, filter: false }),
  ContentHash: field(text, { omitEmpty: true, filter: false }),
  /** Of proxies and gateways only. */
  Proxy: field(pointerTo(AgentProxy), omitEmpty),
  /** Of services that speak Connect themselves. */
  Connect: field(pointerTo(AgentConnect), omitEmpty),
});
/** A service as its agent answers with it. */
export interface AgentService extends Infer<typeof AgentService> {}
