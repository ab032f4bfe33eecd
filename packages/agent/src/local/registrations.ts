import { quote } from '@hobnob/catalog/go';
import type { NodeService } from '@hobnob/catalog/records';
import { messageOf } from '@hobnob/gossip/files';
import { KeyedLanes } from '../async/keyed-lanes.ts';
import type { ReapedCheck } from '../checks/reaper.ts';
import type { CheckResult } from '../checks/result.ts';
import { noTtlText, persistedTtl } from '../checks/ttl.ts';
import { AgentError } from '../errors.ts';
import type { AgentLogger } from '../ports.ts';
import { sidecarIdOf } from './definitions/sidecar.ts';
import type { NewCheck, ServiceEntry } from './entries.ts';
import type {
  DefinedCheck,
  DefinedService,
  LocalCheck,
  LocalPort,
  MaintenanceOptions,
  RegisterOptions,
  RegisterServiceOptions,
} from './local-port.ts';
import {
  nodeMaintenance,
  nodeMaintenanceId,
  serviceMaintenance,
  serviceMaintenanceId,
} from './maintenance.ts';
import { newCheck } from './new-check.ts';
import type { RegistrationFiles } from './registration-files.ts';
import type { Registry } from './registry.ts';

export interface RegistrationsParts {
  readonly registry: Registry;
  readonly files: RegistrationFiles;
  readonly nodeName: string;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
  /** Brings what is stale to the catalog; resolves when a caller has waited long enough. */
  readonly push: () => Promise<void>;
  /** @throws AgentError AGENT_CLOSED. */
  readonly requireRunning: () => void;
  /** Component `agent`. */
  readonly log: AgentLogger;
}

/** The lane of all that belongs to the node itself; no service has an empty id. */
const nodeLane = '';

/**
 * Registers and removes: first on disk, but for what the configuration defines, then in memory, then in the catalog. What concerns one service or one check
 * happens in the order of the calls: a check may go from one service to another.
 */
export class Registrations implements LocalPort {
  readonly #parts: RegistrationsParts;
  readonly #lanes = new KeyedLanes();
  readonly #checkLanes = new KeyedLanes();

  constructor(parts: RegistrationsParts) {
    this.#parts = parts;
  }

  services(): ReadonlyMap<string, NodeService> {
    return this.#parts.registry.state.services;
  }

  checks(): ReadonlyMap<string, LocalCheck> {
    return this.#parts.registry.state.checks;
  }

  checksOf(serviceId: string): readonly LocalCheck[] {
    return this.#parts.registry.state.checksOf(serviceId);
  }

  onChange(serviceId: string, listener: () => void): () => void {
    return this.#parts.registry.listeners.add(serviceId, listener);
  }

