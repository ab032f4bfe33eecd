import { quote } from '@hobnob/catalog/go';
import {
  type CheckDefinition,
  CheckType,
  create,
  HealthCheck,
  type NodeService,
} from '@hobnob/catalog/records';
import { type CheckSettings, type ReadCheck, readCheck, validateCheck } from '../../checks/definition.ts';
import { AgentError } from '../../errors.ts';
import type { DefinedCheck } from '../local-port.ts';
import type { Defined } from './setup.ts';

/** What the definition of a check is read with. */
export interface CheckContext {
  readonly nodeName: string;
  readonly settings: CheckSettings;
  /** Those that are registered, by id. */
  readonly services: ReadonlyMap<string, NodeService>;
}

/**
 * Reads a check that is registered by itself, as PUT /v1/agent/check/register does, in the order in which Consul refuses.
 * @throws AgentError AGENT_CHECK; AGENT_NO_SUCH_SERVICE; AGENT_CHECK_DISABLED, with Consul's texts.
 */
export function defineCheck(body: CheckDefinition, context: CheckContext): Defined<DefinedCheck> {
  validateCheck(body);
  const { ID, ServiceID, Token: _token, ...rest } = body;
  if (ServiceID !== '' && !context.services.has(ServiceID)) {
    throw new AgentError('AGENT_NO_SUCH_SERVICE', `ServiceID ${quote(ServiceID)} does not exist`);
  }
  const read = readCheck(body, context.settings);
  const fields = create(CheckType, { ...rest, CheckID: ID });
  return { value: definedCheck(fields, read, context.nodeName), warnings: read.warnings };
}

/** Joins what was read of a check with its record for the catalog. */
export function definedCheck(
  fields: CheckType,
  { definition }: Pick<ReadCheck, 'definition'>,
  nodeName: string,
): DefinedCheck {
  const record = create(HealthCheck, {
    Node: nodeName,
    CheckID: definition.id,
    Name: definition.name,
    Status: definition.initialStatus,
    Notes: definition.notes,
    ServiceID: definition.serviceId,
    Type: definition.type,
  });
  return { record, fields, definition };
}
