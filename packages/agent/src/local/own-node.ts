import { isIPv4 } from 'node:net';
import { create, RegisterRequest } from '@hobnob/catalog/records';
import type { AgentConfig } from '../options.ts';

/** The addresses and the metadata that an agent enters into the catalog for its own node. Source: Consul agent/local. */
export function ownNode(
  config: Pick<
    AgentConfig,
    'nodeName' | 'datacenter' | 'advertiseAddress' | 'advertiseAddressWan' | 'nodeMeta'
  >,
  nodeId: string,
): RegisterRequest {
  const { nodeName, datacenter, advertiseAddress, nodeMeta } = config;
  return create(RegisterRequest, {
    Datacenter: datacenter,
    ID: nodeId,
    Node: nodeName,
    Address: advertiseAddress,
    TaggedAddresses: taggedAddresses(config),
    NodeMeta: { ...nodeMeta, 'consul-network-segment': '' },
  });
}

/** The addresses of the node by where they are for. */
export function taggedAddresses({
  advertiseAddress,
  advertiseAddressWan,
}: Pick<AgentConfig, 'advertiseAddress' | 'advertiseAddressWan'>): Readonly<Record<string, string>> {
  const family = (address: string): string => (isIPv4(address) ? 'ipv4' : 'ipv6');
  return {
    lan: advertiseAddress,
    [`lan_${family(advertiseAddress)}`]: advertiseAddress,
    wan: advertiseAddressWan,
    [`wan_${family(advertiseAddressWan)}`]: advertiseAddressWan,
  };
}
