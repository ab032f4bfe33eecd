import { serviceMetaProblem, serviceProblems } from '@hobnob/catalog';
import type { NodeService, ServiceDefinition, Weights } from '@hobnob/catalog/records';
import type { CheckWarning } from '../../checks/definition.ts';
import { AgentError } from '../../errors.ts';
import type { DefinedService } from '../local-port.ts';
import { checkTaggedAddresses, withOwnAddress } from './addresses.ts';
import { boundedCheckFields, defineServiceChecks, nodeServiceOf } from './service-parts.ts';
import type { Defined } from './setup.ts';
import { defineSidecar, type ServiceContext, validateSidecarChecks } from './sidecar.ts';

/** A service's registration, read whole. */
export interface DefinedRegistration {
  readonly service: DefinedService;
  /** To be registered after its service; with a token of its own unless that is ''. */
  readonly sidecar: { readonly defined: DefinedService; readonly token: string } | undefined;
}

/**
 * Reads a service as PUT /v1/agent/service/register defines it, in the order in which Consul
 * refuses. Nothing is left out of the result: weights, tagged addresses and the sidecar's port are filled in.
 * @throws AgentError AGENT_SERVICE, AGENT_SERVICE_ADDRESS, AGENT_SIDECAR, AGENT_CHECK, AGENT_CHECK_DISABLED, with
 * Consul's texts.
 */
export function defineService(
  body: ServiceDefinition,
  context: ServiceContext,
): Defined<DefinedRegistration> {
  if (body.Name === '') refuse('Missing service name');
  if (anyAddresses.includes(body.Address)) refuse('Invalid service address');
  return readService(body, context);
}

/** As `defineService`, for a definition of the configuration, whose name and address Consul does not look at. */
export function readService(body: ServiceDefinition, context: ServiceContext): Defined<DefinedRegistration> {
  const definition = body.Connect?.SidecarService ?? null;
  const given = nodeServiceOf(body, definition);
  refuseProblems(given);
  const { nodeName, settings } = context;
  const named = { id: given.ID, name: given.Service };
  const checks = defineServiceChecks(named, boundedCheckFields(body), {
    nodeName,
    settings: settings.checks,
  });
  if (definition !== null) validateSidecarChecks(definition, context);
  const sidecar = definition === null ? undefined : defineSidecar(given, definition, context);
  const service = completed(given);
  const sidecarService = sidecar === undefined ? undefined : completed(sidecar.value.service);
  return {
    value: {
      service: { service, checks: checks.value },
      sidecar:
        sidecar === undefined || sidecarService === undefined
          ? undefined
          : {
              defined: { service: sidecarService, checks: sidecar.value.checks },
              token: definition?.Token ?? '',
            },
    },
    warnings: [
      ...nameWarnings(service),
      ...checks.warnings,
      ...(sidecarService === undefined ? [] : nameWarnings(sidecarService)),
      ...(sidecar?.warnings ?? []),
    ],
  };
}

/** Addresses that mean every address of a machine, and so none that others could use. */
const anyAddresses: readonly string[] = ['0.0.0.0', '::', '[::]'];
const weightMax = 65_535;

function refuseProblems(service: NodeService): void {
  const weights = weightsProblem(service.Weights);
  if (weights !== undefined) refuse(`Invalid Weights: ${weights}`);
  const meta = serviceMetaProblem(service);
  if (meta !== undefined) refuse(`Invalid Service Meta: ${meta}`);
  const problems = serviceProblems(service);
  if (problems !== undefined) refuse(problems);
}

/** Source: Consul structs.ValidateWeights. */
export function weightsProblem(weights: Weights | null): string | undefined {
  if (weights === null) return undefined;
  const { Passing, Warning } = weights;
  if (Passing < 1) return 'Passing must be greater than 0';
  if (Warning < 0) return 'Warning must be greater or equal than 0';
  return Passing > weightMax || Warning > weightMax ? 'DNS Weight must be between 0 and 65535' : undefined;
}

/** As it is stored: what was left out has its default, and what became a service of its own is gone. */
function completed(given: NodeService): NodeService {
  checkTaggedAddresses(given.TaggedAddresses);
  return {
    ...given,
    Weights: given.Weights ?? { Passing: 1, Warning: 1 },
    TaggedAddresses: withOwnAddress(given.TaggedAddresses, given),
    Connect: { ...given.Connect, SidecarService: null },
  };
}

const labelBytesMax = 63;

function nameWarnings({ Service: service }: NodeService): readonly CheckWarning[] {
  const start = 'Service name will not be discoverable via DNS due to';
  if (/[^A-Za-z0-9-]/.test(service)) {
    const message = `${start} invalid characters. Valid characters include all alpha-numerics and dashes.`;
    return [{ message, fields: { service } }];
  }
  if (service.length <= labelBytesMax) return [];
  const message = `${start} it being too long. Valid lengths are between 1 and 63 bytes.`;
  return [{ message, fields: { service } }];
}

function refuse(text: string): never {
  throw new AgentError('AGENT_SERVICE', text);
}
