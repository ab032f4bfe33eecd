import { listOf, mapOf, recordWith } from './guards.ts';
import { isHealthCheck } from './health-calls.ts';
import { type QueryValue, withQuery } from './query.ts';
import { blockingSettings, placeOf, type RequestOptions } from './read-options.ts';
import type {
  AgentCheckRecord,
  AgentServiceHealth,
  AgentServiceRecord,
  CheckRegistration,
  ServiceRegistration,
} from './records.ts';
import { type CallOptions, isRecord, type Transport } from './transport.ts';

/** Which of an agent's own services or checks are meant. */
export interface LocalListOptions extends CallOptions {
  /** An expression that the records of the answer must fulfil. */
  readonly filter?: string;
}

/** How one service of the agent is read. */
export interface LocalServiceOptions extends CallOptions {
  /** Waits until the service's `ContentHash` is another one, or `waitMs` are over. */
  readonly hash?: string;
  /** How long to wait at most. Default and limit are Consul's: 5 and 10 minutes. */
  readonly waitMs?: number;
}

/** How a service is registered. */
export interface RegisterServiceOptions extends RequestOptions {
  /** Removes the service's checks that the registration does not name. */
  readonly replaceExistingChecks?: boolean;
}

/** The state of a TTL check. */
export type CheckStatus = 'passing' | 'warning' | 'critical';

/** What a result of a TTL check says. */
export interface CheckUpdate {
  readonly status: CheckStatus;
  /** Default: none. */
  readonly output?: string;
}

/** The services and checks that are registered with this agent. An unknown id is CLIENT_STATUS. */
export interface LocalCalls {
  /** By id. */
  services(options?: LocalListOptions): Promise<Readonly<Record<string, AgentServiceRecord>>>;
  /** One service, with its `ContentHash`. */
  service(id: string, options?: LocalServiceOptions): Promise<AgentServiceRecord>;
  /** By id. */
  checks(options?: LocalListOptions): Promise<Readonly<Record<string, AgentCheckRecord>>>;
  /** A service with its checks and the worst status of theirs. */
  serviceHealth(id: string, options?: CallOptions): Promise<AgentServiceHealth>;
  /** The same for all services with this name; none is no error. */
  serviceHealthByName(name: string, options?: CallOptions): Promise<readonly AgentServiceHealth[]>;

  /** Adds a service with its checks, or replaces the one with its id. */
  registerService(service: ServiceRegistration, options?: RegisterServiceOptions): Promise<void>;
  /** Removes a service with its checks. */
  deregisterService(id: string, options?: RequestOptions): Promise<void>;
  /** Adds a check of the node or of a service, or replaces the one with its id. */
  registerCheck(check: CheckRegistration, options?: RequestOptions): Promise<void>;
  deregisterCheck(id: string, options?: RequestOptions): Promise<void>;
  /** The heartbeat of a TTL check, or its bad news. */
  updateCheck(id: string, update: CheckUpdate, options?: CallOptions): Promise<void>;

  /** Takes a service out of answers by a critical check, which keeps the reason. Default: Consul's text. */
  enableServiceMaintenance(id: string, options?: CallOptions & { readonly reason?: string }): Promise<void>;
  disableServiceMaintenance(id: string, options?: CallOptions): Promise<void>;
  /** The same for the node with all its services. */
  enableNodeMaintenance(options?: CallOptions & { readonly reason?: string }): Promise<void>;
  disableNodeMaintenance(options?: CallOptions): Promise<void>;
}

const isService = recordWith<AgentServiceRecord>('ID', 'Service');
/** Statuses that tell the health of a service that is there: 429 warns, 503 is critical or in maintenance. */
const healthStatuses = [200, 429, 503];

/** The calls of one client. */
export function localCalls(transport: Transport): LocalCalls {
  return { ...localReads(transport), ...localWrites(transport) };
}

type LocalReads = Pick<
  LocalCalls,
  'services' | 'service' | 'checks' | 'serviceHealth' | 'serviceHealthByName'
