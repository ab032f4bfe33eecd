import { hostFromBytes, hostToBytes, isNumericHost } from '../wire/address.ts';

/**
 * The canonical text of an address as the system reports it. A dual-stack socket reports IPv4 peers in the
 * mapped form `::ffff:192.0.2.1`, and an equal address must have equal text. A zone (`%eth0`) is dropped,
 * because the wire cannot carry one.
 */
export function canonicalHost(host: string): string {
  return host.includes(':') ? hostFromBytes(hostToBytes(host)) : host;
}

/** @throws Error when `host` is not a numeric address: sockets never resolve names. */
export function requireNumericHost(host: string): void {
  if (!isNumericHost(host)) throw new Error(`"${host}" is not a numeric IP address`);
}

/** Whether `host` means every interface. */
export function isWildcardHost(host: string): boolean {
  return host === '0.0.0.0' || canonicalHost(host) === '::';
}

/** The family of a numeric address; an IPv4 address in its IPv6-mapped form counts as IPv4. */
export function familyOf(host: string): 'IPv4' | 'IPv6' {
  return canonicalHost(host).includes(':') ? 'IPv6' : 'IPv4';
}

/**
 * Whether the families allow a socket bound to `bindHost` to send datagrams to `host`: `::` reaches both families, every
 * other address its own.
 */
export function hostReaches(bindHost: string, host: string): boolean {
  const takesBoth = isWildcardHost(bindHost) && familyOf(bindHost) === 'IPv6';
  return takesBoth || familyOf(bindHost) === familyOf(host);
}
