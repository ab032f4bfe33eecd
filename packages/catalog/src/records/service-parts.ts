import {
  bool,
  decoderStruct,
  field,
  type Infer,
  int,
  json,
  listOf,
  mapOf,
  record,
  text,
  textOf,
} from './shape.ts';

/** '' or `connect-proxy`, `mesh-gateway`, `terminating-gateway`, `ingress-gateway`. */
export const serviceKind = textOf('structs.ServiceKind');

/** How DNS weighs an instance that passes, and one that warns. */
export const Weights = record('Weights', { Passing: int, Warning: int });
/** How DNS weighs an instance. */
export interface Weights extends Infer<typeof Weights> {}

/** One of the tagged addresses of a service. */
export const ServiceAddress = record('ServiceAddress', { Address: text, Port: int });
/** One of the tagged addresses of a service. */
export interface ServiceAddress extends Infer<typeof ServiceAddress> {}

const MeshGatewayConfig = record('MeshGatewayConfig', {
  Mode: field(textOf('structs.MeshGatewayMode'), { omitEmpty: true }),
});

/** A service that a proxy reaches for its own. Source: Consul structs.Upstream. */
export const Upstream = record(
  'Upstream',
  {
    DestinationType: field(text, { aliases: ['destination_type'] }),
    DestinationNamespace: field(text, { omitEmpty: true, aliases: ['destination_namespace'] }),
    DestinationName: field(text, { aliases: ['destination_name'] }),
    Datacenter: text,
    LocalBindAddress: field(text, { omitEmpty: true, aliases: ['local_bind_address'] }),
    LocalBindPort: field(int, { aliases: ['local_bind_port'] }),
    Config: field(mapOf(json), { filter: false }),
    MeshGateway: MeshGatewayConfig,
    /** Kept for ingress gateways between servers. */
    IngressHosts: field(listOf(text), { json: false, filter: false }),
  },
  {
    decoding: 'strict',
    decoderType: decoderStruct(
      'DestinationTypeSnake string destination_type',
      'DestinationNamespaceSnake string destination_namespace',
      'DestinationNameSnake string destination_name',
      'LocalBindPortSnake int local_bind_port',
      'LocalBindAddressSnake string local_bind_address',
    ),
  },
);
/** A service that a proxy reaches for its own. */
export interface Upstream extends Infer<typeof Upstream> {}

const ExposePath = record(
  'ExposePath',
  {
    ListenerPort: field(int, { omitEmpty: true, aliases: ['listener_port'] }),
    Path: field(text, { omitEmpty: true }),
    LocalPathPort: field(int, { omitEmpty: true, aliases: ['local_path_port'] }),
    Protocol: field(text, { omitEmpty: true }),
    ParsedFromCheck: bool,
  },
  {
    decoding: 'strict',
    decoderType: decoderStruct(
      'LocalPathPortSnake int local_path_port',
      'ListenerPortSnake int listener_port',
    ),
  },
);

const ExposeConfig = record('ExposeConfig', {
  Checks: field(bool, { omitEmpty: true }),
  Paths: field(listOf(ExposePath), { omitEmpty: true }),
});

/** What a proxy is for. Source: Consul structs.ConnectProxyConfig. */
export const ConnectProxyConfig = record(
  'ConnectProxyConfig',
  {
    DestinationServiceName: field(text, { omitEmpty: true, aliases: ['destination_service_name'] }),
    DestinationServiceID: field(text, { omitEmpty: true, aliases: ['destination_service_id'] }),
    LocalServiceAddress: field(text, { omitEmpty: true, aliases: ['local_service_address'] }),
    LocalServicePort: field(int, { omitEmpty: true, aliases: ['local_service_port'] }),
    Config: field(mapOf(json), { omitEmpty: true, filter: false }),
    Upstreams: field(listOf(Upstream, 'structs.Upstreams'), { omitEmpty: true }),
    MeshGateway: MeshGatewayConfig,
    Expose: ExposeConfig,
  },
  {
    decoding: 'strict',
    decoderType: decoderStruct(
      'DestinationServiceNameSnake string destination_service_name',
      'DestinationServiceIDSnake string destination_service_id',
      'LocalServiceAddressSnake string local_service_address',
      'LocalServicePortSnake int local_service_port',
    ),
  },
);
/** What a proxy is for. */
export interface ConnectProxyConfig extends Infer<typeof ConnectProxyConfig> {}
