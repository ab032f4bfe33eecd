import { type Static, Type } from 'typebox';

/** Records of what an agent knows from its pools, without the catalog: events, coordinates, keys. */

/** A user event, as GET /v1/event/list lists it. */
export const UserEventRecord = Type.Object({
  ID: Type.String(),
  Name: Type.String(),
  /** In base64; null when there is none. */
  Payload: Type.Union([Type.String(), Type.Null()]),
  /** Regular expressions (RE2) that select the agents that receive the event; '' for all. */
  NodeFilter: Type.String(),
  ServiceFilter: Type.String(),
  TagFilter: Type.String(),
  Version: Type.Integer(),
  /** 0 in the answer to the client that fired it. */
  LTime: Type.Integer(),
});
/** A user event. */
export type UserEventRecord = Static<typeof UserEventRecord>;

/** A network coordinate; all but `Error` are in seconds. */
export const CoordinateRecord = Type.Object({
  Vec: Type.Array(Type.Number()),
  Error: Type.Number(),
  Adjustment: Type.Number(),
  Height: Type.Number(),
});
/** A network coordinate. */
export type CoordinateRecord = Static<typeof CoordinateRecord>;

/** Where a node is in the network, as GET /v1/coordinate/nodes lists it. */
export const NodeCoordinate = Type.Object({
  Node: Type.String(),
  Segment: Type.String(),
  Coord: CoordinateRecord,
});
/** Where a node is in the network. */
export type NodeCoordinate = Static<typeof NodeCoordinate>;

/** The servers of one datacenter on the WAN, as GET /v1/coordinate/datacenters lists them. */
export const DatacenterCoordinates = Type.Object({
  Datacenter: Type.String(),
  AreaID: Type.String(),
  Coordinates: Type.Array(NodeCoordinate),
});
/** The servers of one datacenter on the WAN. */
export type DatacenterCoordinates = Static<typeof DatacenterCoordinates>;

const Counts = Type.Record(Type.String(), Type.Integer());

/** The keys of one pool, as GET /v1/operator/keyring lists them. */
export const KeyringRecord = Type.Object({
  WAN: Type.Boolean(),
  Datacenter: Type.String(),
  Segment: Type.String(),
  /** What members had to say, by name; absent when nothing. */
  Messages: Type.Optional(Type.Record(Type.String(), Type.String())),
  /** How many members have a key. */
  Keys: Counts,
  /** How many members encrypt with a key. */
  PrimaryKeys: Counts,
  NumNodes: Type.Integer(),
});
/** The keys of one pool. */
export type KeyringRecord = Static<typeof KeyringRecord>;
