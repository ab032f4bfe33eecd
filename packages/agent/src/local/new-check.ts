import type { HealthCheck, NodeService } from '@hobnob/catalog/records';
import { type CheckSettings, type CheckWarning, readCheck } from '../checks/definition.ts';
import type { NewCheck } from './entries.ts';
import type { StoredCheck } from './file-records.ts';
import type { DefinedCheck, RegisterOptions, RegistrationSource } from './local-port.ts';

/** A check of this node, with the name and tags that its service has now. */
export function newCheck(
  { record, fields, definition }: DefinedCheck,
  node: string,
  service: NodeService | undefined,
  { token, source }: RegisterOptions,
): NewCheck {
  const ofService = {
    ServiceID: service?.ID ?? '',
    ServiceName: service?.Service ?? '',
    ServiceTags: service?.Tags ?? null,
  };
  return { record: { ...record, ...ofService, Node: node }, fields, definition, token, source };
}

/** What a file of a check says. */
export interface ReadStoredCheck {
  readonly check: NewCheck;
  readonly warnings: readonly CheckWarning[];
}

/**
 * A check as its file describes it. It starts critical, whatever it was when it was written, as in Consul.
 * @throws AgentError of readCheck.
 */
export function readStored(
  { ChkType, Token, Source }: StoredCheck,
  record: HealthCheck,
  node: string,
  settings: CheckSettings,
): ReadStoredCheck {
  const source: RegistrationSource = Source === 'local' ? 'local' : 'remote';
  const check = { record: { ...record, Node: node, Status: 'critical' }, token: Token, source };
  if (ChkType === null) {
    return { check: { ...check, fields: undefined, definition: undefined }, warnings: [] };
  }
  const { CheckID: ID, Name, ServiceID } = record;
  const { definition, warnings } = readCheck({ ...ChkType, ID, Name, ServiceID }, { ...settings, source });
  return { check: { ...check, fields: ChkType, definition }, warnings };
}
