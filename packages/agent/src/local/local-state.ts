import type { NodeService } from '@hobnob/catalog/records';
import type { CheckResult } from '../checks/result.ts';
import { Schedule } from '../checks/schedule.ts';
import { type CheckEntry, checkEntry, type NewCheck, type ServiceEntry, withResult } from './entries.ts';
import { type Removal, Removals } from './removals.ts';

/** Now, on the clock of deadlines and on the wall. */
export interface Moment {
  readonly nowMs: number;
  /** Milliseconds since 1970. */
  readonly wallMs: number;
}

/**
 * The services and checks that are registered with this agent, and how far the catalog has them. Pure: time and
 * randomness are arguments. Source: consensus-and-rpc.md 7.1 and 7.2; Consul agent/local.
 */
export class LocalState {
  readonly #services = new Map<string, ServiceEntry>();
  readonly #records = new Map<string, NodeService>();
  readonly #checks = new Map<string, CheckEntry>();
  /** Ids of checks by service; '' for those of the node. */
  readonly #checksByService = new Map<string, Set<string>>();
  readonly #deferred = new Schedule<string>();
  readonly #deferredIds = new Set<string>();
  /** Checks that the catalog may have under another service, or under the node. */
  readonly #heldElsewhere = new Set<string>();
  readonly #outputDelayMs: number;
  /** Whether the catalog has the node's addresses and metadata. */
  isNodeInSync = false;
  /** What the catalog has to get, by id. */
  readonly staleServices = new Set<string>();
  readonly staleChecks = new Set<string>();
  /** What the catalog has to lose, by id. */
  readonly removedServices = new Removals();
  readonly removedChecks = new Removals();

  /** @param outputDelayMs `check_update_interval`: about how long an output waits that alone changed; 0 for not at all. */
  constructor({ outputDelayMs }: { readonly outputDelayMs: number }) {
    this.#outputDelayMs = outputDelayMs;
  }

  get entries(): ReadonlyMap<string, ServiceEntry> {
    return this.#services;
  }

  get services(): ReadonlyMap<string, NodeService> {
    return this.#records;
  }

  get checks(): ReadonlyMap<string, CheckEntry> {
    return this.#checks;
  }

