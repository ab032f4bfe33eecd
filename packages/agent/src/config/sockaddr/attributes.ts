import { quote } from '@hobnob/catalog/go';
import { interfaceFlags } from './interface-address.ts';
import type { InterfaceEntry } from './interface-entry.ts';
import {
  addressBits,
  firstAddress,
  formatAddress,
  formatNetwork,
  type IpNetwork,
  lastAddress,
  netmask,
  octetsOf,
} from './ip-network.ts';
import { TemplateFault } from './template-fault.ts';

type Read = (network: IpNetwork) => string;

/** Attributes of addresses of both families. Source: go-sockaddr ipaddr.go ipAddrInit. */
const ofAddresses: Readonly<Record<string, Read>> = {
  address: ({ family, address }) => formatAddress(family, address),
  host: ({ family, address }) => formatAddress(family, address),
  string: formatNetwork,
  type: ({ family }) => `IPv${family}`,
  port: () => '0',
  netmask: (network) => formatAddress(network.family, netmask(network)),
  network: (network) => formatAddress(network.family, firstAddress(network)),
  mask_bits: ({ prefixBits }) => String(prefixBits),
  binary: ({ family, address }) => address.toString(2).padStart(addressBits(family), '0'),
  hex: ({ family, address }) => address.toString(16).padStart(addressBits(family) / 4, '0'),
  octets: ({ family, address }) => octetsOf(family, address).join(' '),
  size: ({ family, prefixBits }) => String(1n << BigInt(addressBits(family) - prefixBits)),
  first_usable: (network) =>
    formatAddress(network.family, firstAddress(network) + BigInt(reservedEnds(network))),
  last_usable: (network) =>
    formatAddress(network.family, lastAddress(network) - BigInt(reservedEnds(network))),
};

const ofIpv4: Readonly<Record<string, Read>> = {
  broadcast: (network) => formatAddress(4, lastAddress(network)),
  uint32: ({ address }) => String(address),
};

const ofIpv6: Readonly<Record<string, Read>> = { uint128: ({ address }) => String(address) };

/** How many addresses at either end of a network no host may have: those of the network itself and the broadcast. */
function reservedEnds({ family, prefixBits }: IpNetwork): number {
  return family === 4 && prefixBits < 31 ? 1 : 0;
}

/** One attribute of an address or of its interface. @throws TemplateFault for a name that this family does not have. */
export function readAttribute(attribute: string, { name, flags, network }: InterfaceEntry): string {
  const key = attribute.toLowerCase();
  if (key === 'name') return name;
  if (key === 'flags') return interfaceFlags.filter((flag) => flags.includes(flag)).join('|') || '0';
  for (const table of [ofAddresses, network.family === 4 ? ofIpv4 : ofIpv6]) {
    const read = Object.hasOwn(table, key) ? table[key] : undefined;
    if (read !== undefined) return read(network);
  }
  throw new TemplateFault(`unsupported attribute name ${quote(key)}`);
}
