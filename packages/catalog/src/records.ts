import { type Static, Type } from 'typebox';
import { CoordinateRecord } from './pool-records.ts';

/**
 * The records of Consul's public API as schemas. Each gives its TypeScript type and, where it leaves as JSON,
 * the serializer. Field names and order are those of Consul 1.8.7's answers.
 */

const TextMap = Type.Record(Type.String(), Type.String());

/** A node of the catalog, as GET /v1/catalog/nodes lists it. */
export const NodeRecord = Type.Object({
  /** The node's UUID. */
  ID: Type.String(),
  Node: Type.String(),
  Address: Type.String(),
  Datacenter: Type.String(),
  /** `lan`, `wan`, `lan_ipv4`, `wan_ipv4`. */
  TaggedAddresses: TextMap,
  Meta: TextMap,
  CreateIndex: Type.Integer(),
  ModifyIndex: Type.Integer(),
});
/** A node of the catalog. */
export type NodeRecord = Static<typeof NodeRecord>;

/** A member of a gossip pool, as GET /v1/agent/members lists it. */
export const AgentMember = Type.Object({
  Name: Type.String(),
  Addr: Type.String(),
  Port: Type.Integer(),
  Tags: TextMap,
  /** 0 none, 1 alive, 2 leaving, 3 left, 4 failed (Serf's numbers). */
  Status: Type.Integer(),
  ProtocolMin: Type.Integer(),
  ProtocolMax: Type.Integer(),
  ProtocolCur: Type.Integer(),
  DelegateMin: Type.Integer(),
  DelegateMax: Type.Integer(),
  DelegateCur: Type.Integer(),
});
/** A member of a gossip pool. */
export type AgentMember = Static<typeof AgentMember>;

/** What an agent says of itself in GET /v1/agent/self. */
export const AgentSelf = Type.Object({
  Config: Type.Object({
    Datacenter: Type.String(),
    NodeName: Type.String(),
    NodeID: Type.String(),
    Revision: Type.String(),
    Server: Type.Boolean(),
    /** The version of Consul whose interfaces the agent speaks. */
    Version: Type.String(),
  }),
  /** The settings in force, under Consul's names; only those that this version acts on. */
  DebugConfig: Type.Record(Type.String(), Type.Unknown()),
  /** Our own version, which Consul's fields have no room for. */
  Hobnob: Type.Object({ Version: Type.String(), Speaks: Type.String() }),
  /** Where the agent is on the LAN; null when it takes no part in measuring. */
  Coord: Type.Union([CoordinateRecord, Type.Null()]),
  Member: AgentMember,
  /** Groups of numbers and words, all as text. */
  Stats: Type.Record(Type.String(), TextMap),
  Meta: TextMap,
});
/** An agent's description of itself. */
export type AgentSelf = Static<typeof AgentSelf>;
