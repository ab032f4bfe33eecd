import type { ServiceRegistration } from '@hobnob/agent/client';
import type { CliIo } from '../io.ts';
import { skippedSentence } from './load-config.ts';
import { operatingMessage } from './operating-error.ts';

/**
 * The services that configuration files define. Files that are neither JSON nor HCL are named on stderr and passed over;
 * undefined, with the reason on stderr, when a file cannot be read or is wrong.
 */
export async function readServiceFiles(
  paths: readonly string[],
  io: CliIo,
): Promise<readonly ServiceRegistration[] | undefined> {
  const agent = await io.loadAgent();
  try {
    const { files, skipped } = await agent.readConfigFiles(paths);
    io.stderr(skipped.map((path) => `${skippedSentence(path)}\n`).join(''));
    return agent.parseServiceFiles(files);
  } catch (error) {
    io.stderr(`Error: ${operatingMessage(error)}\n`);
    return undefined;
  }
}
