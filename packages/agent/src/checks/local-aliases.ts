import { type AliasedCheck, aliasResult } from './alias.ts';
import type { AliasCheck } from './kinds.ts';
import type { CheckResult } from './result.ts';

/** What is registered with this agent, as alias checks see it. */
export interface AliasSource {
  /** Those of a service and of the node. */
  checksFor(serviceId: string): Iterable<AliasedCheck>;
  hasService(serviceId: string): boolean;
}

export interface LocalAliasesOptions {
  readonly source: AliasSource;
  readonly onResult: (checkId: string, result: CheckResult) => void;
}

/** Alias checks quote outputs of each other, and some their own. */
const outputCharsMax = 8192;

/**
 * Alias checks of services of this agent: each has the state of its target as soon as a status there changes. A change
 * of an output alone wakes none, so that an alias check among the checks that it follows does not wake itself; it counts
 * itself, as in Consul 1.8.7.
 */
export class LocalAliases {
  readonly #options: LocalAliasesOptions;
  readonly #aliases = new Map<string, AliasCheck>();
  readonly #changed = new Set<AliasCheck>();
  #isClosed = false;

  constructor(options: LocalAliasesOptions) {
    this.#options = options;
  }

  /** Adds or replaces a check, and publishes its first result within this call. */
  set(check: AliasCheck): void {
    this.#aliases.set(check.id, check);
    this.#publish(check);
  }

  /** Unknown ids are ignored. */
  remove(checkId: string): void {
    this.#aliases.delete(checkId);
  }

  /** A check of this service changed its status, came or went; '' for a check of the node, which counts for all. */
  targetChanged(serviceId: string): void {
    const isIdle = this.#changed.size === 0;
    for (const check of this.#aliases.values()) {
      if (serviceId === '' || check.aliasService === serviceId) this.#changed.add(check);
    }
    // Later: what one alias publishes may be what another one follows.
    if (isIdle && this.#changed.size > 0) setImmediate(() => this.#publishChanged());
  }

  close(): void {
    this.#isClosed = true;
    this.#aliases.clear();
  }

  #publishChanged(): void {
    const checks = [...this.#changed];
    this.#changed.clear();
    for (const check of checks) if (this.#aliases.get(check.id) === check) this.#publish(check);
  }

  #publish({ id, aliasService }: AliasCheck): void {
    if (this.#isClosed) return;
    const { source, onResult } = this.#options;
    const target = { node: '', serviceId: aliasService };
    const checks = source.checksFor(aliasService);
    const { status, output } = aliasResult(target, checks, (service) => source.hasService(service));
    onResult(id, { status, output: output.slice(0, outputCharsMax) });
  }
}
