import { type InstanceOptions, tagsOf } from './catalog-calls.ts';
import { listOf } from './guards.ts';
import { type ReadAnswer, type ReadOptions, readCatalog } from './read-options.ts';
import type { HealthCheckRecord, HealthyInstance } from './records.ts';
import { isRecord, type Transport } from './transport.ts';

/** Which instances of a service are meant, by their health too. */
export interface HealthOptions extends InstanceOptions {
  /** Only instances whose checks pass, all of them, those of the node too. */
  readonly passing?: boolean;
}

/** Health: the catalog together with its checks. */
export interface HealthCalls {
  /** The instances of a service with the checks of instance and node. */
  service(name: string, options?: HealthOptions): Promise<ReadAnswer<readonly HealthyInstance[]>>;
  /** The checks of a node and of its services. */
  node(name: string, options?: ReadOptions): Promise<ReadAnswer<readonly HealthCheckRecord[]>>;
  /** The checks of the instances of a service, without those of their nodes. */
  checks(serviceName: string, options?: ReadOptions): Promise<ReadAnswer<readonly HealthCheckRecord[]>>;
  /** The checks in one state. */
  state(
    state: 'any' | 'passing' | 'warning' | 'critical',
    options?: ReadOptions,
  ): Promise<ReadAnswer<readonly HealthCheckRecord[]>>;
}

/** The calls of one client. */
export function healthCalls(transport: Transport): HealthCalls {
  const readChecks = (path: string, options: ReadOptions = {}) =>
    readCatalog(transport, path, options, listOf('a list of checks', isHealthCheck));
  return {
    service(name, options = {}) {
      const path = `/v1/health/${options.connect === true ? 'connect' : 'service'}/${encodeURIComponent(name)}`;
      const query = { tag: tagsOf(options), ...(options.passing === true ? { passing: true as const } : {}) };
      return readCatalog(transport, path, { ...options, query }, listOf('a list of instances', isInstance));
    },
    node: (name, options) => readChecks(`/v1/health/node/${encodeURIComponent(name)}`, options),
    checks: (name, options) => readChecks(`/v1/health/checks/${encodeURIComponent(name)}`, options),
    state: (state, options) => readChecks(`/v1/health/state/${encodeURIComponent(state)}`, options),
  };
}

/** Whether it is a check's state. */
export function isHealthCheck(value: unknown): value is HealthCheckRecord {
  if (!isRecord(value)) return false;
  const { CheckID, Name, Status, ServiceID } = value;
  return [CheckID, Name, Status, ServiceID].every((field) => typeof field === 'string');
}

function isInstance(value: unknown): value is HealthyInstance {
  if (!isRecord(value)) return false;
  const { Node, Service, Checks } = value;
  return (
    isRecord(Node) &&
    isRecord(Service) &&
    (Checks === null || (Array.isArray(Checks) && Checks.every(isHealthCheck)))
  );
}
