import type { ServiceRegistration } from '../client/records.ts';
import { AgentError } from '../errors.ts';
import { checkKeys } from './check-keys.ts';
import { readFileDefinitions } from './file-definitions.ts';
import { configKeys } from './keys.ts';
import { type ConfigFile, parseObject } from './parse-files.ts';
import { listProblems } from './problems.ts';

/**
 * The services that configuration files define (`service` and `services`), as the HTTP API takes them; other keys are
 * checked and passed over. Pure. The keys are those of the record, in Consul's spelling for files.
 * @throws AgentError AGENT_CONFIG with every fault of every file.
 */
export function parseServiceFiles(files: readonly ConfigFile[]): readonly ServiceRegistration[] {
  const problems: string[] = [];
  const services = files.flatMap((file) => {
    const checked = checkKeys(parseObject(file, problems), configKeys);
    const found = [...checked.problems];
    const definitions = readFileDefinitions(checked.given, found);
    for (const problem of found) problems.push(`${file.path}: ${problem}`);
    return definitions?.services ?? [];
  });
  if (problems.length === 0) return services;
  throw new AgentError('AGENT_CONFIG', listProblems(problems), { problems });
}
