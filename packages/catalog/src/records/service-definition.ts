import { checkId } from './check.ts';
import { ConnectProxyConfig, ServiceAddress, serviceKind, Weights } from './service-parts.ts';
import {
  bool,
  decoderStruct,
  durationNs,
  field,
  type Infer,
  int,
  json,
  listOf,
  mapOf,
  pointerTo,
  type RecordOptions,
  record,
  type Shape,
  text,
} from './shape.ts';

/** The ways to run a check, which definitions of checks and of services' checks share. */
const howToCheck = {
  ScriptArgs: field(listOf(text), { aliases: ['args', 'script_args'] }),
  HTTP: text,
  Header: mapOf(listOf(text)),
  Method: text,
  Body: text,
  TCP: text,
  Interval: durationNs,
  AliasNode: text,
  AliasService: text,
  DockerContainerID: field(text, { aliases: ['docker_container_id'] }),
  Shell: text,
  GRPC: text,
  GRPCUseTLS: bool,
  TLSSkipVerify: field(bool, { aliases: ['tls_skip_verify'] }),
  Timeout: durationNs,
  TTL: durationNs,
  SuccessBeforePassing: int,
  FailuresBeforeCritical: int,
} as const;

const checkKeys: readonly string[] = [
  'Interval interface{}',
  'Timeout interface{}',
  'TTL interface{}',
  'DeregisterCriticalServiceAfter interface{}',
  'Args []string args',
  'ScriptArgsSnake []string script_args',
  'DeregisterCriticalServiceAfterSnake interface{} deregister_critical_service_after',
  'DockerContainerIDSnake string docker_container_id',
  'TLSSkipVerifySnake bool tls_skip_verify',
];

const criticalAfter = field(durationNs, { aliases: ['deregister_critical_service_after'] });

/** A check as a service's registration defines it. Source: Consul structs.CheckType. */
export const CheckType = record(
  'CheckType',
  {
    CheckID: checkId,
    Name: text,
    Status: text,
    Notes: text,
    ...howToCheck,
    ProxyHTTP: text,
    ProxyGRPC: text,
    DeregisterCriticalServiceAfter: criticalAfter,
    OutputMaxSize: int,
  },
  // The service is known already; clients send it anyway.
  {
    decoding: 'strict',
    decoderType: decoderStruct(
      ...checkKeys,
      'ServiceID string ServiceID',
      'ServiceIDSnake string service_id',
    ),
    ignored: { ServiceID: text, service_id: text },
  },
);
/** A check as a service's registration defines it. */
export interface CheckType extends Infer<typeof CheckType> {}

/** A check as PUT /v1/agent/check/register takes it. Source: Consul structs.CheckDefinition. */
export const CheckDefinition = record(
  'CheckDefinition',
  {
    ID: checkId,
    Name: text,
    Notes: text,
    ServiceID: field(text, { aliases: ['service_id'] }),
    Token: text,
    Status: text,
    ...howToCheck,
    DeregisterCriticalServiceAfter: criticalAfter,
    OutputMaxSize: int,
  },
  {
    decoding: 'strict',
    decoderType: decoderStruct(...checkKeys, 'ServiceIDSnake string service_id'),
  },
);
/** A check as PUT /v1/agent/check/register takes it. */
export interface CheckDefinition extends Infer<typeof CheckDefinition> {}

const before = {
  Kind: field(serviceKind, { omitEmpty: true }),
  ID: text,
  Name: text,
  Tags: listOf(text),
  Address: text,
  TaggedAddresses: field(mapOf(ServiceAddress), { aliases: ['tagged_addresses'] }),
  Meta: mapOf(text),
  Port: int,
  Check: CheckType,
  Checks: listOf(CheckType, 'structs.CheckTypes'),
  Weights: pointerTo(Weights),
  Token: text,
  EnableTagOverride: field(bool, { aliases: ['enable_tag_override'] }),
  Proxy: pointerTo(ConnectProxyConfig),
} as const;

const serviceDecoding: RecordOptions = {
  decoding: 'strict',
  decoderType: decoderStruct(
    'EnableTagOverrideSnake bool enable_tag_override',
    'TaggedAddressesSnake map[string]structs.ServiceAddress tagged_addresses',
  ),
};

function connectOf<Sidecar extends Shape>(sidecar: Sidecar) {
  return record(
    'ServiceConnect',
    {
      Native: field(bool, { omitEmpty: true }),
      SidecarService: field(sidecar, { omitEmpty: true, filter: false, aliases: ['sidecar_service'] }),
    },
    {
      decoding: 'lenient',
      decoderType: decoderStruct('SidecarServiceSnake *structs.ServiceDefinition sidecar_service'),
    },
  );
}

/**
 * The definition of a sidecar inside a service's. A sidecar cannot have one of its own, so what stands there is kept as
 * plain JSON, for the check that refuses it.
 */
export const SidecarDefinition = record(
  'ServiceDefinition',
  { ...before, Connect: pointerTo(connectOf(json)) },
  serviceDecoding,
);
/** The definition of a sidecar inside a service's. */
export interface SidecarDefinition extends Infer<typeof SidecarDefinition> {}

/** What a service wants of Connect. Source: Consul structs.ServiceConnect. */
export const ServiceConnect = connectOf(pointerTo(SidecarDefinition));
/** What a service wants of Connect. */
export interface ServiceConnect extends Infer<typeof ServiceConnect> {}

/** A service as PUT /v1/agent/service/register takes it. Source: Consul structs.ServiceDefinition. */
export const ServiceDefinition = record(
  'ServiceDefinition',
  { ...before, Connect: pointerTo(ServiceConnect) },
  serviceDecoding,
);
/** A service as PUT /v1/agent/service/register takes it. */
export interface ServiceDefinition extends Infer<typeof ServiceDefinition> {}
