import { serviceMetaProblem } from '@hobnob/catalog';
import { CheckType, create, type NodeService, type SidecarDefinition } from '@hobnob/catalog/records';
import { printGoAddress } from '../../checks/go-address.ts';
import { AgentError } from '../../errors.ts';
import type { DefinedService } from '../local-port.ts';
import { boundedCheckFields, defineServiceChecks, nodeServiceOf } from './service-parts.ts';
import type { Defined, DefinitionSettings } from './setup.ts';

/** The proxy that a service registers beside itself (`Connect.SidecarService`). */

/** The id that the sidecar of a service has. */
export const sidecarIdOf = (ownerId: string): string => `${ownerId}-sidecar-proxy`;

/** What the definition of a service is read with. */
export interface ServiceContext {
  readonly nodeName: string;
  readonly settings: DefinitionSettings;
  /** Those that are registered, by id. */
  readonly services: ReadonlyMap<string, NodeService>;
  /** Ports of sidecars whose registration is under way. */
  readonly reservedPorts: ReadonlySet<number>;
}

/**
 * Reads a sidecar; what its definition leaves out comes from its service. Source: Consul agent/sidecar_service.go.
 * @throws AgentError AGENT_SIDECAR with Consul's text; AGENT_CHECK_DISABLED.
 */
export function defineSidecar(
  owner: NodeService,
  definition: SidecarDefinition,
  context: ServiceContext,
): Defined<DefinedService> {
  const given = nodeServiceOf(definition, null);
  const id = sidecarIdOf(owner.ID);
  const filled: NodeService = {
    ...given,
    ID: id,
    Service: definition.Name || `${owner.Service}-sidecar-proxy`,
    Kind: given.Kind || 'connect-proxy',
    Address: given.Address || owner.Address,
    Tags: isEmptyList(given.Tags) ? owner.Tags : given.Tags,
    Meta: Object.keys(given.Meta ?? {}).length === 0 ? owner.Meta : given.Meta,
    Weights: given.Weights ?? { Passing: 1, Warning: 1 },
    Proxy: {
      ...given.Proxy,
      DestinationServiceName: given.Proxy.DestinationServiceName || owner.Service,
      DestinationServiceID: given.Proxy.DestinationServiceID || owner.ID,
      LocalServiceAddress: given.Proxy.LocalServiceAddress || '127.0.0.1',
      LocalServicePort: given.Proxy.LocalServicePort > 0 ? given.Proxy.LocalServicePort : owner.Port,
    },
    LocallyRegisteredAsSidecar: true,
  };
  const metaProblem = serviceMetaProblem(filled);
  if (metaProblem !== undefined) refuse(`Invalid SidecarService: ${metaProblem}`);
  const service = { ...filled, Port: filled.Port > 0 ? filled.Port : freePort(id, context) };
  const checks = definedChecks(owner, service, definition, context);
  return { value: { service, checks: checks.value }, warnings: checks.warnings };
}

/** Refuses checks of a sidecar that Consul refuses before it looks at the sidecar. @throws AgentError AGENT_SIDECAR. */
export function validateSidecarChecks(definition: SidecarDefinition, context: ServiceContext): void {
  const settings = context.settings.checks;
  const named = { id: definition.Name, name: definition.Name };
  try {
    defineServiceChecks(named, boundedCheckFields(definition), { nodeName: context.nodeName, settings });
  } catch (error) {
    if (!(error instanceof AgentError) || error.code !== 'AGENT_CHECK') throw error;
    refuse(error.message.replace(/^Invalid check:/, 'Invalid check in sidecar_service:'), error);
  }
}

function definedChecks(
  owner: NodeService,
  { ID, Service, Port, Proxy: proxy }: NodeService,
  definition: SidecarDefinition,
  { nodeName, settings }: ServiceContext,
) {
  const given = boundedCheckFields(definition);
  const address = printGoAddress(proxy.LocalServiceAddress, Port);
  const fields =
    given.length > 0
      ? given
      : [
          create(CheckType, { Name: 'Connect Sidecar Listening', TCP: address, Interval: tenSecondsNs }),
          create(CheckType, { Name: `Connect Sidecar Aliasing ${owner.ID}`, AliasService: owner.ID }),
        ];
  return defineServiceChecks({ id: ID, name: Service }, fields, { nodeName, settings: settings.checks });
}

const tenSecondsNs = 10_000_000_000n;

/** The port that the sidecar has already, or the lowest free one. @throws AgentError AGENT_SIDECAR. */
function freePort(
  id: string,
  { settings: { sidecarPorts }, services, reservedPorts }: ServiceContext,
): number {
  const { min, max } = sidecarPorts;
  const isInRange = (port: number): boolean => port >= min && port <= max;
  if (min < 1 || max < 1) {
    return refuse(
      'Invalid SidecarService: no port provided for sidecar_service and auto-assignment disabled in config',
    );
  }
  const own = services.get(id)?.Port ?? 0;
  if (isInRange(own)) return own;
  const taken = new Set(reservedPorts);
  for (const { Port } of services.values()) if (isInRange(Port)) taken.add(Port);
  for (let port = min; port <= max; port += 1) if (!taken.has(port)) return port;
  return refuse(
    'Invalid SidecarService: no port provided for sidecar_service and none left in the configured range ' +
      `[${min}, ${max}]`,
  );
}

function isEmptyList(list: readonly string[] | null): boolean {
  return list === null || list.length === 0;
}

/** Consul calls these bad requests, and answers as if they were its own failures. */
function refuse(text: string, cause?: unknown): never {
  throw new AgentError('AGENT_SIDECAR', `Bad request: ${text}`, { cause });
}
