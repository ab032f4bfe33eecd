import { AgentError } from '../errors.ts';
import { buildCheck, type CheckSettings, type ReadCheck } from './build-check.ts';
import { type CheckFields, faultOf, hasField, isEmptyCheck, validateFields } from './fields.ts';
import { isCheckStatus } from './result.ts';

export type { CheckSettings, CheckWarning, ReadCheck } from './build-check.ts';

/** The service that definitions belong to. */
export interface CheckedService {
  readonly id: string;
  readonly name: string;
}

/**
 * Refuses a check that is registered by itself and that no agent would accept. Consul looks next whether its service
 * exists, and then whether the kind is enabled, which `readCheck` does.
 * @throws AgentError AGENT_CHECK with Consul's text.
 */
export function validateCheck(
  fields: CheckFields,
): asserts fields is CheckFields & { readonly Name: string } {
  if (!hasField(fields.Name)) throw new AgentError('AGENT_CHECK', 'Missing check name');
  if (hasField(fields.Status) && !isCheckStatus(fields.Status)) {
    throw new AgentError('AGENT_CHECK', 'Bad check status');
  }
  validateFields(fields);
}

/**
 * Reads a check that is registered by itself, as PUT /v1/agent/check/register does. Whether its
 * service exists is the caller's to check.
 * @throws AgentError AGENT_CHECK with Consul's text; AGENT_CHECK_DISABLED for a program that this agent does not run.
 */
export function readCheck(fields: CheckFields, settings: CheckSettings = {}): ReadCheck {
  validateCheck(fields);
  const id = fields.ID || fields.CheckID || fields.Name;
  return buildCheck(fields, { id, name: fields.Name, serviceId: fields.ServiceID ?? '' }, settings);
}

/**
 * Reads a check that the configuration defines by itself: one with an id needs no name. Whether its service exists is the
 * caller's to check. Source: Consul agent.addCheck.
 * @throws AgentError AGENT_CHECK with Consul's text; AGENT_CHECK_DISABLED for a program that this agent does not run.
 */
export function readConfiguredCheck(fields: CheckFields, settings: CheckSettings): ReadCheck {
  const { ID, Name = '', ServiceID = '', Status } = fields;
  const id = ID || Name;
  if (id === '') throw new AgentError('AGENT_CHECK', 'CheckID missing');
  const fault = faultOf(fields);
  if (fault !== undefined) throw new AgentError('AGENT_CHECK', `Check is not valid: ${fault}`);
  if (hasField(Status) && !isCheckStatus(Status)) throw new AgentError('AGENT_CHECK', 'Bad check status');
  return buildCheck(fields, { id, name: Name, serviceId: ServiceID }, settings);
}

/**
 * Reads the checks of a service's registration, those that `checkFieldsOf` gives. When two have the same id, the caller
 * keeps the later one.
 * @throws AgentError as readCheck.
 */
export function readServiceChecks(
  service: CheckedService,
  fields: ServiceCheckFields,
  settings: CheckSettings = {},
): readonly ReadCheck[] {
  const all = checkFieldsOf(fields);
  for (const fields of all) validateFields(fields);
  for (const { Status } of all) {
    if (hasField(Status) && !isCheckStatus(Status)) {
      throw new AgentError('AGENT_CHECK', `Status for checks must 'passing', 'warning', 'critical'`);
    }
  }
  return all.map((fields, index) => {
    const numbered = all.length > 1 ? `service:${service.id}:${index + 1}` : `service:${service.id}`;
    const identity = {
      id: fields.CheckID || numbered,
      name: fields.Name || `Service '${service.name}' check`,
      serviceId: service.id,
    };
    return buildCheck(fields, identity, settings);
  });
}

/** The checks in a service's registration. */
export interface ServiceCheckFields<F extends CheckFields = CheckFields> {
  readonly Check?: F | null;
  readonly Checks?: readonly F[] | null;
}

/** `Check`, unless it is empty, and then `Checks`. */
export function checkFieldsOf<F extends CheckFields>({ Check, Checks }: ServiceCheckFields<F>): readonly F[] {
  return [...(Check && !isEmptyCheck(Check) ? [Check] : []), ...(Checks ?? [])];
}
