import { checkId, HealthCheck } from './check.ts';
import { nodeId, raftIndexFields } from './node.ts';
import { NodeService } from './service.ts';
import { bool, decoderStruct, type Infer, listOf, mapOf, pointerTo, record, text } from './shape.ts';

/** Catalog.Register, PUT /v1/catalog/register, and command 0 of the Raft log. Source: Consul structs.RegisterRequest. */
export const RegisterRequest = record('RegisterRequest', {
  Datacenter: text,
  ID: nodeId,
  Node: text,
  Address: text,
  TaggedAddresses: mapOf(text),
  NodeMeta: mapOf(text),
  Service: pointerTo(NodeService),
  Check: pointerTo(HealthCheck),
  Checks: listOf(HealthCheck, 'structs.HealthChecks'),
  /** An existing node is left as it is. */
  SkipNodeUpdate: bool,
  Token: text,
  ...raftIndexFields,
});
/** Catalog.Register and command 0 of the Raft log. */
export interface RegisterRequest extends Infer<typeof RegisterRequest> {}

/**
 * Catalog.Deregister, PUT /v1/catalog/deregister, and command 1 of the Raft log: a service, else a check, else the node.
 * Source: Consul structs.DeregisterRequest.
 */
export const DeregisterRequest = record(
  'DeregisterRequest',
  {
    Datacenter: text,
    Node: text,
    ServiceID: text,
    CheckID: checkId,
    Token: text,
  },
  // Old clients name an address too.
  { decoding: 'strict', decoderType: decoderStruct('Address string'), ignored: { Address: text } },
);
/** Catalog.Deregister and command 1 of the Raft log. */
export interface DeregisterRequest extends Infer<typeof DeregisterRequest> {}
