import type { Random } from './plan.ts';
import {
  type CheckStatus,
  type Color,
  checkStatuses,
  instanceId,
  nodeNames,
  outputText,
  type SlotState,
  servicesOf,
} from './slot.ts';
import type { Write, WriteRequest } from './write.ts';

/**
 * The agent's own node as a slot: what is registered there goes through the agent's API, and from there into the
 * catalog. Pure.
 */

/** The flags that make the agent's node a slot of the run. */
export function agentSlotFlags(slot: number): readonly string[] {
  return [`-node=${nodeNames(slot)[0]}`, '-node-meta=v:0', '-node-meta=color:blue'];
}

/** After `prepareRequests`. */
export function firstAgentState(slot: number): SlotState {
  const name = nodeNames(slot)[0];
  return {
    node: { name, version: 0, color: 'blue', status: 'passing', inMaintenance: false },
    instances: new Map(),
  };
}

/** Bring the agent into its first state, whatever an earlier run left. */
export function prepareRequests(slot: number): readonly WriteRequest[] {
  return [
    ...servicesOf(slot).map((service) => ({
      path: `/v1/agent/service/deregister/${instanceId(slot, service)}`,
      body: undefined,
    })),
    { path: '/v1/agent/maintenance?enable=false', body: undefined },
    { path: '/v1/agent/check/deregister/node-check', body: undefined },
    {
      path: '/v1/agent/check/register',
      body: { ID: 'node-check', Name: 'Node Check', TTL: '1h', Status: 'passing' },
    },
  ];
}

/** The next change of the agent's own node. Pure but for `random`. */
export function nextAgentWrite(slot: number, { node, instances }: SlotState, random: Random): Write {
  const tag: Color = random() < 0.5 ? 'blue' : 'green';
  const services = servicesOf(slot);
  const service = services[Math.floor(random() * services.length)] ?? '';
  const instance = instances.get(service);
  const pick = random();
  // A result that only changes the output waits for minutes, as in Consul.
  if (pick < 0.1) return { kind: 'node-check', status: otherStatus(node?.status, random) };
  if (pick < 0.2) return { kind: 'node-maintenance', on: node?.inMaintenance !== true };
  if (instance === undefined)
    return { kind: 'register', service, tag, status: otherStatus(undefined, random) };
  if (pick < 0.6) return { kind: 'check', service, status: otherStatus(instance.status, random) };
  if (pick < 0.75) return { kind: 'maintenance', service, on: !instance.inMaintenance };
  if (pick < 0.9) return { kind: 'register', service, tag, status: instance.status };
  return { kind: 'deregister', service };
}

function otherStatus(status: CheckStatus | undefined, random: Random): CheckStatus {
  const others = checkStatuses.filter((one) => one !== status);
  return others[Math.floor(random() * others.length)] ?? 'passing';
}

/** The same as in the catalog, but that an instance that is registered again keeps the state of its check. */
export function agentStateAfter(before: SlotState, write: Write, after: SlotState): SlotState {
  if (write.kind !== 'register') return after;
  const instance = after.instances.get(write.service);
  if (instance === undefined) return after;
  const output = before.instances.get(write.service)?.output ?? 0;
  return {
    node: after.node,
    instances: new Map(after.instances).set(write.service, { ...instance, output }),
  };
}

/** The request to the agent. @throws RangeError for a write that an agent has no call for. */
export function agentRequestOf(slot: number, write: Write, after: SlotState): WriteRequest {
  switch (write.kind) {
    case 'register':
      return { path: '/v1/agent/service/register', body: definitionOf(slot, write.service, after) };
    case 'deregister':
      return { path: `/v1/agent/service/deregister/${instanceId(slot, write.service)}`, body: undefined };
    case 'check': {
      const Output = outputText(after.instances.get(write.service)?.output ?? 0);
      const id = `service:${instanceId(slot, write.service)}`;
      return { path: `/v1/agent/check/update/${id}`, body: { Status: write.status, Output } };
    }
    case 'node-check':
      return { path: '/v1/agent/check/update/node-check', body: { Status: write.status, Output: '' } };
    case 'maintenance': {
      const id = instanceId(slot, write.service);
      return { path: `/v1/agent/service/maintenance/${id}?enable=${write.on}`, body: undefined };
    }
    case 'node-maintenance':
      return { path: `/v1/agent/maintenance?enable=${write.on}`, body: undefined };
    case 'deregister-node':
    case 'rename':
    case 'node-meta':
      throw new RangeError(`an agent has no call for ${write.kind}`);
  }
}

function definitionOf(slot: number, service: string, { instances }: SlotState): object {
  const instance = instances.get(service);
  const id = instanceId(slot, service);
  return {
    ID: id,
    Name: service,
    Port: 8000 + slot,
    Tags: [instance?.tag],
    Meta: { v: `${instance?.version}` },
    Check: {
      CheckID: `service:${id}`,
      Name: `Service '${service}' check`,
      TTL: '1h',
      Status: instance?.status,
    },
  };
}
