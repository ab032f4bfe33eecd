import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { TemplateHost } from '../config/sockaddr/expand-template.ts';
import type { InterfaceAddress, InterfaceFlag } from '../config/sockaddr/interface-address.ts';
import {
  defaultInterfaceIn,
  type FoundAddress,
  idleIpv4Addresses,
  ipv6AddressesIn,
} from './linux-network.ts';

/** Bits of an interface's flags. Source: linux/if.h. */
const flagBits: Readonly<Record<InterfaceFlag, number>> = {
  up: 0x1,
  broadcast: 0x2,
  loopback: 0x8,
  pointtopoint: 0x10,
  multicast: 0x1000,
};

/**
 * Every address of this machine with its interface, in the order of the interfaces' numbers. On Linux the interfaces without
 * a carrier are included; those that are down have IPv6 addresses only. Elsewhere the flags are guessed from the kind of the
 * interface, and the default route is unknown.
 */
export function readInterfaceAddresses(): Required<TemplateHost> {
  const running = Object.entries(networkInterfaces()).flatMap(([name, infos]) =>
    (infos ?? []).map(({ address, cidr, internal }): FoundAddress & { readonly internal: boolean } => ({
      name,
      address,
      prefixBits: Number(cidr?.split('/')[1] ?? (address.includes(':') ? 128 : 32)),
      internal,
    })),
  );
  const seen = new Set(running.map(({ name }) => name));
  const routeTable = kernelText('/proc/net/route');
  const idle = [
    ...idleIpv4Addresses(routeTable, kernelText('/proc/net/fib_trie'), seen),
    ...ipv6AddressesIn(kernelText('/proc/net/if_inet6')).filter(({ name }) => !seen.has(name)),
  ].map((found) => ({ ...found, internal: false }));
  const all = [...running, ...idle];
  const order = new Map(
    [...new Set(all.map(({ name }) => name))].map((name) => [name, interfaceNumber(name)]),
  );
  const interfaces = all
    .sort((first, second) => (order.get(first.name) ?? 0) - (order.get(second.name) ?? 0))
    .map(
      ({ name, address, prefixBits, internal }): InterfaceAddress => ({
        name,
        address,
        prefixBits,
        flags: flagsOf(name, internal),
      }),
    );
  return { interfaces, defaultInterface: defaultInterfaceIn(routeTable) };
}

function flagsOf(name: string, internal: boolean): readonly InterfaceFlag[] {
  const bits = Number.parseInt(kernelText(`/sys/class/net/${name}/flags`), 16);
  if (Number.isNaN(bits)) return internal ? ['up', 'loopback'] : ['up', 'broadcast', 'multicast'];
  // The keys of flagBits are the flags.
  return (Object.keys(flagBits) as InterfaceFlag[]).filter((flag) => (bits & flagBits[flag]) !== 0);
}

/** Interfaces without a number keep the place that the system gave them, before the others. */
function interfaceNumber(name: string): number {
  return Number.parseInt(kernelText(`/sys/class/net/${name}/ifindex`), 10) || 0;
}

/** A file of the kernel as text; empty where the system has no such file or hides it. */
function kernelText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
