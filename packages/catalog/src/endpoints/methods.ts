import {
  bool,
  CoordinateUpdateRequest,
  DatacenterMap,
  DeregisterRequest,
  foundOf,
  type Infer,
  KvsRequest,
  type MsgpackCodec,
  msgpackOf,
  RegisterRequest,
  SessionRequest,
  type Shape,
  TxnRequest,
  TxnResponse,
  text,
} from '../records/index.ts';
import {
  CheckedServicesReply,
  ChecksReply,
  CoordinatesReply,
  DumpReply,
  EntriesReply,
  GatewayServicesReply,
  KeysReply,
  NodeServiceListReply,
  NodeServicesReply,
  NodesReply,
  ServiceNodesReply,
  ServicesReply,
  SessionsReply,
  TxnReadReply,
} from './replies.ts';
import {
  ChecksInStateRequest,
  DatacenterRequest,
  Empty,
  KeyListRequest,
  KeyRequest,
  NodeRequest,
  QueryOptions,
  type RequestOf,
  ServiceDumpRequest,
  ServiceRequest,
  SessionByIdRequest,
  TxnReadRequest,
} from './requests.ts';

/** What every method takes and gives. Sources: consensus-and-rpc.md 3.11, 3.12. */
const shapes = {
  'Catalog.Register': { request: RegisterRequest, reply: Empty },
  'Catalog.Deregister': { request: DeregisterRequest, reply: Empty },
  'Catalog.ListDatacenters': { request: QueryOptions, reply: foundOf(text) },
  'Catalog.ListNodes': { request: DatacenterRequest, reply: NodesReply },
  'Catalog.ListServices': { request: DatacenterRequest, reply: ServicesReply },
  'Catalog.ServiceNodes': { request: ServiceRequest, reply: ServiceNodesReply },
  'Catalog.NodeServices': { request: NodeRequest, reply: NodeServicesReply },
  'Catalog.NodeServiceList': { request: NodeRequest, reply: NodeServiceListReply },
  'Catalog.GatewayServices': { request: ServiceRequest, reply: GatewayServicesReply },
  'Health.ChecksInState': { request: ChecksInStateRequest, reply: ChecksReply },
  'Health.NodeChecks': { request: NodeRequest, reply: ChecksReply },
  'Health.ServiceChecks': { request: ServiceRequest, reply: ChecksReply },
  'Health.ServiceNodes': { request: ServiceRequest, reply: CheckedServicesReply },
  'Coordinate.Update': { request: CoordinateUpdateRequest, reply: Empty },
  'Coordinate.ListNodes': { request: DatacenterRequest, reply: CoordinatesReply },
  'Coordinate.ListDatacenters': { request: Empty, reply: foundOf(DatacenterMap) },
  'Coordinate.Node': { request: NodeRequest, reply: CoordinatesReply },
  'Internal.NodeInfo': { request: NodeRequest, reply: DumpReply },
  'Internal.NodeDump': { request: DatacenterRequest, reply: DumpReply },
  'Internal.ServiceDump': { request: ServiceDumpRequest, reply: CheckedServicesReply },
  'KVS.Apply': { request: KvsRequest, reply: bool },
  'KVS.Get': { request: KeyRequest, reply: EntriesReply },
  'KVS.List': { request: KeyRequest, reply: EntriesReply },
  'KVS.ListKeys': { request: KeyListRequest, reply: KeysReply },
  'Session.Apply': { request: SessionRequest, reply: text },
  'Session.Get': { request: SessionByIdRequest, reply: SessionsReply },
  'Session.List': { request: SessionByIdRequest, reply: SessionsReply },
  'Session.NodeSessions': { request: NodeRequest, reply: SessionsReply },
  'Session.Renew': { request: SessionByIdRequest, reply: SessionsReply },
  'Txn.Apply': { request: TxnRequest, reply: TxnResponse },
  'Txn.Read': { request: TxnReadRequest, reply: TxnReadReply },
  'Status.Ping': { request: Empty, reply: Empty },
  'Status.Leader': { request: DatacenterRequest, reply: text },
  'Status.Peers': { request: DatacenterRequest, reply: foundOf(text) },
} as const satisfies Readonly<Record<string, { readonly request: Shape; readonly reply: Shape }>>;

/** The name of a method. */
export type RpcMethod = keyof typeof shapes;

/** The names of all methods. */
export const rpcMethods = Object.keys(shapes) as readonly RpcMethod[];

/** Every method, with what it takes and gives. */
export type RpcMethods = {
  readonly [M in RpcMethod]: {
    readonly request: RequestOf<(typeof shapes)[M]['request']>;
    readonly reply: Infer<(typeof shapes)[M]['reply']>;
  };
};

/** Whether a peer's word names a method. */
export function isRpcMethod(name: string): name is RpcMethod {
  return Object.hasOwn(shapes, name);
}

/** The bodies of a method as Consul's RPC carries them. */
export interface MethodCodec<M extends RpcMethod> {
  /** What a request lacks is written as Go's zero value. */
  readonly request: MsgpackCodec<RpcMethods[M]['request']>;
  readonly reply: MsgpackCodec<RpcMethods[M]['reply']>;
}

/** How the bodies of a method are read and written. */
export function codecOf<M extends RpcMethod>(method: M): MethodCodec<M> {
  const { request, reply } = shapes[method];
  return { request: msgpackOf(request), reply: msgpackOf(reply) } as MethodCodec<M>;
}
