import {
  type CheckStatus,
  type Color,
  instanceId,
  nodeNames,
  outputText,
  type SlotNode,
  type SlotState,
} from './slot.ts';

/** One change of a slot. */
export type Write =
  | { readonly kind: 'register'; readonly service: string; readonly tag: Color; readonly status: CheckStatus }
  | { readonly kind: 'deregister'; readonly service: string }
  | { readonly kind: 'deregister-node' }
  /** The node gets its other name: what was registered under the old one is gone, but for this instance. */
  | { readonly kind: 'rename'; readonly service: string; readonly tag: Color }
  | { readonly kind: 'node-meta'; readonly color: Color }
  | { readonly kind: 'check'; readonly service: string; readonly status: CheckStatus }
  | { readonly kind: 'node-check'; readonly status: CheckStatus }
  | { readonly kind: 'maintenance'; readonly service: string; readonly on: boolean }
  | { readonly kind: 'node-maintenance'; readonly on: boolean };

/** The state after a write. `version` is another one at every write. Pure. */
export function stateAfter(slot: number, state: SlotState, write: Write, version: number): SlotState {
  const node: SlotNode = state.node ?? newNode(slot, version);
  const withInstance = (service: string, change: Partial<SlotInstance>): SlotState['instances'] => {
    const before = state.instances.get(service);
    return new Map(state.instances).set(service, { ...(before ?? newInstance), ...change });
  };
  switch (write.kind) {
    case 'register': {
      const { service, tag, status } = write;
      return { node, instances: withInstance(service, { version, tag, status, output: version }) };
    }
    case 'deregister': {
      const instances = new Map(state.instances);
      instances.delete(write.service);
      return { node: state.node, instances };
    }
    case 'deregister-node':
      return { node: undefined, instances: new Map() };
    case 'rename': {
      const [first, second] = nodeNames(slot);
      const instance: SlotInstance = { ...newInstance, version, tag: write.tag, output: version };
      return {
        node: { ...node, name: node.name === first ? second : first, version, inMaintenance: false },
        instances: new Map([[write.service, instance]]),
      };
    }
    case 'node-meta':
      return { node: { ...node, version, color: write.color }, instances: state.instances };
    case 'check':
      return { node, instances: withInstance(write.service, { status: write.status, output: version }) };
    case 'node-check':
      return { node: { ...node, status: write.status }, instances: state.instances };
    case 'maintenance':
      return { node, instances: withInstance(write.service, { inMaintenance: write.on }) };
    case 'node-maintenance':
      return { node: { ...node, inMaintenance: write.on }, instances: state.instances };
  }
}

type SlotInstance = SlotState['instances'] extends ReadonlyMap<string, infer Instance> ? Instance : never;

const newInstance: SlotInstance = {
  version: 0,
  tag: 'blue',
  status: 'passing',
  output: 0,
  inMaintenance: false,
};

function newNode(slot: number, version: number): SlotNode {
  return { name: nodeNames(slot)[0], version, color: 'blue', status: 'passing', inMaintenance: false };
}

/** What is sent for a write; `after` is the state that it leads to. */
export interface WriteRequest {
  readonly path: string;
  readonly body: unknown;
}

/** The request of a write. Pure. */
export function requestOf(slot: number, before: SlotState, write: Write, after: SlotState): WriteRequest {
  const deregister = (body: object): WriteRequest => ({
    path: '/v1/catalog/deregister',
    body: { Node: before.node?.name, ...body },
  });
  const register = (body: object): WriteRequest => ({
    path: '/v1/catalog/register',
    body: { ...nodeFields(slot, after), ...body },
  });
  switch (write.kind) {
    case 'register':
    case 'rename':
      return register({
        Service: serviceFields(slot, write.service, after),
        Checks: [nodeCheck(after), serviceCheck(slot, write.service, after)],
      });
    case 'deregister':
      return deregister({ ServiceID: instanceId(slot, write.service) });
    case 'deregister-node':
      return deregister({});
    case 'node-meta':
    case 'node-check':
      return register({ Check: nodeCheck(after) });
    case 'check':
      return register({ Check: serviceCheck(slot, write.service, after) });
    case 'maintenance': {
      const ServiceID = instanceId(slot, write.service);
      const CheckID = `_service_maintenance:${ServiceID}`;
      if (!write.on) return deregister({ CheckID });
      return register({
        Check: { CheckID, Name: 'Service Maintenance Mode', Status: 'critical', ServiceID },
      });
    }
    case 'node-maintenance': {
      const CheckID = '_node_maintenance';
      if (!write.on) return deregister({ CheckID });
      return register({ Check: { CheckID, Name: 'Node Maintenance Mode', Status: 'critical' } });
    }
  }
}

function nodeFields(slot: number, { node }: SlotState): object {
  return {
    ID: `00000000-0000-4000-8000-${`${slot}`.padStart(12, '0')}`,
    Node: node?.name,
    Address: `10.9.0.${slot}`,
    NodeMeta: { v: `${node?.version}`, color: node?.color },
  };
}

function nodeCheck({ node }: SlotState): object {
  return { CheckID: 'node-check', Name: 'Node Check', Status: node?.status };
}

function serviceFields(slot: number, service: string, { instances }: SlotState): object {
  const instance = instances.get(service);
  return {
    ID: instanceId(slot, service),
    Service: service,
    Port: 8000 + slot,
    Tags: [instance?.tag],
    Meta: { v: `${instance?.version}` },
  };
}

function serviceCheck(slot: number, service: string, { instances }: SlotState): object {
  const instance = instances.get(service);
  const ServiceID = instanceId(slot, service);
  return {
    CheckID: `service:${ServiceID}`,
    Name: `Service '${service}' check`,
    Status: instance?.status,
    Output: outputText(instance?.output ?? 0),
    ServiceID,
  };
}
