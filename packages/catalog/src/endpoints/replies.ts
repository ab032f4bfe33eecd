import {
  bool,
  CatalogCoordinate,
  CheckServiceNode,
  DirEntry,
  durationNs,
  type FieldMap,
  foundOf,
  GatewayService,
  HealthCheck,
  type Infer,
  index,
  keyText,
  listOf,
  mapOf,
  NodeRecord,
  NodeService,
  pointerTo,
  record,
  ServiceNode,
  Session,
  TxnError,
  TxnResult,
  text,
} from '../records/index.ts';

/** Replies of the endpoints, with the fields of Consul's RPC. Sources: consensus-and-rpc.md 3.7, 3.12. */

const metaFields = {
  Index: index,
  LastContact: durationNs,
  KnownLeader: bool,
  /** Always empty: HTTP fills in its own header. */
  ConsistencyLevel: text,
} as const;

/** What every reply to a read carries; `LastContact` in nanoseconds. */
export const QueryMeta = record('QueryMeta', metaFields);
/** What every reply to a read carries. */
export interface QueryMeta extends Infer<typeof QueryMeta> {}

function reply<Fields extends FieldMap>(name: string, fields: Fields) {
  return record(name, { ...fields, ...metaFields });
}

/** All about one node, as the web page shows it. Source: Consul structs.NodeInfo. */
export const NodeDump = record('NodeInfo', {
  ID: text,
  Node: text,
  Address: text,
  TaggedAddresses: mapOf(text),
  Meta: mapOf(text),
  Services: listOf(pointerTo(NodeService)),
  Checks: listOf(pointerTo(HealthCheck)),
});
/** All about one node, as the web page shows it. */
export interface NodeDump extends Infer<typeof NodeDump> {}

export const NodesReply = reply('IndexedNodes', { Nodes: foundOf(NodeRecord) });
export const ServicesReply = reply('IndexedServices', { Services: mapOf(foundOf(text)) });
export const ServiceNodesReply = reply('IndexedServiceNodes', { ServiceNodes: foundOf(ServiceNode) });
export const NodeServicesReply = reply('IndexedNodeServices', {
  /** Null for an unknown node. */
  NodeServices: pointerTo(
    record('NodeServices', { Node: pointerTo(NodeRecord), Services: mapOf(NodeService) }),
  ),
});
export const NodeServiceListReply = reply('IndexedNodeServiceList', {
  /** Both fields are null for an unknown node. */
  NodeServices: record('NodeServiceList', {
    Node: pointerTo(NodeRecord),
    Services: listOf(NodeService),
  }),
});
/** Null without configuration entries, which this version does not have. */
export const GatewayServicesReply = reply('IndexedGatewayServices', { Services: listOf(GatewayService) });
export const ChecksReply = reply('IndexedHealthChecks', { HealthChecks: foundOf(HealthCheck) });
export const CheckedServicesReply = reply('IndexedCheckServiceNodes', { Nodes: foundOf(CheckServiceNode) });
export const CoordinatesReply = reply('IndexedCoordinates', { Coordinates: foundOf(CatalogCoordinate) });
export const DumpReply = reply('IndexedNodeDump', { Dump: foundOf(NodeDump) });
export const EntriesReply = reply('IndexedDirEntries', { Entries: foundOf(DirEntry) });
export const KeysReply = reply('IndexedKeyList', { Keys: foundOf(keyText) });
export const SessionsReply = reply('IndexedSessions', { Sessions: foundOf(Session) });
/** What a transaction of reads found, and how current that is. */
export const TxnReadReply = reply('TxnReadResponse', {
  Results: listOf(TxnResult),
  Errors: listOf(TxnError),
});
