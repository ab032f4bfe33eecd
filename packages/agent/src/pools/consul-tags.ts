import type { AgentConfig } from '../options.ts';
import type { PoolName } from '../ports.ts';
import { buildTag } from '../version.ts';

/** A pool's tags say who a member is to every other Consul agent. */
export type Tags = Readonly<Record<string, string>>;

/** The settings that the tags are made from. */
export type TagFacts = Pick<
  AgentConfig,
  'server' | 'datacenter' | 'bootstrap' | 'bootstrapExpect' | 'ports' | 'protocol' | 'raftProtocol'
>;

/**
 * The tags of this agent in a pool, those of Consul 1.8.7 key for key.
 * Source: Consul agent/consul server_serf.go setupSerf, client_serf.go setupSerf.
 */
export function consulTags(config: TagFacts, nodeId: string, pool: PoolName): Tags {
  const common = {
    acls: '0',
    build: buildTag,
    dc: config.datacenter,
    id: nodeId,
    segment: '',
    vsn: String(config.protocol),
    vsn_max: '3',
    vsn_min: '2',
  };
  if (!config.server) return { ...common, role: 'node' };
  return {
    ...common,
    role: 'consul',
    port: String(config.ports.server),
    raft_vsn: String(config.raftProtocol),
    ft_fs: '1',
    ...(config.bootstrap ? { bootstrap: '1' } : {}),
    ...(config.bootstrapExpect > 1 ? { expect: String(config.bootstrapExpect) } : {}),
    ...(pool === 'lan' && config.ports.serfWan >= 0 ? { wan_join_port: String(config.ports.serfWan) } : {}),
  };
}

/** The member's name: the node's on the LAN, with its datacenter on the WAN. */
export function poolMemberName(config: Pick<AgentConfig, 'nodeName' | 'datacenter'>, pool: PoolName): string {
  return pool === 'lan' ? config.nodeName : `${config.nodeName}.${config.datacenter}`;
}
