import { create, HealthCheck, type NodeService } from '@hobnob/catalog/records';
import type { CheckResult } from '../src/checks/result.ts';
import { AgentError } from '../src/errors.ts';
import type {
  DefinedCheck,
  DefinedService,
  LocalCheck,
  LocalPort,
  MaintenanceOptions,
  RegisterOptions,
  RegisterServiceOptions,
} from '../src/local/local-port.ts';

/** Registrations in memory: nothing runs, nothing expires, nothing reaches a catalog. `nowMs` is what its clock says. */
export class FakeLocal implements LocalPort {
  readonly #services = new Map<string, NodeService>();
  readonly #checks = new Map<string, LocalCheck>();
  readonly #kinds = new Map<string, DefinedCheck['definition']['kind']>();
  readonly #listeners = new Map<string, Set<() => void>>();
  /** What registrations came with, the newest last. */
  readonly seen: (RegisterServiceOptions | RegisterOptions | MaintenanceOptions)[] = [];
  nowMs = 0;
  /** Runs before a registration is stored. */
  beforeStore: () => Promise<void> = async () => undefined;

  services(): ReadonlyMap<string, NodeService> {
    return this.#services;
  }

  checks(): ReadonlyMap<string, LocalCheck> {
    return this.#checks;
  }

  checksOf(serviceId: string): readonly LocalCheck[] {
    return [...this.#checks.values()].filter(({ record }) => record.ServiceID === serviceId);
  }

  async registerService({ service, checks }: DefinedService, options: RegisterServiceOptions): Promise<void> {
    await this.beforeStore();
    this.seen.push(options);
    this.#services.set(service.ID, service);
    const kept = new Set(checks.map(({ record }) => record.CheckID));
    if (options.replaceExistingChecks) {
      for (const { record } of this.checksOf(service.ID)) {
        if (!kept.has(record.CheckID)) this.#checks.delete(record.CheckID);
      }
    }
    for (const check of checks) this.#store(check);
    this.#tell(service.ID);
  }

  async deregisterService(serviceId: string): Promise<void> {
    if (!this.#services.delete(serviceId)) {
      throw new AgentError('AGENT_NO_SUCH_SERVICE', `Service "${serviceId}" does not exist`);
    }
    for (const { record } of this.checksOf(serviceId)) this.#checks.delete(record.CheckID);
    this.#tell(serviceId);
    const sidecar = this.#services.get(`${serviceId}-sidecar-proxy`);
    if (sidecar?.LocallyRegisteredAsSidecar === true) await this.deregisterService(sidecar.ID);
  }

  async registerCheck(check: DefinedCheck, options: RegisterOptions): Promise<void> {
    this.seen.push(options);
    this.#store(check);
  }

  async deregisterCheck(checkId: string): Promise<void> {
    this.#checks.delete(checkId);
  }

  async updateTtl(checkId: string, { status, output }: CheckResult): Promise<void> {
    const check = this.#checks.get(checkId);
    if (check === undefined) throw new AgentError('AGENT_NO_SUCH_CHECK', `no check ${checkId}`);
    const record = { ...check.record, Status: status, Output: output };
    const isOther = check.record.Status !== status;
    this.#checks.set(checkId, {
      record,
      definition: check.definition,
      checkedAtMs: this.nowMs,
      changedAtMs: isOther ? this.nowMs : check.changedAtMs,
      transitions: isOther ? [...check.transitions, { atMs: this.nowMs, status, output }] : check.transitions,
    });
  }

  async enableServiceMaintenance(serviceId: string, options: MaintenanceOptions): Promise<void> {
    this.#maintain(`_service_maintenance:${serviceId}`, serviceId, options);
  }

  async disableServiceMaintenance(serviceId: string): Promise<void> {
    this.#checks.delete(`_service_maintenance:${serviceId}`);
  }

  async enableNodeMaintenance(options: MaintenanceOptions): Promise<void> {
    this.#maintain('_node_maintenance', '', options);
  }

  async disableNodeMaintenance(): Promise<void> {
    this.#checks.delete('_node_maintenance');
  }

  onChange(serviceId: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(serviceId) ?? new Set();
    this.#listeners.set(serviceId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
    };
  }

  /** How many wait for a change of a service. */
  listenersOf(serviceId: string): number {
    return this.#listeners.get(serviceId)?.size ?? 0;
  }

  /** How a check is run. */
  kindOf(checkId: string): string | undefined {
    return this.#kinds.get(checkId);
  }

  #tell(serviceId: string): void {
    for (const listener of this.#listeners.get(serviceId) ?? []) listener();
  }

  #store({ record, definition }: DefinedCheck): void {
    const service = this.#services.get(record.ServiceID);
    const before = this.#checks.get(record.CheckID)?.record;
    this.#kinds.set(record.CheckID, definition.kind);
    this.#checks.set(record.CheckID, {
      record: {
        ...record,
        ServiceName: service?.Service ?? '',
        ServiceTags: service?.Tags ?? null,
        Status: before?.Status ?? record.Status,
        Output: before?.Output ?? '',
      },
      definition,
      checkedAtMs: undefined,
      changedAtMs: this.nowMs,
      transitions: [],
    });
  }

  #maintain(id: string, serviceId: string, options: MaintenanceOptions): void {
    this.seen.push(options);
    const record = create(HealthCheck, {
      CheckID: id,
      Status: 'critical',
      Notes: options.reason,
      ServiceID: serviceId,
      Type: 'maintenance',
    });
    const times = { checkedAtMs: undefined, changedAtMs: this.nowMs, transitions: [] };
    this.#checks.set(id, { record, definition: undefined, ...times });
  }
}
