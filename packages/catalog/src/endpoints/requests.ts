import {
  bool,
  durationNs,
  type Infer,
  index,
  keyText,
  listOf,
  mapOf,
  record,
  TxnOp,
  text,
  textOf,
} from '../records/index.ts';

/** Requests of the endpoints, with the fields of Consul's RPC. Sources: consensus-and-rpc.md 3.7, 3.12. */

/** The fields that callers must name; an agent older than 1.8 sends none. */
type Asked = 'Datacenter' | 'Node' | 'ServiceName' | 'State' | 'Key' | 'Prefix' | 'Ops';

/** A request as callers write it: what a read lacks has Go's zero value. */
export type RequestOf<S> =
  Infer<S> extends { readonly AllowStale: boolean }
    ? Partial<Omit<Infer<S>, 'Source'>> &
        Pick<Infer<S>, Asked & keyof Infer<S>> & { readonly Source?: QuerySource }
    : Infer<S>;

const optionFields = {
  Token: text,
  MinQueryIndex: index,
  /** How long a read may wait. */
  MaxQueryTime: durationNs,
  AllowStale: bool,
  RequireConsistent: bool,
  /** The agent's own cache reads this field and the next four; they have no effect on a server. */
  UseCache: bool,
  MaxStaleDuration: durationNs,
  MaxAge: durationNs,
  MustRevalidate: bool,
  StaleIfError: durationNs,
  Filter: text,
} as const;

/** Options of every read, which is also all that Catalog.ListDatacenters is sent. */
export const QueryOptions = record('QueryOptions', optionFields);
/** Options of every read. */
export interface QueryOptions extends RequestOf<typeof QueryOptions> {}

/** Whose distances a list is sorted by. */
export const QuerySource = record('QuerySource', { Datacenter: text, Segment: text, Node: text, Ip: text });
/** Whose distances a list is sorted by. */
export interface QuerySource extends Partial<Infer<typeof QuerySource>> {}

const inDatacenter = {
  Datacenter: text,
  NodeMetaFilters: mapOf(text),
  Source: QuerySource,
  ...optionFields,
} as const;

/** A read about a whole datacenter. Source: Consul structs.DCSpecificRequest. */
export const DatacenterRequest = record('DCSpecificRequest', inDatacenter);
/** A read about a whole datacenter. */
export interface DatacenterRequest extends RequestOf<typeof DatacenterRequest> {}

/** A read about one node. Source: Consul structs.NodeSpecificRequest. */
export const NodeRequest = record('NodeSpecificRequest', { Datacenter: text, Node: text, ...optionFields });
/** A read about one node. */
export interface NodeRequest extends RequestOf<typeof NodeRequest> {}

/** A read about one service. Source: Consul structs.ServiceSpecificRequest. */
export const ServiceRequest = record('ServiceSpecificRequest', {
  ...inDatacenter,
  ServiceName: text,
  /** One tag, from agents older than 1.3. */
  ServiceTag: text,
  ServiceTags: listOf(text),
  /** Of all services, those at this address; the name does not count then. */
  ServiceAddress: text,
  /** Whether tags count. */
  TagFilter: bool,
  Connect: bool,
  Ingress: bool,
});
/** A read about one service. */
export interface ServiceRequest extends RequestOf<typeof ServiceRequest> {}

/** A read of the checks in one state. Source: Consul structs.ChecksInStateRequest. */
export const ChecksInStateRequest = record('ChecksInStateRequest', { ...inDatacenter, State: text });
/** A read of the checks in one state. */
export interface ChecksInStateRequest extends RequestOf<typeof ChecksInStateRequest> {}

/** A read of all service instances. Source: Consul structs.ServiceDumpRequest. */
export const ServiceDumpRequest = record('ServiceDumpRequest', {
  Datacenter: text,
  /** Counts with `UseServiceKind`. */
  ServiceKind: textOf('structs.ServiceKind'),
  UseServiceKind: bool,
  Source: QuerySource,
  ...optionFields,
});
/** A read of all service instances. */
export interface ServiceDumpRequest extends RequestOf<typeof ServiceDumpRequest> {}

/** A read about one key, or all keys under a prefix. Source: Consul structs.KeyRequest. */
export const KeyRequest = record('KeyRequest', { Datacenter: text, Key: keyText, ...optionFields });
/** A read about one key, or all keys under a prefix. */
export interface KeyRequest extends RequestOf<typeof KeyRequest> {}

/** A read of the keys under a prefix. Source: Consul structs.KeyListRequest. */
export const KeyListRequest = record('KeyListRequest', {
  Datacenter: text,
  Prefix: keyText,
  /** Written so in Consul's RPC. */
  Seperator: keyText,
  ...optionFields,
});
/** A read of the keys under a prefix. */
export interface KeyListRequest extends RequestOf<typeof KeyListRequest> {}

/** A read about one session, or about all of them. Source: Consul structs.SessionSpecificRequest. */
export const SessionByIdRequest = record('SessionSpecificRequest', {
  Datacenter: text,
  SessionID: text,
  /** The same, from agents older than 1.7. */
  Session: text,
  ...optionFields,
});
/** A read about one session. */
export interface SessionByIdRequest extends RequestOf<typeof SessionByIdRequest> {}

/** A transaction that changes nothing. Source: Consul structs.TxnReadRequest. */
export const TxnReadRequest = record('TxnReadRequest', {
  Datacenter: text,
  Ops: listOf(TxnOp),
  ...optionFields,
});
/** A transaction that changes nothing. */
export interface TxnReadRequest extends RequestOf<typeof TxnReadRequest> {}

/** A request or reply without content. */
export const Empty = record('struct {}', {});
/** A request or reply without content. */
export type Empty = Readonly<Record<string, never>>;
