import type { Clock } from '@hobnob/gossip';
import { AgentError } from '../errors.ts';
import type { AgentLogger } from '../ports.ts';
import type { AgentStop } from '../types.ts';
import { finishesWithin, type Opened, releaseInReverse } from './release.ts';

/** Docker gives ten seconds between asking and killing, and closing takes its time as well. */
const leaveDeadlineMs = 7_500;

export interface LifecycleParts {
  readonly server: boolean;
  readonly logger: AgentLogger;
  readonly clock: Clock;
  /** Everything that closing has to release, in the order in which it was opened; HTTP is added later. */
  readonly opened: readonly Opened[];
  /** Announces the leave in all pools; settles when they know. */
  readonly leavePools: () => Promise<unknown>;
}

/**
 * The phases of an agent's end, each of which happens once: `closing` is aborted, the pools are left unless the agent
 * is only closed, everything is released in reverse, `stopped` resolves.
 */
export class Lifecycle {
  readonly stopped: Promise<AgentStop>;
  readonly #parts: LifecycleParts;
  readonly #log: AgentLogger;
  readonly #closing = new AbortController();
  readonly #tasks: Promise<void>[] = [];
  #left: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #settle: (stop: AgentStop) => void = () => undefined;

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
    this.#log = parts.logger.child({ component: 'agent' });
    this.stopped = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Aborted when the agent begins to leave or to close: it ends joins, loops and requests that wait. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** @throws AgentError AGENT_CLOSED once the agent leaves or closes. */
  requireRunning(): void {
    if (this.closing.aborted) throw new AgentError('AGENT_CLOSED', 'the agent has left or is closed');
  }

  /** Owns a loop that runs until `closing`. One that gives up stops the agent, with its error as the reason. */
  run(task: Promise<void>): void {
    const owned = task.catch((error: unknown) => {
      if (this.closing.aborted) return;
      const failure =
        error instanceof AgentError ? error : new AgentError('AGENT_JOIN', String(error), { cause: error });
      this.#log.error({ error: failure.message }, 'Giving up');
      this.closeSoon({ reason: 'failed', error: failure });
    });
    this.#tasks.push(owned);
  }

  /** Leaves the pools, for 7.5 s at most; does nothing once the agent is closed. Never rejects. */
  leavePools(): Promise<void> {
    if (this.#closed === undefined) this.#left ??= this.#leaveInTime();
    return this.#left ?? Promise.resolve();
  }

  /** Releases everything that was opened. Never rejects. */
  close(stop: AgentStop): Promise<void> {
    this.#closed ??= this.#release(stop);
    return this.#closed;
  }

  /** Closes after this turn of the event loop: an answer that is being written gets out before its listener goes. */
  closeSoon(stop: AgentStop): void {
    setImmediate(() => void this.close(stop));
  }

  async #leaveInTime(): Promise<void> {
    const { server, logger, clock, leavePools } = this.#parts;
    const role = server ? 'server' : 'client';
    logger.child({ component: `agent.${role}` }).info({}, `${role} starting leave`);
    this.#closing.abort(new AgentError('AGENT_CLOSED', 'the agent is leaving'));
    try {
      if (await finishesWithin(leavePools(), leaveDeadlineMs, clock)) return;
      this.#log.warn({ deadline_ms: leaveDeadlineMs }, 'Timeout on graceful leave. Exiting');
    } catch (error) {
      this.#log.error({ err: error }, 'Error on leave');
    }
  }

  async #release(stop: AgentStop): Promise<void> {
    const { opened, clock } = this.#parts;
    this.#log.info({}, 'Requesting shutdown');
    this.#closing.abort(new AgentError('AGENT_CLOSED', 'the agent is closed'));
    const tasks = { what: 'background tasks', close: async () => void (await Promise.all(this.#tasks)) };
    await releaseInReverse([...opened, tasks], { clock, logger: this.#log });
    this.#log.info({}, 'shutdown complete');
    this.#settle(stop);
  }
}
