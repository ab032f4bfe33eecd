import {
  create,
  DeregisterRequest,
  HealthCheck,
  type NodeRecord,
  NodeService,
  RegisterRequest,
} from '../records/index.ts';
import { criticalStatus } from '../store/checks.ts';
import type { Command } from '../store/commands.ts';
import { joinKey, nameKey } from '../store/keys.ts';
import { isSame } from '../store/same.ts';
import type { Tables } from '../store/tables.ts';

/** What the leader writes so that the catalog agrees with the members of the LAN pool. Source: consensus-and-rpc.md 6.2. */

/** A member of the LAN pool. */
export interface LanMember {
  readonly name: string;
  readonly address: string;
  /** `reaped`: the pool has forgotten the member. */
  readonly status: 'alive' | 'leaving' | 'left' | 'failed' | 'reaped';
  readonly tags: Readonly<Record<string, string>>;
  /** Serf's protocol versions. */
  readonly protocol: { readonly min: number; readonly max: number; readonly current: number };
}

/** Where the leader stands. */
export interface LeaderView {
  readonly datacenter: string;
  /** The leader's own node, which it never removes. */
  readonly node: string;
}

const serfHealthId = 'serfHealth';
const consulService = 'consul';

/** What one member's state asks for; undefined when the catalog agrees already, or the member is none of ours. */
export function commandForMember(tables: Tables, member: LanMember, view: LeaderView): Command | undefined {
  if (!belongsHere(member, view)) return undefined;
  switch (member.status) {
    case 'alive':
      return aliveCommand(tables, member, view);
    case 'failed':
      return failedCommand(tables, member, view);
    case 'left':
    case 'reaped':
      return removal(tables, member.name, view);
    case 'leaving':
      return undefined;
  }
}

/** What all members together ask for, nodes included that look like members and are none any more. */
export function commandsForMembers(
  tables: Tables,
  members: readonly LanMember[],
  view: LeaderView,
): readonly Command[] {
  const commands = members.flatMap((member) => commandForMember(tables, member, view) ?? []);
  const known = new Set(members.map(({ name }) => nameKey(name)));
  tables.nodes.scan('', ({ node, checks }, key) => {
    // A node without this check was registered from outside, and is nobody's member.
    if (known.has(key) || !checks.some(({ CheckID }) => CheckID === serfHealthId)) return;
    const command = removal(tables, node.Node, view);
    if (command !== undefined) commands.push(command);
  });
  return commands;
}

/** Clients, and servers of this datacenter that say where they listen. */
function belongsHere({ tags }: LanMember, { datacenter }: LeaderView): boolean {
  if (tags['dc'] !== datacenter) return false;
  return tags['role'] === 'node' || (tags['role'] === 'consul' && serverPort(tags) !== undefined);
}

function serverPort(tags: LanMember['tags']): number | undefined {
  const port = Number(tags['port']);
  return Number.isInteger(port) && port > 0 ? port : undefined;
}

function aliveCommand(tables: Tables, member: LanMember, view: LeaderView): Command | undefined {
  const node = tables.nodes.get(nameKey(member.name))?.node;
  const service = serverService(member);
  const current = tables.instances.get(joinKey(member.name, consulService))?.service;
  const isServiceRight = service === null || (current !== undefined && isServiceSame(current, service));
  const isAlive = tables.checks.get(joinKey(member.name, serfHealthId))?.Status === 'passing';
  if (node?.Address === member.address && isServiceRight && isAlive) return undefined;
  return {
    type: 0,
    body: {
      ...registration(member, view, 'passing', 'Agent alive and reachable'),
      ...kept(node),
      Service: service,
    },
  };
}

/** What the member itself does not say is left as its agent registered it. */
function kept(node: NodeRecord | undefined): Partial<RegisterRequest> {
  return node === undefined ? {} : { TaggedAddresses: node.TaggedAddresses, NodeMeta: node.Meta };
}

function failedCommand(tables: Tables, member: LanMember, view: LeaderView): Command | undefined {
  if (tables.nodes.get(nameKey(member.name)) === undefined) return undefined;
  const status = tables.checks.get(joinKey(member.name, serfHealthId))?.Status;
  if (status === criticalStatus) return undefined;
  const body = registration(member, view, criticalStatus, 'Agent not live or unreachable');
  return { type: 0, body: { ...body, SkipNodeUpdate: true } };
}

function removal(tables: Tables, name: string, { datacenter, node }: LeaderView): Command | undefined {
  if (nameKey(name) === nameKey(node) || tables.nodes.get(nameKey(name)) === undefined) return undefined;
  return { type: 1, body: create(DeregisterRequest, { Datacenter: datacenter, Node: name }) };
}

function registration(
  { name, address, tags }: LanMember,
  { datacenter }: LeaderView,
  Status: string,
  Output: string,
): RegisterRequest {
  const check = create(HealthCheck, {
    Node: name,
    CheckID: serfHealthId,
    Name: 'Serf Health Status',
    Status,
    Output,
  });
  return create(RegisterRequest, {
    Datacenter: datacenter,
    ID: tags['id'] ?? '',
    Node: name,
    Address: address,
    Checks: [check],
  });
}

/** The service by which a server is found; null for a client. */
function serverService({ tags, protocol }: LanMember): NodeService | null {
  const port = serverPort(tags);
  if (tags['role'] !== 'consul' || port === undefined) return null;
  return create(NodeService, {
    ID: consulService,
    Service: consulService,
    Port: port,
    Weights: { Passing: 1, Warning: 1 },
    Meta: {
      non_voter: String(tags['nonvoter'] === '1'),
      raft_version: tags['raft_vsn'] ?? '',
      serf_protocol_current: String(protocol.current),
      serf_protocol_min: String(protocol.min),
      serf_protocol_max: String(protocol.max),
      version: (tags['build'] ?? '').split(':')[0] ?? '',
    },
  });
}

function isServiceSame(current: NodeService, wanted: NodeService): boolean {
  return current.Port === wanted.Port && isSame(current.Meta, wanted.Meta);
}
