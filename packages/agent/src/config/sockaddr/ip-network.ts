import { isIP } from 'node:net';

export type IpFamily = 4 | 6;

/** An address together with the length of its network's prefix. All bits of an address stand in one number. */
export interface IpNetwork {
  readonly family: IpFamily;
  readonly address: bigint;
  readonly prefixBits: number;
}

const bitsOf = { 4: 32, 6: 128 } as const;

export function addressBits(family: IpFamily): number {
  return bitsOf[family];
}

/** Every bit of an address, set. */
export function allOnes(family: IpFamily): bigint {
  return (1n << BigInt(bitsOf[family])) - 1n;
}

/** The bits of the address that are not of its network. */
export function hostMask({ family, prefixBits }: IpNetwork): bigint {
  return (1n << BigInt(bitsOf[family] - prefixBits)) - 1n;
}

export function netmask(network: IpNetwork): bigint {
  return allOnes(network.family) ^ hostMask(network);
}

export function firstAddress(network: IpNetwork): bigint {
  return network.address & netmask(network);
}

export function lastAddress(network: IpNetwork): bigint {
  return network.address | hostMask(network);
}

/** Whether all of the inner network lies in the outer one; networks of two families never do. */
export function contains(outer: IpNetwork, inner: IpNetwork): boolean {
  return (
    outer.family === inner.family &&
    firstAddress(outer) <= firstAddress(inner) &&
    lastAddress(outer) >= lastAddress(inner)
  );
}

/** Reads `10.0.0.1`, `10.0.0.0/8` or `fd00::/8`; an address alone is a network of one. Undefined for anything else. */
export function parseNetwork(text: string): IpNetwork | undefined {
  const [host = '', length, ...rest] = text.split('/');
  const family = isIP(host);
  if ((family !== 4 && family !== 6) || host.includes('%') || rest.length > 0) return undefined;
  const prefixBits = length === undefined ? bitsOf[family] : prefixLength(length, bitsOf[family]);
  if (prefixBits === undefined) return undefined;
  return { family, address: family === 4 ? ipv4Number(host) : ipv6Number(host), prefixBits };
}

function prefixLength(text: string, bitsMax: number): number | undefined {
  return /^\d{1,3}$/.test(text) && Number(text) <= bitsMax ? Number(text) : undefined;
}

function ipv4Number(text: string): bigint {
  return text.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function ipv6Number(text: string): bigint {
  const plain = text.replace(/(?<=:)[\d.]+\.\d+$/, (tail) => {
    const bits = ipv4Number(tail);
    return `${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`;
  });
  const [head = '', tail] = plain.split('::');
  const before = groupsIn(head);
  const after = groupsIn(tail ?? '');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(zeros).fill('0'), ...after].reduce(
    (sum, group) => (sum << 16n) | BigInt(`0x${group}`),
    0n,
  );
}

function groupsIn(text: string): readonly string[] {
  return text === '' ? [] : text.split(':');
}

/** The address alone, as Go prints it: the longest run of two or more zero groups becomes `::` (RFC 5952). */
export function formatAddress(family: IpFamily, address: bigint): string {
  if (family === 4) return octetsOf(family, address).join('.');
  if (address >> 32n === 0xffffn) return formatAddress(4, address & 0xffff_ffffn);
  const groups = Array.from({ length: 8 }, (_, index) => (address >> BigInt(112 - index * 16)) & 0xffffn);
  const text = groups.map((group) => group.toString(16)).join(':');
  const runs = [...text.matchAll(/(?<=^|:)0(?::0)+(?=:|$)/g)];
  const longest = runs.reduce<RegExpExecArray | undefined>(
    (best, run) => (best === undefined || run[0].length > best[0].length ? run : best),
    undefined,
  );
  if (longest === undefined) return text;
  const head = text.slice(0, longest.index).replace(/:$/, '');
  const tail = text.slice(longest.index + longest[0].length).replace(/^:/, '');
  return `${head}::${tail}`;
}

/** The address with the length of its prefix, which is left out where the network is that one address. */
export function formatNetwork({ family, address, prefixBits }: IpNetwork): string {
  const host = formatAddress(family, address);
  return prefixBits === bitsOf[family] ? host : `${host}/${prefixBits}`;
}

export function octetsOf(family: IpFamily, address: bigint): readonly number[] {
  const length = bitsOf[family] / 8;
  return Array.from({ length }, (_, index) => Number((address >> BigInt((length - 1 - index) * 8)) & 0xffn));
}
