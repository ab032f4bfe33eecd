import type { CheckType, HealthCheck, NodeService } from '@hobnob/catalog/records';
import type { CheckDefinition } from '../checks/kinds.ts';
import type { CheckResult } from '../checks/result.ts';

/** A check that was read and found valid: what the catalog gets, and how it is run. */
export interface DefinedCheck {
  /** Without the service's name and tags, which are the registered service's. */
  readonly record: HealthCheck;
  /** As it was registered: what is kept on disk, and read again at the next start. */
  readonly fields: CheckType;
  readonly definition: CheckDefinition;
}

/** A service that was read and found valid, with its checks. */
export interface DefinedService {
  readonly service: NodeService;
  readonly checks: readonly DefinedCheck[];
}

/** Where a registration comes from, as Consul's files name it: `remote` is the HTTP API, `local` a definition file. */
export type RegistrationSource = 'remote' | 'local';

export interface RegisterOptions {
  readonly token: string;
  readonly source: RegistrationSource;
}

export interface RegisterServiceOptions extends RegisterOptions {
  /** Whether checks of the service that the registration does not name are removed. */
  readonly replaceExistingChecks: boolean;
}

/** One change of a check's state. */
export interface CheckTransition {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly status: string;
  readonly output: string;
}

/** A check of this agent, as it is now. */
export interface LocalCheck {
  /** With the service's name and tags. `Output` is the newest one, also while the catalog has an older one. */
  readonly record: HealthCheck;
  /** What is run for it; undefined for the checks of maintenance modes, which nothing runs. */
  readonly definition: CheckDefinition | undefined;
  /** Milliseconds since 1970 of the last result, also of one that changed nothing; undefined before the first. */
  readonly checkedAtMs: number | undefined;
  /** When the status changed last, or else when the check was registered. */
  readonly changedAtMs: number;
  /** The last ten changes of the status, the newest last. */
  readonly transitions: readonly CheckTransition[];
}

/**
 * The services and checks that are registered with this agent, which is the authority for them: the catalog is
 * corrected towards it. A change is on disk when its promise resolves, and on its way to the catalog; where the catalog
 * is in this process, it is there.
 */
export interface LocalPort {
  /** By id; the `consul` service of a server is not among them. */
  services(): ReadonlyMap<string, NodeService>;
  checks(): ReadonlyMap<string, LocalCheck>;
  /** Those of one service, or of the node by '', in the order of registration. */
  checksOf(serviceId: string): readonly LocalCheck[];

  /** Adds a service, or replaces the one with its id. @throws AgentError AGENT_DATA_DIR, AGENT_CLOSED. */
  registerService(defined: DefinedService, options: RegisterServiceOptions): Promise<void>;
  /** Removes a service with its checks, and its sidecar. @throws AgentError AGENT_NO_SUCH_SERVICE, AGENT_DATA_DIR. */
  deregisterService(serviceId: string): Promise<void>;
  /**
   * Adds a check, or replaces the one with its id.
   * @throws AgentError AGENT_NO_SUCH_SERVICE when its service is not registered; AGENT_DATA_DIR, AGENT_CLOSED.
   */
  registerCheck(defined: DefinedCheck, options: RegisterOptions): Promise<void>;
  /** Unknown ids are ignored, as in Consul. @throws AgentError AGENT_DATA_DIR. */
  deregisterCheck(checkId: string): Promise<void>;
  /** @throws AgentError AGENT_NO_SUCH_CHECK; AGENT_NO_TTL for a check of another kind; AGENT_DATA_DIR, AGENT_CLOSED. */
  updateTtl(checkId: string, result: CheckResult): Promise<void>;

  /**
   * A critical check takes the service out of answers; '' as the reason gives Consul's default text. What is in
   * maintenance already keeps its reason.
   * @throws AgentError AGENT_NO_SUCH_SERVICE, of both for a service; AGENT_DATA_DIR, AGENT_CLOSED of all four.
   */
  enableServiceMaintenance(serviceId: string, options: MaintenanceOptions): Promise<void>;
  disableServiceMaintenance(serviceId: string): Promise<void>;
  enableNodeMaintenance(options: MaintenanceOptions): Promise<void>;
  disableNodeMaintenance(): Promise<void>;

  /** Calls `listener` after each change of a service or of its checks' registration. Returns the unsubscribe. */
  onChange(serviceId: string, listener: () => void): () => void;
}

export interface MaintenanceOptions {
  readonly reason: string;
  readonly token: string;
}
