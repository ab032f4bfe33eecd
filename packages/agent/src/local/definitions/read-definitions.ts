import { quote } from '@hobnob/catalog/go';
import {
  CheckDefinition,
  CheckType,
  create,
  type NodeService,
  ServiceDefinition,
} from '@hobnob/catalog/records';
import { type CheckWarning, readConfiguredCheck } from '../../checks/definition.ts';
import { AgentError } from '../../errors.ts';
import type { AgentConfig } from '../../options.ts';
import type { DefinedCheck, DefinedService } from '../local-port.ts';
import { decodeRegistration } from './decode.ts';
import { definedCheck } from './define-check.ts';
import { readService } from './define-service.ts';
import type { Defined, DefinitionSettings } from './setup.ts';

/** The services and checks of the configuration become what an agent registers. Source: Consul agent.loadServices. */

type Definitions = AgentConfig['definitions'];

export interface ConfiguredService {
  readonly defined: DefinedService;
  readonly token: string;
}

export interface ConfiguredCheck {
  readonly defined: DefinedCheck;
  readonly token: string;
}

export interface DefinitionsContext {
  readonly nodeName: string;
  readonly settings: DefinitionSettings;
  /** The services that are registered already, by id. */
  readonly services: ReadonlyMap<string, NodeService>;
  /** Lets the event loop serve others; a configuration may define ten thousand services. */
  readonly nextTurn: () => Promise<void>;
}

/**
 * The services of the configuration in their order, each before its sidecar.
 * @throws AgentError AGENT_CONFIG with Consul's sentence about the first that cannot be registered.
 */
export async function readConfiguredServices(
  { services: given }: Pick<Definitions, 'services'>,
  { nodeName, settings, services: registered, nextTurn }: DefinitionsContext,
): Promise<Defined<readonly ConfiguredService[]>> {
  const services = new Map(registered);
  const value: ConfiguredService[] = [];
  const warnings: CheckWarning[] = [];
  for (const registration of given) {
    await nextTurn();
    const body = decodeRegistration(ServiceDefinition, registration);
    const context = { nodeName, settings: asLocal(settings), services, reservedPorts: noPorts };
    const read = explained(() => readService(body, context), faultOfService(body.Name));
    const { service, sidecar } = read.value;
    if (service.service.Service === '') refuse(`Failed to register service "": Service name missing`);
    value.push({ defined: service, token: body.Token });
    if (sidecar !== undefined) value.push({ defined: sidecar.defined, token: sidecar.token || body.Token });
    // The next sidecar gets another port.
    for (const { defined } of value.slice(-2)) services.set(defined.service.ID, defined.service);
    warnings.push(...read.warnings);
  }
  return { value, warnings };
}

/**
 * The checks that the configuration defines by themselves, in their order; `context.services` has those of the
 * configuration too.
 * @throws AgentError AGENT_CONFIG with Consul's sentence about the first that cannot be registered.
 */
export async function readConfiguredChecks(
  { checks: given }: Pick<Definitions, 'checks'>,
  { nodeName, settings, services, nextTurn }: DefinitionsContext,
): Promise<Defined<readonly ConfiguredCheck[]>> {
  const warnings: CheckWarning[] = [];
  const value: ConfiguredCheck[] = [];
  for (const registration of given) {
    await nextTurn();
    const { ID, ServiceID, Token, ...rest } = decodeRegistration(CheckDefinition, registration);
    const fail = (text: string): string => `Failed to register check '${rest.Name}': ${text}`;
    if (ServiceID !== '' && !services.has(ServiceID))
      refuse(fail(`ServiceID ${quote(ServiceID)} does not exist`));
    const fields = { ...rest, ID, ServiceID };
    const read = explained(
      () => readConfiguredCheck(fields, asLocal(settings).checks),
      ({ message }) => fail(message),
    );
    warnings.push(...read.warnings);
    const defined = definedCheck(create(CheckType, { ...rest, CheckID: ID }), read, nodeName);
    // Consul leaves the type of such a check out.
    value.push({ defined: { ...defined, record: { ...defined.record, Type: '' } }, token: Token });
  }
  return { value, warnings };
}

const noPorts: ReadonlySet<number> = new Set();

function asLocal(settings: DefinitionSettings): DefinitionSettings {
  return { ...settings, checks: { ...settings.checks, source: 'local' } };
}

/** The HTTP API has other words around the same faults. */
function faultOfService(name: string): (error: AgentError) => string {
  const service = `service ${quote(name)}`;
  return ({ code, message }) => {
    const fault = message.replace(
      /^(Bad request: )?Invalid (check|SidecarService|check in sidecar_service): /,
      '',
    );
    if (code === 'AGENT_CHECK') return `Failed to validate checks for ${service}: ${fault}`;
    if (code === 'AGENT_SIDECAR') return `Failed to validate sidecar for ${service}: ${fault}`;
    return `Failed to register ${service}: ${fault}`;
  };
}

function explained<T>(read: () => T, sentence: (error: AgentError) => string): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    throw new AgentError('AGENT_CONFIG', sentence(error), { cause: error });
  }
}

function refuse(text: string): never {
  throw new AgentError('AGENT_CONFIG', text);
}
