import { canonicalHost, isWildcardHost } from './socket-address.ts';

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
