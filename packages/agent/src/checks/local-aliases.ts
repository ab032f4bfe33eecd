import { type AliasedCheck, aliasResult } from './alias.ts';
import type { AliasCheck } from './definition.ts';
import type { CheckResult } from './result.ts';

/** What is registered with this agent, as alias checks see it. */
export interface AliasSource {
  /** Those of a service and of the node, but for the node's own alias checks. */
  checksFor(serviceId: string): Iterable<AliasedCheck>;
  hasService(serviceId: string): boolean;
}

export interface LocalAliasesOptions {
  readonly source: AliasSource;
  readonly onResult: (checkId: string, result: CheckResult) => void;
}

/** Alias checks that follow each other in a circle quote each other's outputs. */
const outputCharsMax = 8192;

/**
 * Alias checks of services of this agent: each has the state of its target as soon as that changes. Alias checks of the
 * node are not counted: in Consul 1.8.7 they are, and one that was critical once keeps itself critical.
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

  /** A check of this service changed, came or went; '' for a check of the node, which counts for all. */
  targetChanged(serviceId: string): void {
    const isIdle = this.#changed.size === 0;
    for (const check of this.#aliases.values()) {
      if (serviceId === '' || check.aliasService === serviceId) this.#changed.add(check);
    }
    // Later: a result of one alias may be what another one follows.
    if (isIdle && this.#changed.size > 0) queueMicrotask(() => this.#publishChanged());
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
