import { everything, type Rpc } from '@hobnob/catalog';
import type { Clock } from '@hobnob/gossip';
import { messageOf } from '@hobnob/gossip/files';
import { pause } from '@hobnob/gossip/runtime';
import { aliasResult } from './alias.ts';
import type { AliasCheck } from './kinds.ts';
import type { CheckResult } from './result.ts';

export interface RemoteAliasesOptions {
  readonly rpc: Rpc;
  readonly datacenter: string;
  readonly clock: Clock;
  readonly onResult: (checkId: string, result: CheckResult) => void;
}

/** Source: Consul checks.CheckAlias: how long one question may wait. */
const waitNs = 60_000_000_000n;
/** Servers that answer at once, again and again, are asked no more often. */
const pauseMs = 100;
/** The first failures are repeated at once, and then at longer and longer intervals. */
const quickFailuresMax = 3;
const failurePauseMsMax = 60_000;

/** Alias checks of other nodes, or of services there: each waits in the catalog for a change of the node's checks. */
export class RemoteAliases {
  readonly #options: RemoteAliasesOptions;
  readonly #watches = new Map<string, AbortController>();

  constructor(options: RemoteAliasesOptions) {
    this.#options = options;
  }

  /** Adds a check, or replaces the one with its id. */
  set(check: AliasCheck): void {
    this.remove(check.id);
    const ended = new AbortController();
    this.#watches.set(check.id, ended);
    void this.#watch(check, ended.signal);
  }

  /** Unknown ids are ignored. */
  remove(checkId: string): void {
    this.#watches.get(checkId)?.abort(new Error('the check was removed'));
    this.#watches.delete(checkId);
  }

  close(): void {
    for (const id of [...this.#watches.keys()]) this.remove(id);
  }

  /** Never rejects. */
  async #watch(check: AliasCheck, signal: AbortSignal): Promise<void> {
    const { clock, onResult } = this.#options;
    let failures = 0;
    let index = 0;
    while (!signal.aborted) {
      let waitMs = pauseMs;
      try {
        const answer = await this.#ask(check, index, signal);
        if (signal.aborted) return;
        // An index that went back belongs to another server.
        index = answer.index < index ? 0 : answer.index;
        failures = 0;
        onResult(check.id, answer.result);
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        waitMs = failurePauseMs(failures);
        index = 0;
        const output = `Failure checking aliased node or service: ${messageOf(error)}`;
        onResult(check.id, { status: 'critical', output });
      }
      await pause(clock, waitMs, signal);
    }
  }

  async #ask(
    { aliasNode, aliasService }: AliasCheck,
    index: number,
    signal: AbortSignal,
  ): Promise<{ readonly index: number; readonly result: CheckResult }> {
    const { rpc, datacenter } = this.#options;
    const node = { Datacenter: datacenter, Node: aliasNode, AllowStale: true };
    const request = { ...node, MinQueryIndex: index, MaxQueryTime: waitNs };
    const { Index, HealthChecks } = await rpc.call('Health.NodeChecks', request, {
      authority: everything,
      signal,
    });
    // The service itself is asked for only when no check shows that it is there.
    const isSeen = aliasService === '' || HealthChecks.some(({ ServiceID }) => ServiceID === aliasService);
    const isThere = isSeen || (await this.#hasService(node, aliasService));
    const target = { node: aliasNode, serviceId: aliasService };
    return { index: Index, result: aliasResult(target, HealthChecks, () => isThere) };
  }

  async #hasService(
    node: { readonly Datacenter: string; readonly Node: string },
    serviceId: string,
  ): Promise<boolean> {
    const { NodeServices } = await this.#options.rpc.call('Catalog.NodeServices', node, {
      authority: everything,
    });
    return Object.hasOwn(NodeServices?.Services ?? {}, serviceId);
  }
}

function failurePauseMs(failures: number): number {
  if (failures <= quickFailuresMax) return pauseMs;
  return Math.min(2 ** (failures - quickFailuresMax) * 1_000, failurePauseMsMax);
}
