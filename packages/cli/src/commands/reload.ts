import type { AgentConfig, AgentLogger } from '@hobnob/agent';

/** What a reload needs. */
export interface ReloadParts {
  readonly log: AgentLogger;
  /** What the agent was started with. */
  readonly started: AgentConfig;
  /** Reads files and flags again. Rejects as the start does. */
  read(): Promise<AgentConfig>;
  setLevel(level: AgentConfig['logLevel']): void;
}

/**
 * Reads the configuration again and applies the log level, as Consul does on SIGHUP; everything else keeps its
 * value until a restart. A configuration that is wrong changes nothing. Never rejects: no reload is worth a running
 * agent.
 */
export async function reload({ log, started, read, setLevel }: ReloadParts): Promise<void> {
  let next: AgentConfig;
  try {
    next = await read();
  } catch (error) {
    log.error({ error }, 'Reloading failed: the configuration stays as it was');
    return;
  }
  setLevel(next.logLevel);
  log.info({ log_level: next.logLevel }, 'Reloaded the log level; nothing else is reloaded');
  const changed = changedSettings(started, next);
  if (changed.length > 0) log.warn({ settings: changed }, 'Settings have changed that need a restart');
}

/** Names of the settings that would be others after a restart. */
function changedSettings(one: AgentConfig, other: AgentConfig): readonly string[] {
  const left = new Map<string, unknown>(Object.entries(one));
  return Object.entries(other)
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(left.get(name)))
    .map(([name]) => name)
    .filter((name) => !['logLevel', 'warnings'].includes(name));
}
