import { BlockList, isIPv6 } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
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
    ...sortAddresses(found.map(({ address }) => address)),
    get interfaces() {
      return read().interfaces;
    },
    get defaultInterface() {
      return read().defaultInterface;
    },
  };
}

/** Splits addresses into those fit to be announced. Sources: RFC 1918, RFC 6598; RFC 4291 §2.5. */
export function sortAddresses(addresses: readonly string[]): Pick<HostFacts, 'privateIpv4' | 'publicIpv6'> {
  const privateNetworks = new BlockList();
  privateNetworks.addSubnet('10.0.0.0', 8);
  privateNetworks.addSubnet('172.16.0.0', 12);
  privateNetworks.addSubnet('192.168.0.0', 16);
  privateNetworks.addSubnet('100.64.0.0', 10);
  return {
    privateIpv4: addresses.filter((address) => !isIPv6(address) && privateNetworks.check(address)),
    // Global unicast is 2000::/3; loopback, link-local and unique local addresses are not in it.
    publicIpv6: addresses.filter((address) => isIPv6(address) && /^[23]/.test(address)),
  };
}
