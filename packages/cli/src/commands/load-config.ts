import type { AgentOptions } from '@hobnob/agent';
import type { AgentModule } from '../io.ts';

/** The configuration files that `agent` and `validate` were given. */
export interface ConfigSources {
  readonly paths: readonly string[];
  /** As given by -config-format. */
  readonly format: string | undefined;
  /** Pieces of HCL given by -hcl. */
  readonly hcl: readonly string[];
}

/** The options that files describe, and the files that were passed over. */
export interface LoadedConfig {
  readonly options: AgentOptions;
  readonly skipped: readonly string[];
}

/** The format or language of the configuration is none we read; the message is one sentence. */
export class ConfigFormatError extends Error {
  override readonly name = 'ConfigFormatError';
}

/**
 * Reads the configuration files in the order given.
 * @throws ConfigFormatError, and AgentError AGENT_CONFIG_FILE, AGENT_CONFIG or AGENT_PROTECTION.
 */
export async function loadConfig(sources: ConfigSources, agent: AgentModule): Promise<LoadedConfig> {
  if (sources.hcl.length > 0 || sources.format === 'hcl') {
    throw new ConfigFormatError(
      'config: HCL is not supported by this version: write the configuration as JSON',
    );
  }
  if (sources.format !== undefined && sources.format !== 'json') {
    throw new ConfigFormatError("config: -config-format must be either 'hcl' or 'json'");
  }
  const { files, skipped } = await agent.readConfigFiles(sources.paths);
  const [first] = skipped;
  if (sources.format === 'json' && first !== undefined) {
    throw new ConfigFormatError(
      `config: ${first} must be named .json to be read, whatever -config-format says`,
    );
  }
  return { options: agent.parseConfigFiles(files), skipped };
}

/** Consul's log line for a file that it skips. */
export function skippedSentence(path: string): string {
  return `skipping file ${path}, extension must be .hcl or .json, or config format must be set`;
}
