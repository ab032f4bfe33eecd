import { quote } from '@hobnob/catalog/go';
import { messageOf } from '@hobnob/gossip/files';
import type { CheckSettings } from '../checks/definition.ts';
import { restoreTtl } from '../checks/ttl.ts';
import type { AgentConfig } from '../options.ts';
import type { AgentLogger } from '../ports.ts';
import type { ConfiguredRegistrations } from './configured.ts';
import type { NewCheck } from './entries.ts';
import type { StoredCheck, StoredService, StoredState } from './file-records.ts';
import type { RegistrationSource } from './local-port.ts';
import { readStored } from './new-check.ts';
import type { Loaded, RegistrationFiles } from './registration-files.ts';
import type { Registry } from './registry.ts';

export interface RestoreParts {
  readonly registry: Registry;
  readonly files: RegistrationFiles;
  readonly nodeName: string;
  readonly settings: CheckSettings;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
  /** Component `agent`. */
  readonly log: AgentLogger;
  /** What the configuration defines: it has precedence. */
  readonly configured: ConfiguredRegistrations;
  readonly definitions: AgentConfig['definitions'];
}

/**
 * Registers what the configuration defines, and what was registered when the agent stopped. Checks begin critical, but for TTL checks whose last state has
 * not expired. What cannot be restored is logged, and its file stays; only that of a check whose service is gone is
 * removed, so that it does not come back with the service. Source: Consul agent.loadServices, agent.loadChecks.
 * @throws AgentError AGENT_DATA_DIR; AGENT_CONFIG with what the configuration defines wrongly.
 */
export async function restore(parts: RestoreParts): Promise<void> {
  const { registry, files, configured, definitions, wallMs, log } = parts;
  const { services, checks, states } = await files.load();
  const completed = (check: NewCheck): NewCheck =>
    withState(check, states.get(check.record.CheckID), wallMs());
  await configured.startServices(definitions, completed);
  for (const { file, stored } of services) {
    const service = stored.Service?.ID || (stored.Service?.Service ?? '');
    if (registry.state.entries.has(service)) {
      log.debug({ service, file }, 'service exists, not restoring from file');
      await files.removeService(service);
    } else {
      restoreService({ file, stored }, parts);
    }
  }
  await configured.startChecks(definitions, completed);
  for (const check of checks) {
    const { CheckID = '', ServiceID = '' } = check.stored.Check ?? {};
    if (registry.state.checks.has(CheckID)) {
      log.debug({ check: CheckID, file: check.file }, 'check exists, not restoring from file');
      await files.removeCheck(CheckID);
      continue;
    }
    if (CheckID === '' || ServiceID === '' || registry.state.entries.has(ServiceID)) {
      restoreCheck(check, states, parts);
      continue;
    }
    const error = `ServiceID ${quote(ServiceID)} does not exist`;
    parts.log.warn({ check: CheckID, error }, 'Failed to restore check');
    await files.removeCheck(CheckID);
    await files.removeState(CheckID);
  }
}

function restoreService({ file, stored }: Loaded<StoredService>, { registry, log }: RestoreParts): void {
  const { Service, Token: token, Source, LocallyRegisteredAsSidecar } = stored;
  if (Service === null || Service.Service === '') {
    log.error({ file, error: 'Service name missing' }, 'Failed adding service');
    return;
  }
  const ID = Service.ID === '' ? Service.Service : Service.ID;
  log.debug({ service: ID, file }, 'restored service definition from file');
  const service = { ...Service, ID, LocallyRegisteredAsSidecar };
  registry.setService({ service, token, source: sourceOf(Source) });
}

function sourceOf(text: string): RegistrationSource {
  return text === 'local' ? 'local' : 'remote';
}

function restoreCheck(
  { file, stored }: Loaded<StoredCheck>,
  states: ReadonlyMap<string, StoredState>,
  { registry, nodeName, settings, wallMs, log }: RestoreParts,
): void {
  const { Check } = stored;
  if (Check === null || Check.CheckID === '') {
    log.error({ file, error: 'CheckID missing' }, 'Failed to restore check');
    return;
  }
  const { CheckID: check } = Check;
  try {
    const { check: restored, warnings } = readStored(stored, Check, nodeName, settings);
    for (const { message, fields } of warnings) log.warn(fields, message);
    registry.setCheck(withState(restored, states.get(check), wallMs()));
    log.debug({ check, file }, 'restored health check from file');
  } catch (error) {
    log.warn({ check, error: messageOf(error) }, 'Failed to restore check');
  }
}

function withState(check: NewCheck, state: StoredState | undefined, wallMs: number): NewCheck {
  if (state === undefined || check.definition?.kind !== 'ttl') return check;
  const result = restoreTtl(state, wallMs / 1000);
  if (result === undefined) return check;
  return { ...check, record: { ...check.record, Status: result.status, Output: result.output } };
}
