import type { Clock } from '@hobnob/gossip';
import { messageOf } from '@hobnob/gossip/files';
import { pause } from '@hobnob/gossip/runtime';
import type { AgentClient } from '../client/client.ts';
import { formatGoDuration } from '../config/go-duration.ts';
import type { AgentLogger } from '../ports.ts';
import type { WatchDefinition, WatchHandler } from './definition.ts';
import { writeGoJson } from './go-json.ts';
import type { HandledView } from './handled-view.ts';
import { runWatch } from './run-watch.ts';
import { planWatch, type WatchedView, type WatchPlan } from './watch-plan.ts';

/** What the watches of an agent need of their surroundings. */
export interface WatchesPorts {
  readonly clock: Clock;
  /** Of the agent as a whole; the watches bind their components. */
  readonly logger: AgentLogger;
  /** A client of the agent itself. */
  readonly client: AgentClient;
  /** Does what a watch asks for when its view has changed; settles soon after the signal aborts. */
  handle(handler: WatchHandler, view: HandledView, signal: AbortSignal): Promise<void>;
}

/** A watch that runs. */
interface RunningWatch {
  readonly definition: WatchDefinition;
  readonly stop: AbortController;
  /** Never rejects. */
  readonly ended: Promise<void>;
}

/**
 * The watches of an agent's configuration, running. Each follows its view through the agent's own API, and has one handler
 * at a time; what changed meanwhile is told of in one, with the latest state.
 */
export class Watches {
  readonly #ports: WatchesPorts;
  readonly #log: AgentLogger;
  readonly #watchLog: AgentLogger;
  #running: readonly RunningWatch[] = [];
  #closed: Promise<void> | undefined;

  constructor(ports: WatchesPorts) {
    this.#ports = ports;
    this.#log = ports.logger.child({ component: 'agent' });
    this.#watchLog = ports.logger.child({ component: 'agent.watch.watch' });
  }

  /**
   * Runs these watches and no others: equal ones run on, and new ones begin at once. Resolves when the others have ended,
   * with their handlers. Starts none after `close`.
   */
  async replace(definitions: readonly WatchDefinition[]): Promise<void> {
    const unclaimed = new Map<string, RunningWatch[]>();
    for (const running of this.#running) {
      const key = keyOf(running.definition);
      const equal = unclaimed.get(key) ?? [];
      equal.push(running);
      unclaimed.set(key, equal);
    }
    const wanted = this.#closed === undefined ? definitions : [];
    this.#running = wanted.map(
      (definition) => unclaimed.get(keyOf(definition))?.shift() ?? this.#start(definition),
    );
    const others = [...unclaimed.values()].flat();
    for (const { stop } of others) stop.abort();
    await Promise.all(others.map(({ ended }) => ended));
  }

  /** Ends all watches with their handlers. May be called twice, and resolves alike. */
  close(): Promise<void> {
    this.#closed ??= this.replace([]);
    return this.#closed;
  }

  #start(definition: WatchDefinition): RunningWatch {
    const stop = new AbortController();
    const ended = this.#run(definition, stop.signal).catch((error: unknown) => {
      this.#log.error({ type: definition.type, error: messageOf(error) }, 'Failed to run watch');
    });
    return { definition, stop, ended };
  }

  async #run(definition: WatchDefinition, signal: AbortSignal): Promise<void> {
    const { clock, client } = this.#ports;
    const plan = planOf(definition);
    await runWatch(plan, {
      client,
      signal,
      handle: (view) => this.#handle(definition, view, signal),
      onError: (error, retryMs) => {
        const { type } = definition;
        this.#watchLog.error({ type, error, retry: formatGoDuration(retryMs) }, 'Watch errored');
      },
      pause: (ms) => pause(clock, ms, signal),
    });
  }

  /** Resolves with whether to go on: a handler that fails does not end its watch. */
  async #handle(definition: WatchDefinition, view: WatchedView, signal: AbortSignal): Promise<boolean> {
    const { index, value } = view;
    const body = Buffer.from(`${writeGoJson(value)}\n`);
    try {
      await this.#ports.handle(definition.handler, { index, body }, signal);
    } catch (error) {
      this.#log.error({ type: definition.type, error: messageOf(error) }, 'Failed to run watch handler');
    }
    return !signal.aborted;
  }
}

/** The same for equal definitions, whatever the order of their fields. Comparing each with each would take seconds for thousands. */
function keyOf(definition: WatchDefinition): string {
  return JSON.stringify(definition, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
}

/** The plan of a watch in its datacenter and with its token. @throws Error for parameters that were not checked. */
function planOf({ type, parameters, datacenter, token }: WatchDefinition): WatchPlan {
  const plan = planWatch(type, parameters);
  if (typeof plan === 'string') throw new Error(plan);
  const place = { ...(datacenter === '' ? {} : { datacenter }), ...(token === '' ? {} : { token }) };
  return { ...plan, read: (client, options) => plan.read(client, { ...place, ...options }) };
}
