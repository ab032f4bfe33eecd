import {
  type CheckType,
  ConnectProxyConfig,
  create,
  NodeService,
  ServiceConnect,
  type ServiceDefinition,
  type SidecarDefinition,
} from '@hobnob/catalog/records';
import {
  type CheckedService,
  type CheckSettings,
  checkFieldsOf,
  readServiceChecks,
} from '../../checks/definition.ts';
import { AgentError } from '../../errors.ts';
import type { DefinedCheck } from '../local-port.ts';
import { definedCheck } from './define-check.ts';
import type { Defined } from './setup.ts';

/** What the definitions of a service and of its sidecar have in common. */
type AnyDefinition = ServiceDefinition | SidecarDefinition;

/**
 * The record of a definition, before the agent fills in what was left out; `sidecar` is kept in it for validation.
 * Source: Consul structs.ServiceDefinition.
 */
export function nodeServiceOf(definition: AnyDefinition, sidecar: SidecarDefinition | null): NodeService {
  const { Kind, ID, Name, Tags, Address, TaggedAddresses, Meta, Port, Weights, EnableTagOverride } =
    definition;
  return create(NodeService, {
    Kind,
    ID: ID || Name,
    Service: Name,
    Tags,
    Address,
    TaggedAddresses,
    Meta,
    Port,
    Weights,
    EnableTagOverride,
    Proxy: proxyOf(definition.Proxy),
    Connect: create(ServiceConnect, {
      Native: definition.Connect?.Native ?? false,
      SidecarService: sidecar,
    }),
  });
}

function proxyOf(proxy: ConnectProxyConfig | null): ConnectProxyConfig {
  if (proxy === null) return create(ConnectProxyConfig);
  const Upstreams =
    proxy.Upstreams?.map((one) => ({ ...one, DestinationType: one.DestinationType || 'service' })) ?? null;
  return { ...proxy, Upstreams };
}

/** Each becomes a file and a timer. */
const checksMax = 1_024;

/**
 * The definitions of a service's checks, without a `Check` that says nothing.
 * @throws AgentError AGENT_SERVICE when there are too many, which Consul would run.
 */
export function boundedCheckFields(
  definition: Pick<AnyDefinition, 'Check' | 'Checks'>,
): readonly CheckType[] {
  const all = checkFieldsOf(definition);
  if (all.length <= checksMax) return all;
  throw new AgentError('AGENT_SERVICE', `A service cannot have more than ${checksMax} checks: ${all.length}`);
}

/**
 * The checks of a service; of several with one id the last is kept.
 * @throws AgentError AGENT_CHECK, AGENT_CHECK_DISABLED.
 */
export function defineServiceChecks(
  service: CheckedService,
  fields: readonly CheckType[],
  { nodeName, settings }: { readonly nodeName: string; readonly settings: CheckSettings },
): Defined<readonly DefinedCheck[]> {
  const read = readServiceChecks(service, { Checks: fields }, settings);
  const byId = new Map<string, DefinedCheck>();
  fields.forEach((one, i) => {
    const found = read[i];
    if (found !== undefined) byId.set(found.definition.id, definedCheck(one, found, nodeName));
  });
  return { value: [...byId.values()], warnings: read.flatMap(({ warnings }) => warnings) };
}
