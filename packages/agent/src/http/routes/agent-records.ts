import {
  type AgentCheck,
  AgentHealthCheck,
  AgentService,
  type CheckTransition as CheckTransitionRecord,
  create,
  type NodeService,
} from '@hobnob/catalog/records';
import type { CheckTransition, LocalCheck } from '../../local/local-port.ts';

/** What is registered with this agent, in the records that its clients read. */

const proxyKinds: ReadonlySet<string> = new Set([
  'connect-proxy',
  'mesh-gateway',
  'terminating-gateway',
  'ingress-gateway',
]);

/** A service as clients read it. Source: Consul agent.buildAgentService. */
export function agentServiceOf(service: NodeService): AgentService {
  const { Kind, ID, Service, Tags, Meta, Port, Address, TaggedAddresses, Weights, Connect } = service;
  return create(AgentService, {
    Kind,
    ID,
    Service,
    Tags: Tags ?? [],
    Meta: Meta ?? {},
    Port,
    Address,
    TaggedAddresses,
    Weights: {
      Passing: Math.max(Weights?.Passing ?? 1, 1),
      Warning: Weights?.Warning ?? 1,
    },
    EnableTagOverride: service.EnableTagOverride,
    Proxy: proxyKinds.has(Kind) ? service.Proxy : null,
    Connect: Connect.Native ? { Native: true, SidecarService: null } : null,
  });
}

/** A check with its times and transitions. */
export function agentCheckOf({ record, checkedAtMs, changedAtMs, transitions }: LocalCheck): AgentCheck {
  return {
    ...record,
    ServiceTags: record.ServiceTags ?? [],
    LastCheckTime: checkedAtMs === undefined ? '' : goTime(checkedAtMs),
    LastChangeTime: goTime(changedAtMs),
    Transitions: transitions.map(transitionOf),
  };
}

function transitionOf({ atMs, status, output }: CheckTransition): CheckTransitionRecord {
  return { Time: goTime(atMs), Status: status, Output: output };
}

/** A time as Go writes it into JSON: without zeros at the end of the fraction. Source: time.RFC3339Nano. */
function goTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/\.?0*Z$/, 'Z');
}

/** A check as the health of a service shows it: without its type. */
export function healthCheckOf({ record }: LocalCheck): AgentHealthCheck {
  const { Node, CheckID, Name, Status, Notes, Output, ServiceID, ServiceName, ServiceTags } = record;
  return create(AgentHealthCheck, {
    Node,
    CheckID,
    Name,
    Status,
    Notes,
    Output,
    ServiceID,
    ServiceName,
    ServiceTags,
  });
}
