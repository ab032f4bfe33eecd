import { checkId } from './check.ts';
import { ConnectProxyConfig, ServiceAddress, serviceKind, Weights } from './service-parts.ts';
import {
  bool,
  durationNs,
  field,
  type Infer,
  int,
  json,
  listOf,
  mapOf,
  pointerTo,
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
  { decoding: 'strict', ignored: { ServiceID: text, service_id: text } },
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
  { decoding: 'strict' },
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
  Checks: listOf(pointerTo(CheckType), 'structs.CheckTypes'),
  Weights: pointerTo(Weights),
  Token: text,
  EnableTagOverride: field(bool, { aliases: ['enable_tag_override'] }),
  Proxy: pointerTo(ConnectProxyConfig),
} as const;

function connectOf<Sidecar extends Shape>(sidecar: Sidecar) {
  return record(
    'ServiceConnect',
    {
      Native: field(bool, { omitEmpty: true }),
      SidecarService: field(sidecar, { omitEmpty: true, filter: false, aliases: ['sidecar_service'] }),
    },
    { decoding: 'lenient' },
  );
}

/**
 * The definition of a sidecar inside a service's. A sidecar cannot have one of its own, so what stands there is kept as
 * plain JSON, for the check that refuses it.
 */
export const SidecarDefinition = record(
  'ServiceDefinition',
  { ...before, Connect: pointerTo(connectOf(json)) },
  { decoding: 'strict' },
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
  { decoding: 'strict' },
);
/** A service as PUT /v1/agent/service/register takes it. */
export interface ServiceDefinition extends Infer<typeof ServiceDefinition> {}
