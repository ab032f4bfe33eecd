export type { Answered, EndpointContext } from './endpoints/context.ts';
export { createEndpoints, type Endpoints } from './endpoints/endpoints.ts';
export {
  codecOf,
  isRpcMethod,
  type MethodCodec,
  type RpcMethod,
  type RpcMethods,
} from './endpoints/methods.ts';
export { NodeDump, type QueryMeta, TxnReadReply } from './endpoints/replies.ts';
export type {
  ChecksInStateRequest,
  DatacenterRequest,
  KeyListRequest,
  KeyRequest,
  NodeRequest,
  QueryOptions,
  QuerySource,
  ServiceDumpRequest,
  ServiceRequest,
  SessionByIdRequest,
  TxnReadRequest,
} from './endpoints/requests.ts';
export { type Authority, type CallOptions, everything, type Rpc } from './endpoints/rpc.ts';
export { serviceProblems } from './endpoints/service-problems.ts';
export { CatalogError, type CatalogErrorCode } from './errors.ts';
export { LeaderTimers, type LeaderTimersParts } from './leader/leader-timers.ts';
export { commandForMember, commandsForMembers, type LanMember, type LeaderView } from './leader/members.ts';
export type { SessionEnd } from './leader/session-timers.ts';
export type { CommandLog, Leadership, Outcome, RefusalReason, StateMachine } from './log/command-log.ts';
export type { DurableLog, SnapshotEvent } from './log/durable-log.ts';
export { decodeCommand, encodeCommand } from './log/payload.ts';
export { SingleLog, type SingleLogOptions } from './log/single-log.ts';
export type { Clock, Rng, WallClock } from './ports.ts';
export type { Command, CommandValue } from './store/commands.ts';
export { isSame } from './store/same.ts';
export { serviceMetaProblem } from './store/service-meta.ts';
export { type Applied, type Snapshot, Store } from './store/store.ts';
export type { Topic } from './store/topics.ts';
export { isTxnWrite } from './store/txn-reads.ts';
export { concernsAny, TopicMap } from './watch/topic-map.ts';
export { waitTimeMs } from './watch/wait-time.ts';
export { WatchedStore } from './watch/watched-store.ts';
export { type CommitListener, Watches, type WatchesOptions, type WatchesStats } from './watch/watches.ts';
