import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { quote } from '@hobnob/catalog/go';

/** Where a connection goes. */
export interface GoAddress {
  /** A name or an IP address without brackets; '' for this machine. */
  readonly host: string;
  readonly port: number;
}

/** An address that Go does not dial, with Go's text. */
export class GoAddressError extends Error {
  override readonly name = 'GoAddressError';
}

/** Ports by name, as far as Go knows them without a file. Source: Go net/port_unix.go and lookup.go. */
const portsByName: ReadonlyMap<string, number> = new Map([
  ['domain', 53],
  ['ftp', 21],
  ['ftps', 990],
  ['gopher', 70],
  ['http', 80],
  ['https', 443],
  ['imap2', 143],
  ['imap3', 220],
  ['imaps', 993],
  ['pop3', 110],
  ['pop3s', 995],
  ['smtp', 25],
  ['ssh', 22],
  ['telnet', 23],
]);

/**
 * Reads `host:port`. Source: Go net.SplitHostPort and net.LookupPort.
 * @throws GoAddressError with the text that follows `dial tcp: ` in Go.
 */
export function parseGoAddress(text: string): GoAddress {
  const { host, port } = splitHostPort(text);
  return { host, port: portOf(port) };
}

function splitHostPort(text: string): { readonly host: string; readonly port: string } {
  const refuse = (why: string): GoAddressError => new GoAddressError(`address ${text}: ${why}`);
  const colon = text.lastIndexOf(':');
  if (colon < 0) throw refuse('missing port in address');
  const isBracketed = text.startsWith('[');
  const end = isBracketed ? text.indexOf(']') : -1;
  if (isBracketed) {
    if (end < 0) throw refuse("missing ']' in address");
    if (end + 1 === text.length) throw refuse('missing port in address');
    if (end + 1 !== colon) {
      throw refuse(text[end + 1] === ':' ? 'too many colons in address' : 'missing port in address');
    }
  } else if (text.slice(0, colon).includes(':')) {
    throw refuse('too many colons in address');
  }
  const host = isBracketed ? text.slice(1, end) : text.slice(0, colon);
  if (text.slice(isBracketed ? 1 : 0).includes('[')) throw refuse("unexpected '[' in address");
  if (text.slice(isBracketed ? end + 1 : 0).includes(']')) throw refuse("unexpected ']' in address");
  return { host, port: text.slice(colon + 1) };
}

function portOf(text: string): number {
  if (text === '') return 0;
  if (!/^[+-]?\d+$/.test(text)) {
    const port = portsByName.get(text.toLowerCase());
    if (port === undefined) throw new GoAddressError(`address tcp/${text}: unknown port`);
    return port;
  }
  const port = Number(text);
  if (port < 0 || port > 65_535) throw new GoAddressError(`address ${text}: invalid port`);
  return port;
}

/** An address as Go prints it: IPv6 in brackets. */
export function printGoAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Whether Go asks a name server for this name. Others are unknown names to it, although the system's resolver would
 * read some of them as numbers (`127.1`). Source: Go net.isDomainName.
 */
export function isDomainName(name: string): boolean {
  const labels = name.replace(/\.$/, '').split('.');
  return (
    name.length <= 254 &&
    /[a-zA-Z_-]/.test(name) &&
    labels.every((label) => /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/.test(label))
  );
}

/** Why a name has no address, as Go says it. `server` is the name server of the system. */
export function lookupText(name: string, code: string, server: string | undefined): string {
  const on = server === undefined || !isDomainName(name) ? '' : ` on ${server}`;
  return `lookup ${name}${on}: ${code === 'EAI_AGAIN' ? 'server misbehaving' : 'no such host'}`;
}

/** The name of a URL's host for a name server. */
export function asciiHost(host: string): string {
  return isIP(host) !== 0 || /^[\x20-\x7e]*$/.test(host) ? host : domainToASCII(host) || host;
}

/** The words of the operating system for an error code, as Go prints them. */
const systemTexts: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EADDRINUSE', 'address already in use'],
  ['EADDRNOTAVAIL', 'cannot assign requested address'],
  ['ECONNABORTED', 'software caused connection abort'],
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'connection reset by peer'],
  ['EHOSTDOWN', 'host is down'],
  ['EHOSTUNREACH', 'no route to host'],
  ['EINVAL', 'invalid argument'],
  ['EMFILE', 'too many open files'],
  ['ENETDOWN', 'network is down'],
  ['ENETUNREACH', 'network is unreachable'],
  ['ENFILE', 'too many open files in system'],
  ['EPERM', 'operation not permitted'],
  ['EPIPE', 'broken pipe'],
  ['ETIMEDOUT', 'connection timed out'],
]);

/** What the operating system says to an error code; the code in lower case when it is none that is known. */
export function systemText(code: string): string {
  return systemTexts.get(code) ?? (code === '' ? 'unknown error' : quote(code.toLowerCase()));
}
