import { quote } from '@hobnob/catalog/go';
import type { InterfaceFlag } from './interface-address.ts';
import type { InterfaceEntry } from './interface-entry.ts';
import { contains, type IpNetwork, octetsOf, parseNetwork } from './ip-network.ts';
import { isForwardable } from './known-networks.ts';
import { TemplateFault } from './template-fault.ts';

/** Flags of interfaces. `down` asks for nothing: it takes back an `up` before it, and alone every interface has it. */
const asksForFlag: Readonly<Record<string, InterfaceFlag | 'down'>> = {
  broadcast: 'broadcast',
  down: 'down',
  loopback: 'loopback',
  multicast: 'multicast',
  'point-to-point': 'pointtopoint',
  up: 'up',
};

/** Flags that an address itself answers. */
const asksForAddress: Readonly<Record<string, (network: IpNetwork) => boolean>> = {
  forwardable: isForwardable,
  'global unicast': (network) =>
    !isUnspecified(network) &&
    !isLoopback(network) &&
    !isMulticast(network) &&
    !isLinkLocalUnicast(network) &&
    !(network.family === 4 && network.address === 0xffff_ffffn),
  'interface-local multicast': (network) => network.family === 6 && multicastScope(network) === 1,
  'link-local multicast': (network) =>
    network.family === 4 ? isIn('224.0.0.0/24', network) : multicastScope(network) === 2,
  'link-local unicast': isLinkLocalUnicast,
  loopback: isLoopback,
  multicast: isMulticast,
  unspecified: isUnspecified,
};

/**
 * A test for `up|forwardable` and its like: the interface has all flags that are named, or the address answers one of those
 * named that ask about addresses. Source: go-sockaddr ifaddrs.go IfByFlag.
 * @throws TemplateFault for a flag that does not exist.
 */
export function flagTest(parameter: string): (entry: InterfaceEntry) => boolean {
  const wanted = new Set<InterfaceFlag>();
  const tests: ((network: IpNetwork) => boolean)[] = [];
  let asksInterface = false;
  for (const name of parameter.toLowerCase().split('|')) {
    const flag = Object.hasOwn(asksForFlag, name) ? asksForFlag[name] : undefined;
    const test = Object.hasOwn(asksForAddress, name) ? asksForAddress[name] : undefined;
    if (flag === undefined && test === undefined) {
      throw new TemplateFault(`Unknown interface flag: ${quote(name)}`);
    }
    if (flag !== undefined) asksInterface = true;
    if (flag === 'down') wanted.delete('up');
    else if (flag !== undefined) wanted.add(flag);
    if (test !== undefined) tests.push(test);
  }
  return ({ flags, network }) =>
    (asksInterface && [...wanted].every((flag) => flags.includes(flag))) ||
    tests.some((test) => test(network));
}

function isIn(outer: string, network: IpNetwork): boolean {
  const parsed = parseNetwork(outer);
  return parsed !== undefined && contains(parsed, host(network));
}

function host({ family, address }: IpNetwork): IpNetwork {
  return { family, address, prefixBits: family === 4 ? 32 : 128 };
}

function isUnspecified({ address }: IpNetwork): boolean {
  return address === 0n;
}

function isLoopback(network: IpNetwork): boolean {
  return network.family === 4 ? isIn('127.0.0.0/8', network) : network.address === 1n;
}

function isMulticast(network: IpNetwork): boolean {
  return isIn(network.family === 4 ? '224.0.0.0/4' : 'ff00::/8', network);
}

function isLinkLocalUnicast(network: IpNetwork): boolean {
  return isIn(network.family === 4 ? '169.254.0.0/16' : 'fe80::/10', network);
}

/** The scope of an IPv6 multicast address. Source: RFC 4291 §2.7. */
function multicastScope(network: IpNetwork): number | undefined {
  const [first, second = 0] = octetsOf(network.family, network.address);
  return first === 0xff ? second & 0x0f : undefined;
}
