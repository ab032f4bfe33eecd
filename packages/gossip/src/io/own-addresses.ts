import { networkInterfaces } from 'node:os';
import { type Address, isLoopbackHost, sameAddress } from '../wire/address.ts';
import { hostReaches } from './address-family.ts';
import type { InterfaceTable } from './interfaces.ts';
import { canonicalHost, isWildcardHost } from './socket-address.ts';

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
