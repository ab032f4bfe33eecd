import type { HealthCheck } from '@hobnob/catalog/records';
import type { Clock, Rng } from '@hobnob/gossip';
import { CheckWork, type CheckWorkOptions } from '../checks/check-work.ts';
import { CriticalServices } from '../checks/critical-services.ts';
import type { ResultOrigin } from '../checks/driver.ts';
import type { ReapedCheck } from '../checks/reaper.ts';
import { type CheckResult, isCheckStatus } from '../checks/result.ts';
import type { AgentLogger } from '../ports.ts';
import { ChangeListeners } from './change-listeners.ts';
import type { CheckEntry, NewCheck, ServiceEntry } from './entries.ts';
import { LocalState } from './local-state.ts';

export interface RegistryParts extends Pick<CheckWorkOptions, 'run' | 'rpc' | 'datacenter'> {
  readonly clock: Clock;
  readonly rng: Rng;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
  /** `check_update_interval`. */
  readonly outputDelayMs: number;
  /** Something is stale now. */
  readonly onStale: () => void;
  /** An output waits for its turn. */
  readonly onDeferred: () => void;
  /** A service's check is critical for too long. */
  readonly onCritical: (check: ReapedCheck) => void;
  /** Component `agent`. */
  readonly log: AgentLogger;
}

/** What is registered, with the work that follows from it: checks that run, results, and who wants to know of them. */
export class Registry {
  readonly state: LocalState;
  readonly listeners: ChangeListeners;
  readonly #parts: RegistryParts;
  readonly #work: CheckWork;
  readonly #critical: CriticalServices;
  /** `discard_check_output`. */
  discardsOutput: boolean;

  constructor({ discardsOutput, ...parts }: RegistryParts & Pick<Registry, 'discardsOutput'>) {
    const { clock, log, outputDelayMs } = parts;
    this.#parts = parts;
    this.discardsOutput = discardsOutput;
    this.state = new LocalState({ outputDelayMs });
    this.listeners = new ChangeListeners(log);
    this.#work = new CheckWork({
      ...parts,
      source: {
        checksFor: (serviceId) => this.#checksFor(serviceId),
        hasService: (serviceId) => this.state.entries.has(serviceId),
      },
      onResult: (id, result, origin) => this.#onResult(id, result, origin),
    });
    this.#critical = new CriticalServices({ clock, onDue: parts.onCritical });
  }

  setService(entry: ServiceEntry): void {
    this.state.setService(entry);
    this.#work.targetChanged(entry.service.ID);
    this.listeners.notify(entry.service.ID);
  }

  /** Removes a service with its checks. */
  removeService(id: string): void {
    for (const { record } of this.state.checksOf(id)) this.removeCheck(record.CheckID);
    this.state.removeService(id);
    this.#parts.log.debug({ service: id }, 'removed service');
    this.#work.targetChanged(id);
    this.listeners.notify(id);
  }

  /** Adds a check, or replaces the one with its id, whose status and output it keeps. */
  setCheck(check: NewCheck): void {
    const { CheckID: id } = check.record;
    const before = this.state.checks.get(id);
    const kept = before && { Status: before.record.Status, Output: before.record.Output };
    const entry = this.state.setCheck(
      { ...check, record: { ...check.record, ...kept } },
      { wallMs: this.#parts.wallMs() },
    );
    if (before !== undefined && before.record.ServiceID !== check.record.ServiceID) {
      this.#work.targetChanged(before.record.ServiceID);
    }
    this.#watchCritical(entry);
    // Before an alias check is set, which its own registration must not wake.
    this.#work.targetChanged(entry.record.ServiceID);
    if (entry.definition === undefined) this.#work.remove(id);
    else this.#work.set(entry.definition);
    this.listeners.notify(entry.record.ServiceID);
  }

  /** Unknown ids are ignored. */
  removeCheck(id: string): void {
    const entry = this.state.checks.get(id);
    this.#work.remove(id);
    this.#critical.remove(id);
    this.state.removeCheck(id);
    this.#parts.log.debug({ check: id }, 'removed check');
    if (entry === undefined) return;
    this.#work.targetChanged(entry.record.ServiceID);
    this.listeners.notify(entry.record.ServiceID);
  }

  /** As CheckDriver.updateTtl. */
  updateTtl(id: string, result: CheckResult): CheckResult | undefined {
    return this.#work.updateTtl(id, result);
  }

  close(): void {
    this.#work.close();
    this.#critical.close();
  }

  #onResult(id: string, { status, output }: CheckResult, origin: ResultOrigin): void {
    const { clock, rng, wallMs, onStale, onDeferred } = this.#parts;
    const before = this.state.checks.get(id);
    if (before === undefined) return;
    const result = { status, output: this.discardsOutput ? '' : output };
    this.state.report(id, result, { nowMs: clock.nowMs(), wallMs: wallMs() }, rng.next());
    this.#logResult(before, result, origin);
    this.#critical.report(id, status);
    const now = this.state.checks.get(id);
    if (now === undefined || now.record === before.record) return;
    if (this.state.staleChecks.has(id)) onStale();
    else onDeferred();
    if (now.record.Status !== before.record.Status) this.#work.targetChanged(now.record.ServiceID);
  }

  /** Consul logs a line for each run; here the first result and changes are worth one. */
  #logResult({ record, checkedAtMs }: CheckEntry, { status }: CheckResult, origin: ResultOrigin): void {
    const { log } = this.#parts;
    const check = record.CheckID;
    if (checkedAtMs !== undefined && record.Status === status) return;
    if (origin === 'expiry') log.warn({ check }, 'Check missed TTL, is now critical');
    else if (origin === 'update' || status === 'passing')
      log.debug({ check, status }, 'Check status updated');
    else if (status === 'warning') log.warn({ check }, 'Check is now warning');
    else log.warn({ check }, 'Check is now critical');
  }

  #watchCritical({ record, definition }: CheckEntry): void {
    const { CheckID: checkId, ServiceID: serviceId, Status } = record;
    const afterMs = definition?.deregisterCriticalAfterMs;
    if (afterMs === undefined || serviceId === '') this.#critical.remove(checkId);
    else if (isCheckStatus(Status)) this.#critical.set({ checkId, serviceId, afterMs }, Status);
  }

  #checksFor(serviceId: string): readonly HealthCheck[] {
    const ofService = serviceId === '' ? [] : this.state.checksOf(serviceId);
    return [...ofService, ...this.state.checksOf('')].map(({ record }) => record);
  }
}
