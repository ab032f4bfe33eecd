import { WireError } from '../wire-error.ts';

/** The address of a member. `host` is a numeric IPv4 or IPv6 address in canonical text form. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, with brackets around IPv6. Equal addresses have equal text. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export function sameAddress(a: Address, b: Address): boolean {
  return a.port === b.port && a.host === b.host;
}

/** Whether a canonical host is a loopback address: 127/8 or ::1. */
export function isLoopbackHost(host: string): boolean {
  return host === '::1' || host.startsWith('127.');
}

/**
 * The canonical text of 4 or 16 address bytes. An IPv4 address in its 16-byte mapped form gives the same
 * text as in its 4-byte form, because peers use both for one address (gossip.md 8.5).
 * @throws WireError WIRE_MALFORMED when the length is neither 4 nor 16.
 */
export function hostFromBytes(bytes: Uint8Array): string {
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
  if (bytes.length !== 16) {
    throw new WireError('WIRE_MALFORMED', `an IP address has 4 or 16 bytes, not ${bytes.length}`);
  }
  if (isMappedIpv4(bytes)) return `${bytes[12]}.${bytes[13]}.${bytes[14]}.${bytes[15]}`;
  return formatIpv6(bytes);
}

/**
 * The bytes of a numeric address: 4 for IPv4, 16 for IPv6.
 * @throws WireError WIRE_MALFORMED when `host` is not a numeric address.
 */
export function hostToBytes(host: string): Uint8Array {
  const bytes = host.includes(':') ? parseIpv6(host) : parseIpv4(host);
  if (bytes === undefined) throw new WireError('WIRE_MALFORMED', `"${host}" is not a numeric IP address`);
  return bytes;
}

/** Whether `host` is a numeric IPv4 or IPv6 address. */
export function isNumericHost(host: string): boolean {
  return (host.includes(':') ? parseIpv6(host) : parseIpv4(host)) !== undefined;
}

function isMappedIpv4(bytes: Uint8Array): boolean {
  for (let i = 0; i < 10; i += 1) if (bytes[i] !== 0) return false;
  return bytes[10] === 0xff && bytes[11] === 0xff;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [i, part] of parts.entries()) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    bytes[i] = Number(part);
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const withoutZone = text.split('%', 1)[0] ?? '';
  const lastColon = withoutZone.lastIndexOf(':');
  const tail = withoutZone.slice(lastColon + 1);
  const tailV4 = tail.includes('.') ? parseIpv4(tail) : undefined;
  if (tail.includes('.') && tailV4 === undefined) return undefined;
  const hexText =
    tailV4 === undefined ? withoutZone : `${withoutZone.slice(0, lastColon)}:${hexGroups(tailV4)}`;
  const halves = hexText.split('::');
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? '');
  const rest = groupsOf(halves[1] ?? '');
  if (head === undefined || rest === undefined) return undefined;
  const missing = 8 - head.length - rest.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (const [i, group] of [...head, ...Array<number>(missing).fill(0), ...rest].entries()) {
    view.setUint16(i * 2, group);
  }
  return bytes;
}

function hexGroups(v4: Uint8Array): string {
  const view = new DataView(v4.buffer, v4.byteOffset, 4);
  return `${view.getUint16(0).toString(16)}:${view.getUint16(2).toString(16)}`;
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  for (const part of text.split(':')) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
    groups.push(Number.parseInt(part, 16));
  }
  return groups;
}

/** RFC 5952 §4: lower case, no leading zeros, the longest run of two or more zero groups as `::`. */
function formatIpv6(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(i * 2));
  let best = { start: -1, length: 1 };
  let start = -1;
  for (const [i, group] of groups.entries()) {
    if (group !== 0) {
      start = -1;
      continue;
    }
    if (start < 0) start = i;
    if (i - start + 1 > best.length) best = { start, length: i - start + 1 };
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.start < 0) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`;
}
