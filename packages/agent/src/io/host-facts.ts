import { BlockList, isIPv6 } from 'node:net';
import { hostname, type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import type { HostFacts } from '../config/host-facts.ts';
import { readInterfaceAddresses } from './interface-addresses.ts';

/** What this machine is called and which addresses it has. The interfaces are read when a template first asks for them. */
export function readHostFacts(): HostFacts {
  const found = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  let interfaces: ReturnType<typeof readInterfaceAddresses> | undefined;
  const read = () => {
    interfaces ??= readInterfaceAddresses();
    return interfaces;
  };
  return {
    hostname: hostname(),
    ...sortAddresses(found),
    get interfaces() {
      return read().interfaces;
    },
    get defaultInterface() {
      return read().defaultInterface;
    },
  };
}

/** Blocks of which Consul 1.8 takes an address as private. Sources: RFC 1918, RFC 6598, RFC 6890, RFC 5737. */
const privateBlocks = [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['127.0.0.0', 8],
] as const;

/**
 * Splits addresses into those fit to be announced. Global unicast addresses are 2000::/3, without the block of
 * documentation, 2001:db8::/32. As in Consul, those of loopback count only on a machine that has no other interface.
 * Sources: RFC 4291 §2.5, RFC 3849.
 */
export function sortAddresses(
  found: readonly Pick<NetworkInterfaceInfo, 'address' | 'internal'>[],
): Pick<HostFacts, 'privateIpv4' | 'publicIpv6'> {
  const privateNetworks = new BlockList();
  for (const [network, prefixBits] of privateBlocks) privateNetworks.addSubnet(network, prefixBits);
  const documentation = new BlockList();
  documentation.addSubnet('2001:db8::', 32, 'ipv6');
  const external = found.filter(({ internal }) => !internal);
  const candidates = external.length === 0 ? found : external;
  return {
    privateIpv4: candidates
      .map(({ address }) => address)
      .filter((address) => !isIPv6(address) && privateNetworks.check(address)),
    publicIpv6: found
      .map(({ address }) => address)
      .filter((address) => /^[23]/.test(address) && isIPv6(address) && !documentation.check(address, 'ipv6')),
  };
}
