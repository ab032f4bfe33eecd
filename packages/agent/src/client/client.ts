import { type CatalogCalls, catalogCalls } from './catalog-calls.ts';
import { isText, isTextList } from './guards.ts';
import { type HealthCalls, healthCalls } from './health-calls.ts';
import type { HoldOptions } from './holding.ts';
import { type KvCalls, kvCalls } from './kv-calls.ts';
import { type LocalCalls, localCalls } from './local-calls.ts';
import { createLock, type Lock } from './lock.ts';
import { lockCalls, lockPorts } from './lock-calls.ts';
import { type PoolCalls, poolCalls } from './pool-calls.ts';
import { withQuery } from './query.ts';
import { createSemaphore, type Semaphore, type SemaphoreOptions } from './semaphore.ts';
import { type SessionCalls, sessionCalls } from './session-calls.ts';
import { type SnapshotCalls, snapshotCalls } from './snapshot-calls.ts';
import {
  type AgentClientOptions,
  type CallOptions,
  createTransport,
  isRecord,
  type Transport,
} from './transport.ts';
import { type Txn, txnCall } from './txn-calls.ts';

export type { TxnKvVerb } from '@hobnob/catalog/records';
export { describeApiError, describeKvReadError } from './api-error.ts';
export type { CatalogCalls, InstanceOptions } from './catalog-calls.ts';
export { type ClientTlsFiles, type ClientTlsOptions, readClientTls } from './client-tls.ts';
export type { HealthCalls, HealthOptions } from './health-calls.ts';
export type { AcquireOptions, Held, HoldOptions } from './holding.ts';
export type { KeysOptions, KvCalls, KvDeleteOptions, KvPutOptions } from './kv-calls.ts';
export type { KvEntry } from './kv-entry.ts';
export type {
  CheckStatus,
  CheckUpdate,
  LocalCalls,
  LocalListOptions,
  LocalServiceOptions,
  RegisterServiceOptions,
} from './local-calls.ts';
export type { Lock } from './lock.ts';
export { LockError, type LockErrorCode } from './lock-errors.ts';
export type {
  DatacenterCoordinatesRecord,
  EventListOptions,
  EventToFire,
  KeyChange,
  KeyringCallOptions,
  KeyringMissedRow,
  KeyringRow,
  NodeCoordinateRecord,
  PoolCalls,
} from './pool-calls.ts';
export type { KeyReadOptions, ReadAnswer, ReadOptions, RequestOptions } from './read-options.ts';
export type * from './records.ts';
export type { Semaphore, SemaphoreOptions } from './semaphore.ts';
export type { SessionCalls, SessionRecord, SessionToCreate } from './session-calls.ts';
export type { SavedSnapshot, SnapshotCalls } from './snapshot-calls.ts';
export {
  AgentClientError,
  type AgentClientErrorCode,
  type AgentClientOptions,
  type CallOptions,
} from './transport.ts';
export type {
  Txn,
  TxnCatalogVerb,
  TxnFault,
  TxnKvOp,
  TxnOperation,
  TxnOutcome,
  TxnResult,
} from './txn-calls.ts';
export { type Watch, type WatchOptions, type WatchRead, watch } from './watch.ts';

/** One row of GET /v1/agent/members, with Consul's field names. */
export interface MemberRecord {
  readonly Name: string;
  readonly Addr: string;
  readonly Port: number;
  readonly Tags: Readonly<Record<string, string>>;
  /** 0 none, 1 alive, 2 leaving, 3 left, 4 failed. */
  readonly Status: number;
  readonly ProtocolMin: number;
  readonly ProtocolMax: number;
  readonly ProtocolCur: number;
  readonly DelegateMin: number;
  readonly DelegateMax: number;
  readonly DelegateCur: number;
}