>;

function localReads({ call, read }: Transport): LocalReads {
  return {
    async services({ filter, ...options } = {}) {
      const answer = await call('GET', withQuery('/v1/agent/services', { filter }), options);
      return read(answer, mapOf('services by id', isService));
    },
    async service(id, { hash, waitMs, ...options } = {}) {
      const wait = waitMs === undefined ? undefined : `${Math.round(waitMs)}ms`;
      const path = withQuery(`/v1/agent/service/${encodeURIComponent(id)}`, { hash, wait });
      const settings = hash === undefined ? {} : blockingSettings(waitMs);
      return read(await call('GET', path, { ...options, ...settings }), {
        what: 'a service',
        guard: isService,
      });
    },
    async checks({ filter, ...options } = {}) {
      const answer = await call('GET', withQuery('/v1/agent/checks', { filter }), options);
      return read(answer, mapOf<AgentCheckRecord>('checks by id', isHealthCheck));
    },
    async serviceHealth(id, options = {}) {
      const path = `/v1/agent/health/service/id/${encodeURIComponent(id)}`;
      const answer = await call('GET', path, { ...options, accepts: healthStatuses });
      return read(answer, { what: "a service's health", guard: isServiceHealth });
    },
    async serviceHealthByName(name, options = {}) {
      const path = `/v1/agent/health/service/name/${encodeURIComponent(name)}`;
      // A name without services is answered with 404 and an empty list.
      const answer = await call('GET', path, { ...options, accepts: [...healthStatuses, 404] });
      return read(answer, listOf("a list of services' health", isServiceHealth));
    },
  };
}

function localWrites({ put }: Transport): Omit<LocalCalls, keyof LocalReads> {
  const maintain = (path: string, options: CallOptions, query: Readonly<Record<string, QueryValue>>) =>
    put(withQuery(path, query), options);
  const serviceMaintenance = (id: string): string =>
    `/v1/agent/service/maintenance/${encodeURIComponent(id)}`;
  const nodeMaintenance = '/v1/agent/maintenance';
  return {
    registerService(service, { replaceExistingChecks, ...options } = {}) {
      const replace = replaceExistingChecks === true ? { 'replace-existing-checks': 'true' } : {};
      return put(
        withQuery('/v1/agent/service/register', { ...placeOf(options), ...replace }),
        options,
        service,
      );
    },
    deregisterService: (id, options = {}) =>
      put(withQuery(`/v1/agent/service/deregister/${encodeURIComponent(id)}`, placeOf(options)), options),
    registerCheck: (check, options = {}) =>
      put(withQuery('/v1/agent/check/register', placeOf(options)), options, check),
    deregisterCheck: (id, options = {}) =>
      put(withQuery(`/v1/agent/check/deregister/${encodeURIComponent(id)}`, placeOf(options)), options),
    updateCheck: (id, { status, output = '' }, options = {}) =>
      put(`/v1/agent/check/update/${encodeURIComponent(id)}`, options, { Status: status, Output: output }),
    enableServiceMaintenance: (id, { reason = '', ...options } = {}) =>
      maintain(serviceMaintenance(id), options, { enable: 'true', reason: reason === '' ? true : reason }),
    disableServiceMaintenance: (id, options = {}) =>
      maintain(serviceMaintenance(id), options, { enable: 'false' }),
    enableNodeMaintenance: ({ reason = '', ...options } = {}) =>
      maintain(nodeMaintenance, options, { enable: 'true', reason: reason === '' ? true : reason }),
    disableNodeMaintenance: (options = {}) => maintain(nodeMaintenance, options, { enable: 'false' }),
  };
}

function isServiceHealth(value: unknown): value is AgentServiceHealth {
  if (!isRecord(value) || typeof value['AggregatedStatus'] !== 'string') return false;
  const { Service, Checks } = value;
  return isService(Service) && (Checks === null || (Array.isArray(Checks) && Checks.every(isHealthCheck)));
}
