import { isIP } from 'node:net';
import type { HttpListener, HttpProtocol } from '../options.ts';
import { type AddressChecks, expandWords } from './expand-words.ts';
import type { HostFacts } from './host-facts.ts';
import type { Problems } from './problems.ts';

/**
 * Checks one IP address, which may be a template, and returns its plain form, without brackets: empty when the text, or what
 * its template finds, is empty. Undefined after a problem.
 */
export function resolveIp(path: string, text: string, checks: AddressChecks): string | undefined {
  const words = expandWords(path, text, checks);
  if (words === undefined) return undefined;
  const { problems } = checks;
  const wrong = words.find((word) => !isSocket(word) && isIP(unbracketed(word)) === 0);
  const [only = '', second] = words;
  if (wrong !== undefined) {
    problems.add(`${path}: invalid ip address: ${wrong}`);
  } else if (second !== undefined) {
    problems.add(severalSentence(path, words.map(unbracketed)));
  } else if (isSocket(only)) {
    problems.add(`${path} cannot be a unix socket`);
  } else {
    return unbracketed(only);
  }
  return undefined;
}

/** Consul has a sentence of its own for `bind_addr`. */
function severalSentence(path: string, found: readonly string[]): string {
  return path === 'bind_addr'
    ? `bind_addr cannot contain multiple addresses. Use 'addresses.{dns,http,https}' instead: ${found.join(' ')}`
    : `${path}: multiple addresses found: ${found.join(' ')}`;
}

/**
 * A list of addresses separated by spaces, each an IP or, with `sockets`, `unix:///path`; templates add what they find.
 * Undefined after a problem.
 */
export function resolveIpList(
  path: string,
  text: string,
  checks: AddressChecks,
  { sockets }: { readonly sockets: boolean },
): readonly string[] | undefined {
  const words = expandWords(path, text, checks);
  const faults = (words ?? []).flatMap((word) => {
    if (!isSocket(word)) return isIP(unbracketed(word)) === 0 ? [`${path}: invalid ip address: ${word}`] : [];
    return sockets && word.length > 'unix://'.length ? [] : [`${path}: "${word}" cannot be a unix socket`];
  });
  for (const fault of faults) checks.problems.add(fault);
  return words === undefined || faults.length > 0 ? undefined : [...new Set(words.map(unbracketed))];
}

/** The address to advertise by default: the bound one, or the only suitable one of the machine. */
export function chooseAdvertiseAddress(bind: string, host: HostFacts, problems: Problems): string {
  if (!isWildcard(bind)) return bind;
  const [kind, found] =
    isIP(bind) === 4 ? ['private IPv4', host.privateIpv4] : ['public IPv6', host.publicIpv6];
  const [only, second] = found;
  if (only === undefined) {
    problems.add(`No ${kind} address found: name the one to announce with bind_addr or advertise_addr`);
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

function isSocket(text: string): boolean {
  return text.startsWith('unix://');
}