  async registerService(defined: DefinedService, options: RegisterServiceOptions): Promise<void> {
    const { service } = defined;
    const { registry, nodeName } = this.#parts;
    await this.#change(service.ID, async () => {
      const entry = { service, token: options.token, source: options.source };
      const checks = defined.checks.map((check) => newCheck(check, nodeName, service, options));
      const named = checks.map(({ record }) => record.CheckID);
      const ids = options.replaceExistingChecks ? [...named, ...this.#checkIdsOf(service.ID)] : named;
      await this.#checkLanes.doAll(ids, async () => {
        if (options.source === 'remote') await this.#save(entry, checks);
        registry.setService(entry);
        for (const check of checks) registry.setCheck(check);
        if (options.source === 'local') await this.#forget(entry, checks);
        if (options.replaceExistingChecks) await this.#dropOthers(service.ID, named);
      });
    });
  }

  async deregisterService(serviceId: string): Promise<void> {
    await this.#change(serviceId, async () => {
      if (!this.services().has(serviceId)) {
        const text = `Unknown service ID ${quote(serviceId)}. Ensure that the service ID is passed, not the service name.`;
        throw new AgentError('AGENT_NO_SUCH_SERVICE', text);
      }
      await this.#dropService(serviceId);
    });
    await this.#deregisterSidecar(serviceId);
  }

  /** Removes a service of the configuration, unless it is gone or another has registered it when its turn comes. */
  async removeConfiguredService(serviceId: string): Promise<void> {
    const { entries } = this.#parts.registry.state;
    const isOurs = await this.#change(serviceId, async () => {
      if (entries.get(serviceId)?.source !== 'local') return false;
      await this.#dropService(serviceId);
      return true;
    });
    if (isOurs) await this.#deregisterSidecar(serviceId);
  }

  async #deregisterSidecar(serviceId: string): Promise<void> {
    const sidecarId = sidecarIdOf(serviceId);
    if (this.services().get(sidecarId)?.LocallyRegisteredAsSidecar === true) {
      await this.deregisterService(sidecarId);
    }
  }

  async registerCheck(defined: DefinedCheck, options: RegisterOptions): Promise<void> {
    const { ServiceID: serviceId } = defined.record;
    await this.#change(serviceId === '' ? nodeLane : serviceId, async () => {
      const service = serviceId === '' ? undefined : this.services().get(serviceId);
      if (serviceId !== '' && service === undefined) {
        throw new AgentError('AGENT_NO_SUCH_SERVICE', `ServiceID ${quote(serviceId)} does not exist`);
      }
      await this.#addCheck(newCheck(defined, this.#parts.nodeName, service, options), {
        keeps: options.source === 'remote',
      });
    });
  }

  async deregisterCheck(checkId: string): Promise<void> {
    const entry = this.checks().get(checkId);
    await this.#change(entry?.record.ServiceID ?? nodeLane, () => this.#removeCheck(checkId));
  }

  /** As `removeConfiguredService`, for a check. */
  async removeConfiguredCheck(checkId: string): Promise<void> {
    const { checks } = this.#parts.registry.state;
    await this.#change(checks.get(checkId)?.record.ServiceID ?? nodeLane, () =>
      this.#checkLanes.do(checkId, async () => {
        if (checks.get(checkId)?.source === 'local') await this.#dropCheck(checkId);
      }),
    );
  }

  async updateTtl(checkId: string, result: CheckResult): Promise<void> {
    const { registry, files, wallMs, requireRunning, push } = this.#parts;
    requireRunning();
    const entry = registry.state.checks.get(checkId);
    if (entry === undefined) throw new AgentError('AGENT_NO_SUCH_CHECK', noTtlText(checkId));
    const published = registry.updateTtl(checkId, result);
    if (published === undefined || entry.definition?.kind !== 'ttl') {
      throw new AgentError('AGENT_NO_TTL', noTtlText(checkId));
    }
    await files.saveState(persistedTtl(checkId, published, entry.definition, wallMs() / 1000));
    if (registry.state.staleChecks.has(checkId)) await push();
  }

  async enableServiceMaintenance(serviceId: string, options: MaintenanceOptions): Promise<void> {
    const { nodeName, log } = this.#parts;
    await this.#change(serviceId, async () => {
      const service = this.#serviceInMaintenance(serviceId);
      if (this.checks().has(serviceMaintenanceId(serviceId))) return;
      await this.#addCheck(serviceMaintenance(nodeName, service, options), { keeps: true });
      log.info({ service: serviceId }, 'Service entered maintenance mode');
    });
  }

  async disableServiceMaintenance(serviceId: string): Promise<void> {
    await this.#change(serviceId, async () => {
      this.#serviceInMaintenance(serviceId);
      const checkId = serviceMaintenanceId(serviceId);
      if (!this.checks().has(checkId)) return;
      await this.#removeCheck(checkId);
      this.#parts.log.info({ service: serviceId }, 'Service left maintenance mode');
    });
  }

  async enableNodeMaintenance(options: MaintenanceOptions): Promise<void> {
    const { nodeName, log } = this.#parts;
    await this.#change(nodeLane, async () => {
      if (this.checks().has(nodeMaintenanceId)) return;
      await this.#addCheck(nodeMaintenance(nodeName, options), { keeps: true });
      log.info({}, 'Node entered maintenance mode');
    });
  }

  async disableNodeMaintenance(): Promise<void> {
    await this.#change(nodeLane, async () => {
      if (!this.checks().has(nodeMaintenanceId)) return;
      await this.#removeCheck(nodeMaintenanceId);
      this.#parts.log.info({}, 'Node left maintenance mode');
    });
  }

  /** Removes the service of a check that is critical for too long. Never rejects. */
  async reap({ serviceId: service, checkId: check }: ReapedCheck): Promise<void> {
    const { log } = this.#parts;
    try {
      await this.deregisterService(service);
      const line = 'Check for service has been critical for too long; deregistered service';
      log.info({ service, check }, line);
    } catch (error) {
      log.error(
        { service, check, error: messageOf(error) },
        'unable to deregister service after check has been critical for too long',
      );
    }
  }

  /**
   * Does `work` when the work before it on the same service has ended, and brings its change to the catalog, also the
   * part of it that was made before it failed.
   */
  async #change<T>(lane: string, work: () => Promise<T>): Promise<T> {
    const { requireRunning, push } = this.#parts;
    try {
      return await this.#lanes.do(lane, async () => {
        requireRunning();
        return work();
      });
    } finally {
      await push();
    }
  }

  #addCheck(check: NewCheck, { keeps }: { readonly keeps: boolean }): Promise<void> {
    return this.#checkLanes.do(check.record.CheckID, async () => {
      if (keeps) await this.#save(undefined, [check]);
      this.#parts.registry.setCheck(check);
      if (!keeps) await this.#forget(undefined, [check]);
    });
  }

  /** What the configuration defines is in its files; one of ours from before would come back without it. */
  async #forget(entry: ServiceEntry | undefined, checks: readonly NewCheck[]): Promise<void> {
    const { files } = this.#parts;
    if (entry !== undefined) await files.removeService(entry.service.ID);
    await Promise.all(checks.map(({ record }) => files.removeCheck(record.CheckID)));
  }

  /**
   * What is not registered in the end leaves no file, lest it be there after a restart. A service is written after its
   * checks: where it is there after a crash, they are, and without it they go.
   */
  async #save(entry: ServiceEntry | undefined, checks: readonly NewCheck[]): Promise<void> {
    const { files } = this.#parts;
    const services = entry === undefined ? [] : [entry];
    const newServices = services.filter(({ service }) => !this.services().has(service.ID));
    const newChecks = checks.filter(({ record }) => !this.checks().has(record.CheckID));
    try {
      await Promise.all(checks.map((one) => files.saveCheck(one)));
      await Promise.all(services.map((one) => files.saveService(one)));
    } catch (error) {
      const undone = await Promise.allSettled([
        ...newServices.map(({ service }) => files.removeService(service.ID)),
        ...newChecks.map(({ record }) => files.removeCheck(record.CheckID)),
      ]);
      for (const one of undone) if (one.status === 'rejected') this.#logUndo(one.reason);
      throw error;
    }
  }

  #logUndo(error: unknown): void {
    this.#parts.log.error({ error: messageOf(error) }, 'Failed to undo a registration');
  }

  #dropService(serviceId: string): Promise<void> {
    const { registry, files } = this.#parts;
    return this.#checkLanes.doAll(this.#checkIdsOf(serviceId), async () => {
      await files.removeService(serviceId);
      const ids = this.#checkIdsOf(serviceId);
      await Promise.all(ids.map((id) => files.removeCheck(id)));
      registry.removeService(serviceId);
      await Promise.all(ids.map((id) => files.removeState(id)));
    });
  }

  #removeCheck(checkId: string): Promise<void> {
    return this.#checkLanes.do(checkId, () => this.#dropCheck(checkId));
  }

  async #dropCheck(checkId: string): Promise<void> {
    const { registry, files } = this.#parts;
    await files.removeCheck(checkId);
    registry.removeCheck(checkId);
    await files.removeState(checkId);
  }

  #checkIdsOf(serviceId: string): readonly string[] {
    return this.checksOf(serviceId).map(({ record }) => record.CheckID);
  }

  /** Consul removes the check of a maintenance mode too. */
  async #dropOthers(serviceId: string, kept: readonly string[]): Promise<void> {
    const keptIds = new Set(kept);
    const others = this.#checkIdsOf(serviceId).filter((id) => !keptIds.has(id));
    await Promise.all(others.map((id) => this.#dropCheck(id)));
  }

  #serviceInMaintenance(serviceId: string): NodeService {
    const service = this.services().get(serviceId);
    if (service !== undefined) return service;
    throw new AgentError('AGENT_NO_SUCH_SERVICE', `No service registered with ID ${quote(serviceId)}`);
  }
}
