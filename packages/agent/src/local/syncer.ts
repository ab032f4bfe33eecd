import { isDeepStrictEqual } from 'node:util';
import { everything, type Rpc } from '@hobnob/catalog';
import type { RegisterRequest } from '@hobnob/catalog/records';
import type { Clock, Rng } from '@hobnob/gossip';
import { messageOf } from '@hobnob/gossip/files';
import type { AgentLogger } from '../ports.ts';
import { compareWithCatalog } from './difference.ts';
import type { LocalState } from './local-state.ts';
import { logPush, outcomeOf, type PushOutcome } from './push-log.ts';
import { duePushes, type Push, pushed } from './pushes.ts';
import { type FullSyncReason, fullSyncDelayMs } from './sync-times.ts';

export interface SyncerParts {
  readonly state: LocalState;
  readonly rpc: Rpc;
  /** The registration of the node itself, at the start. */
  readonly own: RegisterRequest;
  readonly clock: Clock;
  readonly rng: Rng;
  /** How many members the LAN has. */
  readonly membersCount: () => number;
  /** Services whose tags were taken over from the catalog. */
  readonly onRetagged: (serviceId: string) => void;
  /** Lets the event loop turn between groups of pushes. */
  readonly nextTurn: () => Promise<void>;
  /** Component `agent`. */
  readonly log: AgentLogger;
  /** Component `agent.anti_entropy`. */
  readonly antiEntropyLog: AgentLogger;
}

/** The catalog may answer from any server. */
const readOptions = { AllowStale: true } as const;
/** So many pushes are made before the event loop turns: each takes a part of a millisecond in this process. */
const pushesPerTurnMax = 16;

/**
 * Keeps the catalog as the local state is: compares all at the start, about once a minute and when a server appears,
 * and pushes each change at once. One pass runs at a time; changes meanwhile are the work of the next.
 * Source: consensus-and-rpc.md 7.2; Consul agent/ae and agent/local.
 */
export class Syncer {
  readonly #parts: SyncerParts;
  #own: RegisterRequest;
  #isStarted = false;
  #isFullDue = false;
  #isWanted = false;
  #running: Promise<void> | undefined;
  #waiting: (() => void)[] = [];
  #cancelFull: () => void = () => undefined;
  #fullDueAtMs = Number.POSITIVE_INFINITY;
  #outputWake: { readonly atMs: number; readonly cancel: () => void } | undefined;
  #isClosed = false;

  constructor(parts: SyncerParts) {
    this.#parts = parts;
    this.#own = parts.own;
  }

