import type {
  CatalogCoordinate,
  CheckServiceNode,
  CoordinateUpdateRequest,
  DeregisterRequest,
  HealthCheck,
  NodeRecord,
  NodeService,
  RegisterRequest,
  ServiceNode,
} from '../records/index.ts';

/** Requests and replies of the endpoints, with the fields of Consul's RPC. Sources: consensus-and-rpc.md 3.7, 3.12. */

/** Options of every read. What is absent has Go's zero value. */
export interface QueryOptions {
  readonly Token?: string;
  readonly MinQueryIndex?: number;
  /** In nanoseconds. */
  readonly MaxQueryTime?: bigint;
  readonly AllowStale?: boolean;
  readonly RequireConsistent?: boolean;
  readonly Filter?: string;
}

/** What every reply to a read carries. */
export interface QueryMeta {
  readonly Index: number;
  /** In nanoseconds. */
  readonly LastContact: bigint;
  readonly KnownLeader: boolean;
  /** Always empty: HTTP fills in its own header. */
  readonly ConsistencyLevel: string;
}

/** Whose distances a list is sorted by. */
export interface QuerySource {
  readonly Datacenter?: string;
  readonly Segment?: string;
  readonly Node?: string;
}

type MetaFilters = Readonly<Record<string, string>> | null;

/** A read about a whole datacenter. Source: Consul structs.DCSpecificRequest. */
export interface DatacenterRequest extends QueryOptions {
  readonly Datacenter: string;
  readonly NodeMetaFilters?: MetaFilters;
  readonly Source?: QuerySource;
}

/** A read about one node. Source: Consul structs.NodeSpecificRequest. */
export interface NodeRequest extends QueryOptions {
  readonly Datacenter: string;
  readonly Node: string;
}

/** A read about one service. Source: Consul structs.ServiceSpecificRequest. */
export interface ServiceRequest extends DatacenterRequest {
  readonly ServiceName: string;
  /** One tag, from agents older than 1.3. */
  readonly ServiceTag?: string;
  readonly ServiceTags?: readonly string[] | null;
  /** Whether tags count. */
  readonly TagFilter?: boolean;
  /** Of all services, those at this address; the name does not count then. */
  readonly ServiceAddress?: string;
  readonly Connect?: boolean;
  readonly Ingress?: boolean;
}

/** A read of the checks in one state. Source: Consul structs.ChecksInStateRequest. */
export interface ChecksInStateRequest extends DatacenterRequest {
  readonly State: string;
}

/** A reply without content. */
export type Empty = Readonly<Record<string, never>>;

/** All about one node, as the web page shows it. */
export interface NodeDump {
  readonly ID: string;
  readonly Node: string;
  readonly Address: string;
  readonly TaggedAddresses: Readonly<Record<string, string>> | null;
  readonly Meta: Readonly<Record<string, string>> | null;
  readonly Services: readonly NodeService[];
  readonly Checks: readonly HealthCheck[];
}

/** Where the servers of one datacenter are on the WAN. */
export interface DatacenterMap {
  readonly Datacenter: string;
  readonly AreaID: string;
  readonly Coordinates: readonly CatalogCoordinate[];
}

type Read<Body> = Body & QueryMeta;

/** Every method, with what it takes and gives. */
export interface RpcMethods {
  'Catalog.Register': { request: RegisterRequest; reply: Empty };
  'Catalog.Deregister': { request: DeregisterRequest; reply: Empty };
  'Catalog.ListDatacenters': { request: object; reply: readonly string[] };
  'Catalog.ListNodes': { request: DatacenterRequest; reply: Read<{ readonly Nodes: readonly NodeRecord[] }> };
  'Catalog.ListServices': {
    request: DatacenterRequest;
    reply: Read<{ readonly Services: Readonly<Record<string, readonly string[]>> }>;
  };
  'Catalog.ServiceNodes': {
    request: ServiceRequest;
    reply: Read<{ readonly ServiceNodes: readonly ServiceNode[] }>;
  };
  'Catalog.NodeServices': {
    request: NodeRequest;
    reply: Read<{
      /** Null for an unknown node. */
      readonly NodeServices: {
        readonly Node: NodeRecord;
        readonly Services: Readonly<Record<string, NodeService>>;
      } | null;
    }>;
  };
  'Catalog.NodeServiceList': {
    request: NodeRequest;
    reply: Read<{
      readonly NodeServices: {
        readonly Node: NodeRecord | null;
        readonly Services: readonly NodeService[] | null;
      };
    }>;
  };
  'Catalog.GatewayServices': {
    request: ServiceRequest;
    /** Null: without configuration entries no service is behind a gateway. */
    reply: Read<{ readonly Services: null }>;
  };
  'Health.ChecksInState': { request: ChecksInStateRequest; reply: ChecksReply };
  'Health.NodeChecks': { request: NodeRequest; reply: ChecksReply };
  'Health.ServiceChecks': { request: ServiceRequest; reply: ChecksReply };
  'Health.ServiceNodes': {
    request: ServiceRequest;
    reply: Read<{ readonly Nodes: readonly CheckServiceNode[] }>;
  };
  'Coordinate.Update': { request: CoordinateUpdateRequest; reply: Empty };
  'Coordinate.ListNodes': { request: DatacenterRequest; reply: CoordinatesReply };
  'Coordinate.ListDatacenters': { request: object; reply: readonly DatacenterMap[] };
  'Coordinate.Node': { request: NodeRequest; reply: CoordinatesReply };
  'Internal.NodeInfo': { request: NodeRequest; reply: DumpReply };
  'Internal.NodeDump': { request: DatacenterRequest; reply: DumpReply };
  'Internal.ServiceDump': {
    request: DatacenterRequest;
    reply: Read<{ readonly Nodes: readonly CheckServiceNode[] }>;
  };
  'Status.Ping': { request: object; reply: Empty };
  'Status.Leader': { request: object; reply: string };
  'Status.Peers': { request: object; reply: readonly string[] };
}

export type ChecksReply = Read<{ readonly HealthChecks: readonly HealthCheck[] }>;
export type CoordinatesReply = Read<{ readonly Coordinates: readonly CatalogCoordinate[] }>;
export type DumpReply = Read<{ readonly Dump: readonly NodeDump[] }>;

/** The name of a method. */
export type RpcMethod = keyof RpcMethods;
