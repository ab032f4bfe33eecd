import type { InterfaceAddress, InterfaceFlag } from './interface-address.ts';
import { type IpNetwork, parseNetwork } from './ip-network.ts';

/** What the functions of a template work on: an address of an interface, as a number. */
export interface InterfaceEntry {
  readonly name: string;
  readonly flags: readonly InterfaceFlag[];
  readonly network: IpNetwork;
}

/** The addresses of this machine that a template may ask for. */
export interface HostInterfaces {
  readonly all: readonly InterfaceEntry[];
  /** The name of the interface that the default route uses. */
  readonly defaultName: string | undefined;
}

/** Addresses as numbers, in the order given; what is no address is left out. */
export function toEntries(addresses: readonly InterfaceAddress[]): readonly InterfaceEntry[] {
  return addresses.flatMap(({ name, flags, address, prefixBits }) => {
    const network = parseNetwork(`${address}/${prefixBits}`);
    return network === undefined ? [] : [{ name, flags, network }];
  });
}