/** The part of GET /v1/agent/self that clients rely on. */
export interface SelfRecord {
  readonly Config: {
    readonly Datacenter: string;
    readonly NodeName: string;
    readonly NodeID: string;
    readonly Revision: string;
    readonly Server: boolean;
    readonly Version: string;
  };
  readonly Member: MemberRecord;
  readonly Meta: Readonly<Record<string, string>> | null;
  readonly Stats: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The servers of the datacenter. */
export interface StatusCalls {
  /** `host:port` of the leader's RPC; '' when there is no leader. */
  leader(options?: CallOptions): Promise<string>;
  /** `host:port` of each server in the Raft configuration. */
  peers(options?: CallOptions): Promise<readonly string[]>;
}

/** Talks to a running agent, ours or a real Consul. Every method throws AgentClientError. */
export interface AgentClient extends PoolCalls {
  /** Nodes and services of the datacenter. */
  readonly catalog: CatalogCalls;
  /** The same with their checks: what a consumer of services asks. */
  readonly health: HealthCalls;
  /** The services and checks of this agent itself: what a provider of services tells it. */
  readonly agent: LocalCalls;
  /** The key/value store. */
  readonly kv: KvCalls;
  /** Sessions, which hold keys. */
  readonly session: SessionCalls;
  /** The whole state of the servers as an archive. */
  readonly snapshot: SnapshotCalls;
  /** All of several operations, or none. */
  readonly txn: Txn;
  /**
   * A lock on a key, which one process of all holds at a time; compatible with Consul's Go client.
   * @throws AgentClientError CLIENT_ARGUMENT for an empty key.
   */
  lock(key: string, options?: HoldOptions): Lock;
  /**
   * A semaphore below a prefix, which so many hold at a time; compatible with Consul's Go client.
   * @throws AgentClientError CLIENT_ARGUMENT for an empty prefix, and a limit that is no positive integer.
   */
  semaphore(prefix: string, options: SemaphoreOptions): Semaphore;
  readonly status: StatusCalls;
  /** The members of the LAN or, with `wan`, of the WAN; the WAN of an agent that is not in it (a client) is empty. */
  members(options?: CallOptions & { readonly wan?: boolean }): Promise<readonly MemberRecord[]>;
  /** Who the agent is, with its settings and counters. */
  self(options?: CallOptions): Promise<SelfRecord>;
  /** Lets the agent join the LAN or, with `wan`, the WAN through a member at this address. */
  join(address: string, options?: CallOptions & { readonly wan?: boolean }): Promise<void>;
  /** Lets the agent read its configuration again. Rejects with its sentence when it refuses it. */
  reload(options?: CallOptions): Promise<void>;
  /** Resolves when the agent has left the pool and is about to stop. */
  leave(options?: CallOptions): Promise<void>;
  /** Moves a failed member to `left`; `prune` erases it at once. */
  forceLeave(node: string, options?: CallOptions & { readonly prune?: boolean }): Promise<void>;
}

/**
 * A client for one agent. Opens no connection until a method is called.
 * @throws AgentClientError CLIENT_ADDRESS when the address cannot be understood; CLIENT_ARGUMENT when a certificate or key
 *   cannot be used.
 */
export function createClient(options: AgentClientOptions = {}): AgentClient {
  const transport = createTransport(options);
  const { put } = transport;
  const kv = kvCalls(transport);
  const session = sessionCalls(transport);
  const locks = lockCalls(kv, session);
  return {
    ...poolCalls(transport),
    catalog: catalogCalls(transport),
    health: healthCalls(transport),
    agent: localCalls(transport),
    kv,
    session,
    txn: txnCall(transport),
    snapshot: snapshotCalls(transport),
    lock: (key, lockOptions = {}) => createLock(key, lockOptions, locks, lockPorts),
    semaphore: (prefix, lockOptions) => createSemaphore(prefix, lockOptions, locks, lockPorts),
    status: statusCalls(transport),
    async members({ wan = false, ...rest } = {}) {
      // Consul's own client always asks for all segments; only Consul Enterprise has more than one.
      const path = `/v1/agent/members?segment=_all${wan ? '&wan=1' : ''}`;
      const answer = await transport.call('GET', path, rest);
      // An empty list is `null` in Go: a client agent's WAN pool, for one.
      return transport.read(answer, { what: 'a list of members', guard: isMembersOrNull }) ?? [];
    },
    async self(rest = {}) {
      const answer = await transport.call('GET', '/v1/agent/self', rest);
      return transport.read(answer, { what: "an agent's description of itself", guard: isSelf });
    },
    async join(address, { wan = false, ...rest } = {}) {
      await put(withQuery(`/v1/agent/join/${encodeURIComponent(address)}`, { wan: flag(wan) }), rest);
    },
    async reload(rest = {}) {
      await put('/v1/agent/reload', rest);
    },
    async leave(rest = {}) {
      await put('/v1/agent/leave', rest);
    },
    async forceLeave(node, { prune = false, ...rest } = {}) {
      await put(withQuery(`/v1/agent/force-leave/${encodeURIComponent(node)}`, { prune: flag(prune) }), rest);
    },
  };
}

function statusCalls({ call, read }: Transport): StatusCalls {
  return {
    async leader(options = {}) {
      const answer = await call('GET', '/v1/status/leader', options);
      return read(answer, { what: "a leader's address", guard: isText });
    },
    async peers(options = {}) {
      const answer = await call('GET', '/v1/status/peers', options);
      return read(answer, { what: 'a list of addresses', guard: isTextList });
    },
  };
}

/** Consul takes a flag without a value for absent. */
function flag(isSet: boolean): string | undefined {
  return isSet ? '1' : undefined;
}

function isMembersOrNull(value: unknown): value is readonly MemberRecord[] | null {
  return value === null || (Array.isArray(value) && value.every(isMember));
}

/** Checks the fields that callers read first; the rest of the record is not checked. */
function isMember(value: unknown): value is MemberRecord {
  if (!isRecord(value)) return false;
  const { Name, Addr, Port, Tags, Status } = value;
  const named = typeof Name === 'string' && typeof Addr === 'string' && isRecord(Tags);
  return named && typeof Port === 'number' && typeof Status === 'number';
}

function isSelf(value: unknown): value is SelfRecord {
  if (!isRecord(value) || !isRecord(value['Config'])) return false;
  const { Datacenter, NodeName, NodeID } = value['Config'];
  return (
    [Datacenter, NodeName, NodeID].every((field) => typeof field === 'string') && isMember(value['Member'])
  );
}
