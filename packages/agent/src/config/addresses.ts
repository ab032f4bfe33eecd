import { isIP } from 'node:net';
import type { HttpListener, HttpProtocol } from '../options.ts';
import type { Problems } from './problems.ts';

/** The facts of this machine that defaults depend on. */
export interface HostFacts {
  readonly hostname: string;
  /** Private IPv4 addresses (RFC 1918 and RFC 6598) of interfaces that are up. */
  readonly privateIpv4: readonly string[];
  /** Global IPv6 addresses of interfaces that are up. */
  readonly publicIpv6: readonly string[];
}

/** Checks one IP address and returns its plain form, without brackets. Undefined after a problem. */
export function resolveIp(path: string, text: string, problems: Problems): string | undefined {
  const trimmed = text.trim();
  if (trimmed === '') {
    problems.add(`${path} cannot be empty`);
  } else if (trimmed.includes('{{')) {
    problems.add(templateSentence(path, trimmed));
  } else if (/\s/.test(trimmed)) {
    problems.add(`${path} cannot contain multiple addresses, got "${trimmed}": give one`);
  } else {
    const host = unbracketed(trimmed);
    if (isIP(host) !== 0) return host;
    problems.add(`${path}: invalid ip address: ${trimmed}`);
  }
  return undefined;
}

/** A list of addresses separated by spaces, each an IP or, with `sockets`, `unix:///path`. */
export function resolveIpList(
  path: string,
  text: string,
  problems: Problems,
  { sockets }: { readonly sockets: boolean },
): readonly string[] {
  if (text.includes('{{')) {
    problems.add(templateSentence(path, text));
    return [];
  }
  const items = [...new Set(text.split(/\s+/).filter((item) => item !== ''))];
  if (items.length === 0) problems.add(`${path} cannot be empty`);
  return items.flatMap((item) => {
    if (item.startsWith('unix://')) {
      if (sockets && item.length > 'unix://'.length) return [item];
      problems.add(`${path}: "${item}" cannot be a unix socket`);
      return [];
    }
    const host = unbracketed(item);
    if (isIP(host) !== 0) return [host];
    problems.add(`${path}: invalid ip address: ${item}`);
    return [];
  });
}

/** The address to advertise by default: the bound one, or the only suitable one of the machine. */
export function chooseAdvertiseAddress(bind: string, host: HostFacts, problems: Problems): string {
  if (!isWildcard(bind)) return bind;
  const [kind, found] =
    isIP(bind) === 4 ? ['private IPv4', host.privateIpv4] : ['public IPv6', host.publicIpv6];
  const [only, second] = found;
  if (only === undefined) {
    problems.add(`No ${kind} address found: name the one to announce with 'bind' or 'advertise'`);
  } else if (second !== undefined) {
    problems.add(
      `Multiple ${kind} addresses found. Please configure one with 'bind' and/or 'advertise': ${found.join(', ')}`,
    );
  }
  return only ?? '';
}

export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || /^[0:]+$/.test(host);
}

/** Every address that the API listens on over `protocol`. */
export function httpListeners(
  addresses: readonly string[],
  port: number,
  protocol: HttpProtocol,
): readonly HttpListener[] {
  return addresses.flatMap((address): HttpListener[] => {
    if (address.startsWith('unix://')) {
      return [{ kind: 'unix', path: address.slice('unix://'.length), protocol }];
    }
    return port < 0 ? [] : [{ kind: 'tcp', host: address, port, protocol }];
  });
}

function unbracketed(text: string): string {
  return text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
}

function templateSentence(path: string, text: string): string {
  return `${path} "${text}" is a go-sockaddr template, which this version does not evaluate: write the address itself`;
}
