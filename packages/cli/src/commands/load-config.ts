import type { AgentOptions } from '@hobnob/agent';
import type { AgentModule } from '../io.ts';

/** The configuration files that `agent` and `validate` were given. */
export interface ConfigSources {
  readonly paths: readonly string[];
  /** As given by -config-format. */
  readonly format: string | undefined;
}

/** The options that files describe, and the files that were passed over. */
export interface LoadedConfig {
  readonly options: AgentOptions;
  readonly skipped: readonly string[];
}

/** -config-format names none of Consul's formats; the message is one sentence. */
export class ConfigFormatError extends Error {
  override readonly name = 'ConfigFormatError';
}

/**
 * Reads the configuration files in the order given.
 * @throws ConfigFormatError, and AgentError AGENT_CONFIG_FILE, AGENT_CONFIG or AGENT_PROTECTION.
 */
export async function loadConfig(
  { paths, format }: ConfigSources,
  agent: AgentModule,
): Promise<LoadedConfig> {
  if (format !== undefined && format !== '' && format !== 'json' && format !== 'hcl') {
    throw new ConfigFormatError("config: -config-format must be either 'hcl' or 'json'");
  }
  const { files, skipped } = await agent.readConfigFiles(paths, format === '' ? undefined : format);
  return { options: await agent.parseConfigFilesInTurns(files), skipped };
}

/** Consul's log line for a file that it skips. */
export function skippedSentence(path: string): string {
  return `skipping file ${path}, extension must be .hcl or .json, or config format must be set`;
}
