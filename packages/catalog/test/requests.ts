import {
  create,
  DeregisterRequest,
  HealthCheck,
  NodeService,
  RegisterRequest,
} from '../src/records/index.ts';
import type { Command } from '../src/store/commands.ts';

/** Short ways to the commands that tests send most. */

interface Registration {
  readonly node: string;
  readonly id?: string;
  readonly address?: string;
  readonly meta?: Readonly<Record<string, string>>;
  readonly service?: Partial<NodeService>;
  readonly check?: Partial<HealthCheck>;
  readonly skipNodeUpdate?: boolean;
}

export function registration(wanted: Registration): RegisterRequest {
  const { node, id = '', address = '10.0.0.1', meta, service, check, skipNodeUpdate = false } = wanted;
  return create(RegisterRequest, {
    Datacenter: 'dc1',
    ID: id,
    Node: node,
    Address: address,
    NodeMeta: meta ?? null,
    Service: service === undefined ? null : create(NodeService, { ID: service.Service ?? '', ...service }),
    Check: check === undefined ? null : create(HealthCheck, { Node: node, ...check }),
    SkipNodeUpdate: skipNodeUpdate,
  });
}

export function register(wanted: Registration): Command {
  return { type: 0, body: registration(wanted) };
}

export function deregister(node: string, rest: Partial<DeregisterRequest> = {}): Command {
  return { type: 1, body: create(DeregisterRequest, { Datacenter: 'dc1', Node: node, ...rest }) };
}
