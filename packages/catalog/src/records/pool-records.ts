import { Coordinate } from './coordinate.ts';
import {
  bool,
  bytes,
  field,
  type Infer,
  index,
  int,
  json,
  mapOf,
  pointerTo,
  record,
  text,
  uint,
} from './shape.ts';

/** What an agent knows from its pools, without the catalog: members, itself, events, keys. */

/** A member of a gossip pool, as GET /v1/agent/members lists it. Source: Consul api.AgentMember. */
export const AgentMember = record('AgentMember', {
  Name: text,
  Addr: text,
  Port: uint,
  Tags: mapOf(text),
  /** 0 none, 1 alive, 2 leaving, 3 left, 4 failed: Serf's numbers. */
  Status: int,
  ProtocolMin: uint,
  ProtocolMax: uint,
  ProtocolCur: uint,
  DelegateMin: uint,
  DelegateMax: uint,
  DelegateCur: uint,
});
/** A member of a gossip pool. */
export interface AgentMember extends Infer<typeof AgentMember> {}

/** What an agent says of itself in GET /v1/agent/self. Source: Consul agent/agent_endpoint.go, Self. */
export const AgentSelf = record('Self', {
  Config: record('Config', {
    Datacenter: text,
    NodeName: text,
    NodeID: text,
    Revision: text,
    Server: bool,
    /** The version of Consul whose interfaces the agent speaks. */
    Version: text,
  }),
  /** The settings in force, under Consul's names; only those that this version acts on. */
  DebugConfig: mapOf(json),
  /** Where the agent is on the LAN; null when it takes no part in measuring. */
  Coord: pointerTo(Coordinate),
  Member: AgentMember,
  /** Groups of numbers and words, all as text; what Consul has no field for is in `hobnob`. */
  Stats: mapOf(mapOf(text)),
  Meta: mapOf(text),
});
/** An agent's description of itself. */
export interface AgentSelf extends Infer<typeof AgentSelf> {}

/** A user event, as GET /v1/event/list lists it. Source: Consul agent/user_event.go, UserEvent. */
export const UserEventRecord = record('UserEvent', {
  ID: text,
  Name: text,
  /** Null when there is none. */
  Payload: bytes,
  /** Regular expressions (RE2) that select the agents that receive the event; '' for all. */
  NodeFilter: text,
  ServiceFilter: text,
  TagFilter: text,
  Version: int,
  /** 0 in the answer to the client that fired it. */
  LTime: index,
});
/** A user event. */
export interface UserEventRecord extends Infer<typeof UserEventRecord> {}

/** The keys of one pool, as GET /v1/operator/keyring lists them. Source: Consul structs.KeyringResponse. */
export const KeyringRecord = record('KeyringResponse', {
  WAN: bool,
  Datacenter: text,
  Segment: text,
  /** What members had to say, by name. */
  Messages: field(mapOf(text), { omitEmpty: true }),
  /** How many members have a key. */
  Keys: mapOf(int),
  /** How many members encrypt with a key. */
  PrimaryKeys: mapOf(int),
  NumNodes: int,
});
/** The keys of one pool. */
export interface KeyringRecord extends Infer<typeof KeyringRecord> {}
