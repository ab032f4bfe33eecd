import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { GossipError } from '../errors.ts';
import { type Address, hostToBytes, isLoopbackHost, sameAddress } from '../wire/address.ts';
import { canonicalHost, familyOf, hostReaches, isWildcardHost } from './socket-address.ts';

/** The interfaces of a machine as `os.networkInterfaces()` lists them. */
export type InterfaceTable = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/**
 * The first private IPv4 address in the system's order, which a member that listens on every interface announces
 * (gossip.md 2.1). Private means 10/8, 172.16/12 and 192.168/16 (RFC 1918) and 100.64/10 (RFC 6598);
 * loopback and link-local addresses never count, because other machines cannot reach them.
 */
export function firstPrivateIpv4(interfaces: InterfaceTable): string | undefined {
  for (const infos of Object.values(interfaces)) {
    const found = infos?.find((info) => info.family === 'IPv4' && !info.internal && isPrivate(info.address));
    if (found !== undefined) return found.address;
  }
  return undefined;
}

/**
 * The first unique local IPv6 address (fc00::/7, RFC 4193) in the system's order. A link-local address never counts:
 * it needs a zone, which the wire cannot carry.
 */
function firstUniqueLocalIpv6(interfaces: InterfaceTable): string | undefined {
  for (const infos of Object.values(interfaces)) {
    const found = infos?.find(
      (info) =>
        info.family === 'IPv6' && !info.internal && ((hostToBytes(info.address)[0] ?? 0) & 0xfe) === 0xfc,
    );
    if (found !== undefined) return canonicalHost(found.address);
  }
  return undefined;
}

/**
 * The address to announce for a wildcard bind address. With `::`, which listens on both families, a private IPv4 address
 * comes before an IPv6 one, because members that are bound to 0.0.0.0 reach it too.
 * @throws GossipError GOSSIP_BIND when this machine has no such address; the message lists its addresses.
 */
export function discoverAdvertiseHost(
  bindHost: string,
  interfaces: InterfaceTable = networkInterfaces(),
): string {
  const takesIpv6 = familyOf(bindHost) === 'IPv6';
  const host = firstPrivateIpv4(interfaces) ?? (takesIpv6 ? firstUniqueLocalIpv6(interfaces) : undefined);
  if (host !== undefined) return host;
  const found = Object.entries(interfaces).flatMap(([name, infos]) =>
    (infos ?? []).map((info) => `${name} ${info.address}`),
  );
  throw new GossipError(
    'GOSSIP_BIND',
    `listening on every interface, but this machine has no private IPv4 ${takesIpv6 ? 'or unique local IPv6 ' : ''}address to announce ` +
      `(it has ${found.length === 0 ? 'no addresses' : found.join(', ')}); set advertise.host`,
  );
}

function isPrivate(address: string): boolean {
  const [a = 0, b = 0] = hostToBytes(address);
  return (
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 100 && b >= 64 && b < 128)
  );
}

/**
 * Whether an address is one of this member: the bound one, the advertised one, or for a wildcard bind every address of
 * this machine with the bound port.
 */
export function isOwnAddress(
  address: Address,
  own: { readonly bound: Address; readonly advertised: Address },
  interfaces: () => InterfaceTable = networkInterfaces,
): boolean {
  const { bound, advertised } = own;
  if (sameAddress(address, bound) || sameAddress(address, advertised)) return true;
  if (address.port !== bound.port || !isWildcardHost(bound.host)) return false;
  if (!hostReaches(bound.host, address.host)) return false;
  return isLoopbackHost(address.host) || isWildcardHost(address.host) || isLocal(address.host, interfaces());
}

function isLocal(host: string, interfaces: InterfaceTable): boolean {
  return Object.values(interfaces).some((infos) =>
    infos?.some(({ address }) => canonicalHost(address) === host),
  );
}