  /** The node has another registration from now on; `flush` brings it to the catalog. */
  setOwn(own: RegisterRequest): void {
    if (isDeepStrictEqual(own, this.#own)) return;
    this.#own = own;
    this.#parts.state.isNodeInSync = false;
  }

  /** Makes the first full sync, successful or not, and goes on from then. */
  start(): Promise<void> {
    this.#parts.log.info({}, 'started state syncer');
    this.#isStarted = true;
    this.#isFullDue = true;
    this.watchOutputs();
    return this.flush();
  }

  /** A server appeared: what could not be synced may succeed now. */
  serverUp(): void {
    if (this.#isStarted) this.#scheduleFull('server-up');
  }

  /**
   * Pushes what is stale now. Resolves when a pass that began after this call has ended, successful or not: what failed
   * is tried again with the next full sync. Does nothing before the start, which compares everything.
   */
  flush(): Promise<void> {
    if (this.#isClosed || !this.#isStarted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#isWanted = true;
      this.#running ??= this.#run();
    });
  }

  /** Arms the timer for outputs that wait for their turn; to be called after each result. */
  watchOutputs(): void {
    const { state, clock } = this.#parts;
    const nextMs = state.nextDeadlineMs();
    if (nextMs === undefined || this.#isClosed || !this.#isStarted) return;
    if (this.#outputWake !== undefined && this.#outputWake.atMs <= nextMs) return;
    this.#outputWake?.cancel();
    const cancel = clock.wakeAt(nextMs, () => {
      this.#outputWake = undefined;
      if (state.takeDueOutputs(clock.nowMs())) void this.flush();
      this.watchOutputs();
    });
    this.#outputWake = { atMs: nextMs, cancel };
  }

  /** Ends the work; the request under way is finished first. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelFull();
    this.#outputWake?.cancel();
    await this.#running;
  }

  async #run(): Promise<void> {
    // Changes of the same turn are pushed together.
    await Promise.resolve();
    while (this.#isWanted && !this.#isClosed) {
      this.#isWanted = false;
      const waiting = this.#waiting;
      this.#waiting = [];
      if (this.#isFullDue) await this.#fullSync();
      else await this.#partialSync();
      for (const resolve of waiting) resolve();
    }
    this.#running = undefined;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #fullSync(): Promise<void> {
    this.#isFullDue = false;
    this.#cancelFull();
    this.#fullDueAtMs = Number.POSITIVE_INFINITY;
    const error = (await this.#compare()) ?? (await this.#push());
    if (error !== undefined) {
      this.#parts.antiEntropyLog.error({ error: messageOf(error) }, 'failed to sync remote state');
    }
    this.#scheduleFull(error === undefined ? 'interval' : 'retry');
  }

  async #partialSync(): Promise<void> {
    const error = await this.#push();
    if (error === undefined) return;
    this.#parts.log.error({ error: messageOf(error) }, 'failed to sync changes');
    this.#scheduleFull('retry');
  }

  /** Reads the catalog and marks what differs. Resolves with the error of a read that failed. */
  async #compare(): Promise<unknown> {
    const { state, rpc, log, onRetagged } = this.#parts;
    const { Datacenter, Node } = this.#own;
    const request = { Datacenter, Node, ...readOptions };
    try {
      const [{ NodeServices }, { HealthChecks }] = await Promise.all([
        rpc.call('Catalog.NodeServiceList', request, { authority: everything }),
        rpc.call('Health.NodeChecks', request, { authority: everything }),
      ]);
      const { Node: node, Services } = NodeServices;
      const catalog = { node, services: Services ?? [], checks: HealthChecks };
      const found = compareWithCatalog(state, catalog, this.#own);
      for (const check of found.skippedChecks) {
        log.debug({ check }, 'Skipping remote check since it is managed automatically');
      }
      for (const id of found.retagged) onRetagged(id);
      this.#logInSync();
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** Consul logs these lines with each change too, which costs a line for each registration. */
  #logInSync(): void {
    const { state, log } = this.#parts;
    if (state.isNodeInSync) log.debug({}, 'Node info in sync');
    for (const service of state.services.keys()) {
      if (!state.staleServices.has(service)) log.debug({ service }, 'Service in sync');
    }
    for (const check of state.checks.keys()) {
      if (!state.staleChecks.has(check)) log.debug({ check }, 'Check in sync');
    }
  }

  /** Makes all pushes that are due. Resolves with the first error; one that is refused does not stop the others. */
  async #push(): Promise<unknown> {
    const { state, nextTurn } = this.#parts;
    let first: unknown;
    let madeCount = 0;
    for (const push of duePushes(state, this.#own)) {
      const { outcome, error } = await this.#make(push);
      const isOutdated = push.kind === 'node' && push.request !== this.#own;
      if ((outcome === 'done' || outcome === 'denied') && !isOutdated) pushed(state, push);
      else first ??= error;
      if (outcome === 'unreachable' || this.#isClosed) break;
      madeCount += 1;
      if (madeCount % pushesPerTurnMax === 0) await nextTurn();
    }
    return first;
  }

  async #make(push: Push): Promise<{ readonly outcome: PushOutcome; readonly error?: unknown }> {
    const { rpc, log } = this.#parts;
    try {
      const options = { authority: everything };
      if ('removal' in push) await rpc.call('Catalog.Deregister', push.request, options);
      else await rpc.call('Catalog.Register', push.request, options);
      logPush(log, push, 'done');
      return { outcome: 'done' };
    } catch (error) {
      const outcome = outcomeOf(error, push);
      logPush(log, push, outcome, error);
      return { outcome, error };
    }
  }

  /** The earliest of the reasons counts. */
  #scheduleFull(reason: FullSyncReason): void {
    if (this.#isClosed) return;
    const { clock, rng, membersCount } = this.#parts;
    const dueAtMs = clock.nowMs() + fullSyncDelayMs(reason, membersCount(), rng.next());
    if (dueAtMs >= this.#fullDueAtMs) return;
    this.#cancelFull();
    this.#fullDueAtMs = dueAtMs;
    this.#cancelFull = clock.wakeAt(dueAtMs, () => {
      this.#fullDueAtMs = Number.POSITIVE_INFINITY;
      this.#isFullDue = true;
      void this.flush();
    });
  }
}
