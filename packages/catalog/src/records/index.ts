/** The records of Consul's catalog and the requests about them: types, zero values, JSON and MessagePack. */
export type { JsonValue } from '../go/json-value.ts';
export { AgentCheck, AgentHealthCheck, AgentServiceChecksInfo, CheckTransition } from './agent-check.ts';
export { AgentService } from './agent-service.ts';
export { DeregisterRequest, RegisterRequest } from './catalog-requests.ts';
export { HealthCheck, HealthCheckDefinition } from './check.ts';
export { contentHash } from './content-hash.ts';
export { CatalogCoordinate, Coordinate, CoordinateUpdateRequest, DatacenterMap } from './coordinate.ts';
export { GatewayService } from './gateway-service.ts';
export { jsonListPieces, jsonPieces } from './json-pieces.ts';
export { isText, keyBytesText, keyFromBytes, keyToBytes, shownKey } from './key-text.ts';
export { DirEntry, type KvOp, KvsRequest, kvOps } from './kv.ts';
export { type MsgpackCodec, msgpackOf } from './msgpack.ts';
export { NodeRecord } from './node.ts';
export { AgentMember, AgentSelf, KeyringRecord, UserEventRecord } from './pool-records.ts';
export { type JsonReader, jsonReader, readJson } from './read-json.ts';
export { CheckServiceNode, NodeService, ServiceNode } from './service.ts';
export {
  CheckDefinition,
  CheckType,
  ServiceConnect,
  ServiceDefinition,
  SidecarDefinition,
} from './service-definition.ts';
export { ConnectProxyConfig, ServiceAddress, Upstream, Weights } from './service-parts.ts';
export { Session, SessionRequest, SessionServiceCheck } from './session.ts';
export {
  bool,
  bytes,
  durationNs,
  durationText,
  type Field,
  type FieldMap,
  field,
  float,
  foundOf,
  type Infer,
  index,
  int,
  json,
  keyText,
  listOf,
  mapOf,
  pointerTo,
  type RecordShape,
  record,
  type Shape,
  text,
  textOf,
  u64,
  uint,
} from './shape.ts';
export { TombstoneRequest } from './tombstone.ts';
export {
  TxnError,
  type TxnKvVerb,
  TxnOp,
  TxnRequest,
  TxnResponse,
  TxnResult,
  TxnServiceOp,
} from './txn.ts';
export { type JsonLayout, type JsonWriter, jsonWriter } from './write-json.ts';
export { create, zeroOf } from './zero.ts';
