/** What the kernel says of an interface, in the order in which Go lists it. */
export const interfaceFlags = ['up', 'broadcast', 'loopback', 'pointtopoint', 'multicast'] as const;
export type InterfaceFlag = (typeof interfaceFlags)[number];

/** One address of one interface of this machine. */
export interface InterfaceAddress {
  /** Like `eth0`. */
  readonly name: string;
  /** An IPv4 or IPv6 address without a zone. */
  readonly address: string;
  /** The length of the prefix that its network has, in bits. */
  readonly prefixBits: number;
  readonly flags: readonly InterfaceFlag[];
}
