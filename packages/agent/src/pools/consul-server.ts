import { type Address, formatAddress } from '@hobnob/gossip';
import type { Tags } from './consul-tags.ts';

/** The part of a member that shows whether it is a Consul server. */
export interface TaggedMember {
  readonly name: string;
  readonly address: Address;
  readonly tags: Tags;
}

/** A member that passes for a server. */
export interface ConsulServer {
  readonly name: string;
  readonly id: string;
  readonly datacenter: string;
  readonly host: string;
  readonly rpcPort: number;
  /** The port of its WAN pool; undefined when it announces none. */
  readonly wanJoinPort: number | undefined;
  readonly build: string;
}

/**
 * The server behind a member, or undefined when it is none: the role must be `consul` and the numbers a
 * server announces must be numbers. Source: Consul agent/metadata/server.go IsConsulServer.
 */
export function consulServerOf(member: TaggedMember): ConsulServer | undefined {
  const { tags } = member;
  if (tags['role'] !== 'consul') return undefined;
  const rpcPort = integer(tags['port']);
  const required = [rpcPort, integer(tags['vsn'])];
  const optional = ['expect', 'wan_join_port', 'raft_vsn'].filter((key) => tags[key] !== undefined);
  const build = tags['build'] ?? '';
  if (rpcPort === undefined || required.includes(undefined)) return undefined;
  if (optional.some((key) => integer(tags[key]) === undefined) || !/\d+\.\d+\.\d+/.test(build))
    return undefined;
  return {
    name: member.name,
    id: tags['id'] ?? '',
    datacenter: tags['dc'] ?? '',
    host: member.address.host,
    rpcPort,
    wanJoinPort: integer(tags['wan_join_port']),
    build,
  };
}

/** Whether a member runs Hobnob: the revision in its build tag says so. */
export function isHobnob(tags: Tags): boolean {
  return (tags['build'] ?? '').includes('hobnob');
}

/** A server as Consul's logs name it: `web-1 (Addr: tcp/10.0.0.1:8300) (DC: dc1)`. */
export function describeServer(server: ConsulServer): string {
  const address = formatAddress({ host: server.host, port: server.rpcPort });
  return `${shortName(server)} (Addr: tcp/${address}) (DC: ${server.datacenter})`;
}

/** The node's own name: on the WAN the datacenter is appended to it. */
function shortName({ name, datacenter }: ConsulServer): string {
  return name.endsWith(`.${datacenter}`) ? name.slice(0, -datacenter.length - 1) : name;
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}
