import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '@hobnob/gossip/files';
import { keyRows } from '../config/keys.ts';
import { resolveAgentOptions } from '../config/resolve.ts';
import { readHostFacts } from '../io/host-facts.ts';
import type { AgentConfig, AgentOptions } from '../options.ts';
import type { AgentLogger } from '../ports.ts';
import type { AgentReload } from '../types.ts';

export interface ReloadParts {
  /** What the agent was started with. */
  readonly options: AgentOptions;
  readonly config: AgentConfig;
  /** The options of now. Rejects as the start does. */
  readonly readOptions: () => Promise<AgentOptions>;
  /** Reads what a configuration changes. Nothing has changed until the result is called. Rejects with an AgentError. */
  readonly prepare: (next: AgentConfig) => Promise<() => Promise<void>>;
  /** The caller's; may throw. */
  readonly onReloaded: (config: AgentConfig) => void;
  /** @throws AgentError AGENT_CLOSED. */
  readonly requireRunning: () => void;
  /** Component `agent`. */
  readonly log: AgentLogger;
}

/**
 * The configuration of an agent, of which a reload replaces what may change while the agent runs. A configuration with a
 * fault changes nothing; Consul stops in the middle then. Source: Consul agent.ReloadConfig.
 */
export class ReloadableConfig {
  readonly #parts: ReloadParts;
  /** What was asked for last, also where it needs a restart. */
  #options: AgentOptions;
  #config: AgentConfig;
  readonly #followers: ((config: AgentConfig) => Promise<void>)[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #waiting: Promise<AgentReload> | undefined;

  constructor(parts: ReloadParts) {
    this.#parts = parts;
    this.#options = parts.options;
    this.#config = parts.config;
  }

  /** What the agent runs with: a setting that needs a restart keeps its value. */
  get config(): AgentConfig {
    return this.#config;
  }

  /** Lets a part that cannot refuse follow every reload. */
  follow(follower: (config: AgentConfig) => Promise<void>): void {
    this.#followers.push(follower);
  }

  /**
   * Takes these options in the place of those of the same names, or reads all again. One reload runs at a time; those without options that are asked for
   * meanwhile are one more.
   * @throws what reading throws; AgentError AGENT_CONFIG and AGENT_CLOSED, when nothing has changed; AGENT_DATA_DIR.
   */
  reload(options?: AgentOptions): Promise<AgentReload> {
    if (options !== undefined) return this.#enqueue(async () => ({ ...this.#options, ...options }));
    this.#waiting ??= this.#enqueue(() => {
      this.#waiting = undefined;
      return this.#parts.readOptions();
    });
    return this.#waiting;
  }

  #enqueue(read: () => Promise<AgentOptions>): Promise<AgentReload> {
    const reload = this.#last.then(() => this.#reload(read));
    this.#last = reload.catch(() => undefined);
    return reload;
  }

  async #reload(read: () => Promise<AgentOptions>): Promise<AgentReload> {
    const { prepare, requireRunning, log } = this.#parts;
    requireRunning();
    const options = await read();
    const next = resolveAgentOptions(options, readHostFacts());
    const apply = await prepare(next);
    requireRunning();
    for (const warning of next.warnings) {
      // What the start or the last reload has said already would hide what is new.
      if (!this.#config.warnings.includes(warning)) log.warn({}, warning);
    }
    this.#options = options;
    this.#config = withReloaded(this.#config, next);
    this.#notify();
    await apply();
    for (const follow of this.#followers) await follow(this.#config);
    const needRestart = changedKeys(this.#parts.options, options);
    log.info({}, 'Reloaded the configuration');
    if (needRestart.length > 0) log.warn({ keys: needRestart }, 'Settings have changed that need a restart');
    return { config: this.#config, needRestart };
  }

  #notify(): void {
    try {
      this.#parts.onReloaded(this.#config);
    } catch (error) {
      this.#parts.log.error({ error: messageOf(error) }, 'The listener for reloads failed');
    }
  }
}

/** `now` with what a reload changes; the keys are those that the table of keys calls reloadable. */
function withReloaded(now: AgentConfig, next: AgentConfig): AgentConfig {
  const { logLevel, nodeMeta, definitions, watches, tls, warnings } = next;
  return Object.freeze({
    ...now,
    logLevel,
    nodeMeta,
    definitions,
    watches,
    tls,
    warnings,
    checks: Object.freeze({ ...now.checks, discardsOutput: next.checks.discardsOutput }),
    http: Object.freeze({ ...now.http, connectionsPerClientMax: next.http.connectionsPerClientMax }),
  });
}

/** The keys whose values would be others after a restart, by their paths in Consul's spelling. */
function changedKeys(one: AgentOptions, other: AgentOptions): readonly string[] {
  const keys = keyRows().filter(({ option, isReloadable }) => option !== undefined && isReloadable !== true);
  const rows = [...keys.map(({ path, option = path }) => ({ path, option })), { path: 'dev', option: 'dev' }];
  return rows
    .filter(({ option }) => !isDeepStrictEqual(valueAt(one, option), valueAt(other, option)))
    .map(({ path }) => path);
}

function valueAt(options: AgentOptions, path: string): unknown {
  let value: unknown = options;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}
