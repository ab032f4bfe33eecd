import { endianness } from 'node:os';
import { contains, formatAddress, type IpNetwork, parseNetwork } from '../config/sockaddr/ip-network.ts';

/** What Linux says of the network in `/proc/net`, read from its text. Pure. */

/** An address and the interface that has it. */
export interface FoundAddress {
  readonly name: string;
  readonly address: string;
  readonly prefixBits: number;
}

const goesToGateway = 0x2;

interface Route {
  readonly name: string;
  readonly network: IpNetwork;
  readonly hasGateway: boolean;
}

/** The interface of the default route that has a gateway; the one of the least metric stands first in the table. */
export function defaultInterfaceIn(routeTable: string): string | undefined {
  return routesIn(routeTable).find(({ network, hasGateway }) => hasGateway && network.prefixBits === 0)?.name;
}

/**
 * IPv4 addresses that this machine has (`/proc/net/fib_trie`) and that none of the interfaces in `seen` has, each with the
 * interface whose directly reached network it lies in (`/proc/net/route`). They belong to interfaces without a carrier, such
 * as a bridge without ports, which the system's usual list of addresses leaves out.
 */
export function idleIpv4Addresses(
  routeTable: string,
  fibTrie: string,
  seen: ReadonlySet<string>,
): readonly FoundAddress[] {
  const direct = routesIn(routeTable).filter(({ name, hasGateway }) => !hasGateway && !seen.has(name));
  if (direct.length === 0) return [];
  const own = new Set(
    [...fibTrie.matchAll(/\|-- ([\d.]+)\n\s+\/32 host LOCAL/g)].map(([, address = '']) => address),
  );
  return [...own].flatMap((address) => {
    const network = parseNetwork(address);
    if (network === undefined) return [];
    const route = direct
      .filter((candidate) => contains(candidate.network, network))
      .reduce<Route | undefined>(narrower, undefined);
    return route === undefined ? [] : [{ name: route.name, address, prefixBits: route.network.prefixBits }];
  });
}

function narrower(best: Route | undefined, route: Route): Route {
  return best === undefined || route.network.prefixBits > best.network.prefixBits ? route : best;
}

/** Every IPv6 address of the table `/proc/net/if_inet6`. */
export function ipv6AddressesIn(table: string): readonly FoundAddress[] {
  return table.split('\n').flatMap((line) => {
    const [digits = '', , prefix = '', , , name] = line.split(/ +/);
    if (name === undefined || !/^[\da-f]{32}$/.test(digits)) return [];
    const address = formatAddress(6, BigInt(`0x${digits}`));
    return [{ name, address, prefixBits: Number.parseInt(prefix, 16) }];
  });
}

function routesIn(table: string): readonly Route[] {
  return table.split('\n').flatMap((line): Route[] => {
    const [name = '', destination = '', , flags = '', , , , mask = ''] = line.split(/\s+/);
    if (!/^[\dA-F]{8}$/.test(destination) || !/^[\dA-F]{8}$/.test(mask)) return [];
    const prefixBits = [...addressIn(mask).toString(2)].filter((bit) => bit === '1').length;
    return [
      {
        name,
        network: { family: 4, address: addressIn(destination), prefixBits },
        hasGateway: (Number.parseInt(flags, 16) & goesToGateway) !== 0,
      },
    ];
  });
}

/** The kernel prints an address as this machine keeps a number: the first octet comes last on nearly every one. */
function addressIn(hex: string): bigint {
  const octets = hex.match(/../g) ?? [];
  return BigInt(`0x${(endianness() === 'LE' ? octets.reverse() : octets).join('')}`);
}
