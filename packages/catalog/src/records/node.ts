import { field, type Infer, index, mapOf, record, text, textOf } from './shape.ts';

/** The Raft indexes that every stored record carries. Filters cannot name them. */
export const raftIndexFields = {
  CreateIndex: field(index, { filter: false }),
  ModifyIndex: field(index, { filter: false }),
} as const;

export const nodeId = textOf('types.NodeID');

/** A node of the catalog. Source: Consul structs.Node. */
export const NodeRecord = record('Node', {
  ID: nodeId,
  Node: text,
  Address: text,
  Datacenter: text,
  TaggedAddresses: mapOf(text),
  Meta: mapOf(text),
  ...raftIndexFields,
});
/** A node of the catalog. */
export interface NodeRecord extends Infer<typeof NodeRecord> {}
