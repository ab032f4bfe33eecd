import { raftIndexFields } from './node.ts';
import {
  bool,
  decoderStruct,
  durationNs,
  durationText,
  field,
  type Infer,
  listOf,
  mapOf,
  record,
  text,
  textOf,
  uint,
} from './shape.ts';

export const checkId = textOf('types.CheckID');

/** How a check is run, as the catalog keeps it. Source: Consul structs.HealthCheckDefinition. */
export const HealthCheckDefinition = record(
  'HealthCheckDefinition',
  {
    Interval: field(durationText, { omitEmpty: true }),
    OutputMaxSize: field(uint, { omitEmpty: true }),
    Timeout: field(durationText, { omitEmpty: true }),
    DeregisterCriticalServiceAfter: field(durationText, { omitEmpty: true }),
    HTTP: field(text, { omitEmpty: true }),
    TLSSkipVerify: field(bool, { omitEmpty: true }),
    Header: field(mapOf(listOf(text)), { omitEmpty: true }),
    Method: field(text, { omitEmpty: true }),
    Body: field(text, { omitEmpty: true }),
    TCP: field(text, { omitEmpty: true }),
    ScriptArgs: field(listOf(text), { omitEmpty: true }),
    DockerContainerID: field(text, { omitEmpty: true }),
    Shell: field(text, { omitEmpty: true }),
    GRPC: field(text, { omitEmpty: true }),
    GRPCUseTLS: field(bool, { omitEmpty: true }),
    AliasNode: field(text, { omitEmpty: true }),
    AliasService: field(text, { omitEmpty: true }),
    TTL: field(durationNs, { omitEmpty: true }),
  },
  {
    decoding: 'lenient',
    decoderType: decoderStruct(
      'Interval interface{}',
      'Timeout interface{}',
      'DeregisterCriticalServiceAfter interface{}',
      'TTL interface{}',
    ),
  },
);
/** How a check is run. */
export interface HealthCheckDefinition extends Infer<typeof HealthCheckDefinition> {}

/** The state of one check of a node or service. Source: Consul structs.HealthCheck. */
export const HealthCheck = record('HealthCheck', {
  Node: text,
  CheckID: checkId,
  Name: text,
  /** `passing`, `warning`, `critical`; the catalog takes other words too. */
  Status: text,
  Notes: text,
  Output: text,
  /** '' for a check of the node. */
  ServiceID: text,
  ServiceName: text,
  ServiceTags: listOf(text),
  /** `http`, `ttl` and so on; '' for `serfHealth` and checks of the catalog. */
  Type: text,
  Definition: field(HealthCheckDefinition, { filter: false }),
  ...raftIndexFields,
});
/** The state of one check. */
export interface HealthCheck extends Infer<typeof HealthCheck> {}