  /** In the order of registration. */
  checksOf(serviceId: string): readonly CheckEntry[] {
    const ids = this.#checksByService.get(serviceId) ?? [];
    return [...ids].flatMap((id) => this.#checks.get(id) ?? []);
  }

  hasDeferredOutput(checkId: string): boolean {
    return this.#deferredIds.has(checkId);
  }

  /** Adds a service, or replaces the one with its id. The catalog gets it in any case, as in Consul. */
  setService(entry: ServiceEntry): void {
    const { service } = entry;
    this.#services.set(service.ID, entry);
    this.#records.set(service.ID, service);
    this.staleServices.add(service.ID);
    this.removedServices.delete(service.ID);
  }

  /** Unknown ids are ignored. Its checks are the caller's to remove. */
  removeService(id: string): void {
    const entry = this.#services.get(id);
    if (entry === undefined) return;
    this.#services.delete(id);
    this.#records.delete(id);
    this.staleServices.delete(id);
    this.removedServices.set(id, { token: entry.token, serviceId: id });
  }

  /** Adds a check, or replaces the one with its id. The catalog gets it in any case, as in Consul. */
  setCheck(check: NewCheck, { wallMs }: Pick<Moment, 'wallMs'>): CheckEntry {
    const { CheckID: id, ServiceID } = check.record;
    const before = this.#checks.get(id);
    const entry = checkEntry(check, before, wallMs);
    if (before !== undefined && before.record.ServiceID !== ServiceID) this.#unlink(before);
    const formerId = before?.record.ServiceID ?? this.removedChecks.get(id)?.serviceId ?? ServiceID;
    if (formerId !== ServiceID) this.#heldElsewhere.add(id);
    this.#checks.set(id, entry);
    const ids = this.#checksByService.get(ServiceID) ?? new Set();
    this.#checksByService.set(ServiceID, ids.add(id));
    this.staleChecks.add(id);
    this.removedChecks.delete(id);
    return entry;
  }

  /** Unknown ids are ignored. */
  removeCheck(id: string): void {
    const entry = this.#checks.get(id);
    if (entry === undefined) return;
    this.#checks.delete(id);
    this.#unlink(entry);
    this.staleChecks.delete(id);
    this.#endDeferral(id);
    // The removal of its service removes only what the catalog has under that service.
    const serviceId = this.#heldElsewhere.delete(id) ? '' : entry.record.ServiceID;
    this.removedChecks.set(id, { token: entry.token, serviceId });
  }

  /**
   * The result of a check; unknown ids are ignored. A change of the status makes the check stale; a change of the output
   * alone does so after half to one and a half times the delay, so that outputs with numbers in them do not make a write
   * each time.
   * @param random in [0, 1).
   */
  report(id: string, result: CheckResult, { nowMs, wallMs }: Moment, random: number): void {
    const before = this.#checks.get(id);
    if (before === undefined) return;
    const entry = withResult(before, result, wallMs);
    this.#checks.set(id, entry);
    if (entry.record === before.record) return;
    const isOutputAlone = entry.record.Status === before.record.Status;
    if (!isOutputAlone || this.#outputDelayMs <= 0) {
      this.staleChecks.add(id);
    } else if (!this.#deferredIds.has(id)) {
      this.#deferredIds.add(id);
      this.#deferred.set(id, nowMs + this.#outputDelayMs * (0.5 + random), id);
    }
  }

  /** When `takeDueOutputs` next has something to do. */
  nextDeadlineMs(): number | undefined {
    return this.#deferred.nextMs();
  }

  /** Makes checks stale whose new output has waited long enough. Returns whether there were any. */
  takeDueOutputs(nowMs: number): boolean {
    let isAny = false;
    for (let id = this.#deferred.takeDue(nowMs); id !== undefined; id = this.#deferred.takeDue(nowMs)) {
      this.#deferredIds.delete(id);
      this.staleChecks.add(id);
      isAny = true;
    }
    return isAny;
  }

  /** The catalog has this service as it was then; it is still stale if it has changed since. */
  syncedService({ service }: ServiceEntry): void {
    if (this.#records.get(service.ID) === service) this.staleServices.delete(service.ID);
  }

  /** The catalog has this check as it was then; it is still stale if it has changed since. */
  syncedCheck({ record }: CheckEntry): void {
    if (this.#checks.get(record.CheckID)?.record !== record) return;
    this.staleChecks.delete(record.CheckID);
    this.#heldElsewhere.delete(record.CheckID);
    this.#endDeferral(record.CheckID);
  }

  /** The catalog has this check under another service than this agent. */
  foundElsewhere(checkId: string): void {
    this.#heldElsewhere.add(checkId);
  }

  /** The catalog has lost a service, and with it the checks that it had. */
  lostService(id: string, removal: Removal): void {
    if (this.removedServices.get(id) === removal) this.removedServices.delete(id);
    this.removedChecks.deleteOf(id);
  }

  lostCheck(id: string, removal: Removal): void {
    if (this.removedChecks.get(id) === removal) this.removedChecks.delete(id);
  }

  /** Takes over the tags that the catalog has for a service with `EnableTagOverride`. */
  overrideTags(id: string, tags: readonly string[] | null): void {
    const entry = this.#services.get(id);
    if (entry === undefined) return;
    const service = { ...entry.service, Tags: tags };
    this.#services.set(id, { ...entry, service });
    this.#records.set(id, service);
  }

  #unlink({ record: { CheckID, ServiceID } }: CheckEntry): void {
    const ids = this.#checksByService.get(ServiceID);
    ids?.delete(CheckID);
    if (ids?.size === 0) this.#checksByService.delete(ServiceID);
  }

  #endDeferral(id: string): void {
    this.#deferredIds.delete(id);
    this.#deferred.clear(id);
  }
}
