import type { Rpc } from '@hobnob/catalog';
import type { Clock, Rng } from '@hobnob/gossip';
import type { AgentLogger } from '../ports.ts';
import { CheckDriver, type ResultListener, type RunCheck } from './driver.ts';
import type { CheckDefinition } from './kinds.ts';
import { type AliasSource, LocalAliases } from './local-aliases.ts';
import { RemoteAliases } from './remote-aliases.ts';
import type { CheckResult } from './result.ts';

export interface CheckWorkOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  /** Component `agent`. */
  readonly log: AgentLogger;
  readonly run: RunCheck;
  /** For alias checks of other nodes. */
  readonly rpc: Rpc;
  readonly datacenter: string;
  readonly source: AliasSource;
  readonly onResult: ResultListener;
}

/** Runs checks of every kind: one port over the driver and the two kinds of alias checks. */
export class CheckWork {
  readonly #driver: CheckDriver;
  readonly #local: LocalAliases;
  readonly #remote: RemoteAliases;

  constructor({ clock, rng, log, run, rpc, datacenter, source, onResult }: CheckWorkOptions) {
    const onAliasResult = (id: string, result: CheckResult): void => onResult(id, result, 'run');
    this.#driver = new CheckDriver({ clock, rng, logger: log, run, onResult });
    this.#local = new LocalAliases({ source, onResult: onAliasResult });
    this.#remote = new RemoteAliases({ rpc, datacenter, clock, onResult: onAliasResult });
  }

  /** Adds a check, or replaces the one with its id. */
  set(check: CheckDefinition): void {
    if (check.kind !== 'alias') {
      this.#removeAlias(check.id);
      this.#driver.set(check);
      return;
    }
    this.remove(check.id);
    if (check.aliasNode === '') this.#local.set(check);
    else this.#remote.set(check);
  }

  /** Unknown ids are ignored. */
  remove(checkId: string): void {
    this.#driver.remove(checkId);
    this.#removeAlias(checkId);
  }

  /** As CheckDriver.updateTtl. */
  updateTtl(checkId: string, result: CheckResult): CheckResult | undefined {
    return this.#driver.updateTtl(checkId, result);
  }

  /** As LocalAliases.targetChanged. */
  targetChanged(serviceId: string): void {
    this.#local.targetChanged(serviceId);
  }

  /** Ends all runs; no result follows. May be called twice. */
  close(): void {
    this.#driver.close();
    this.#local.close();
    this.#remote.close();
  }

  #removeAlias(checkId: string): void {
    this.#local.remove(checkId);
    this.#remote.remove(checkId);
  }
}
