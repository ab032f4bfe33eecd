import { lookup as systemLookup } from 'node:dns/promises';
import { orAborted } from '../runtime/waits.ts';
import { type Address, isNumericHost } from '../wire/address.ts';
import { canonicalHost } from './socket-address.ts';
import { reasonText } from './system-error.ts';

/** A parsed seed: a numeric address, or a host name for all its addresses. */
export interface Seed {
  /** The member's name, when the caller knows it. */
  readonly name?: string;
  /** A numeric address in canonical text, or a host name. */
  readonly host: string;
  readonly port: number;
}

export type ParsedSeed =
  | { readonly ok: true; readonly seed: Seed }
  | { readonly ok: false; readonly problem: string };

/** All addresses of a host name; rejects when there are none. */
export type HostLookup = (host: string) => Promise<readonly { readonly address: string }[]>;

export interface ResolveSeedOptions {
  /** Default: the system's resolver. */
  readonly lookup?: HostLookup;
  readonly signal?: AbortSignal;
}

const hostNameBytesMax = 253; // RFC 1035 §2.3.4, without the root's dot

/**
 * Parses `[name/]host[:port]`, memberlist's notation of join targets (gossip.md 2.1). An IPv6 address is written in
 * brackets, or bare without a port. A problem is a sentence for the error message.
 */
export function parseSeed(text: string, defaultPort: number): ParsedSeed {
  const slash = text.indexOf('/');
  const name = slash < 0 ? undefined : text.slice(0, slash);
  if (name === '') return problem(text, 'the name before "/" is empty');
  const { host, port } = splitPort(text.slice(slash + 1));
  if (port !== undefined && !/^\d{1,5}$/.test(port)) return problem(text, `"${port}" is not a port`);
  const portNumber = port === undefined ? defaultPort : Number(port);
  if (portNumber < 1 || portNumber > 65_535) return problem(text, `port ${portNumber} is not in 1-65535`);
  const hostProblem = problemOfHost(host);
  if (hostProblem !== undefined) return problem(text, hostProblem);
  const canonical = isNumericHost(host) ? canonicalHost(host) : host;
  return {
    ok: true,
    seed: { host: canonical, port: portNumber, ...(name === undefined ? {} : { name }) },
  };
}

/**
 * The addresses of a seed, without repeats, in the resolver's order. A numeric host is not resolved.
 * Rejects with the signal's reason, or with an Error whose `cause` is the resolver's.
 */
export async function resolveSeed(seed: Seed, options: ResolveSeedOptions = {}): Promise<readonly Address[]> {
  const { lookup = lookupAll, signal } = options;
  signal?.throwIfAborted();
  if (isNumericHost(seed.host)) return [{ host: seed.host, port: seed.port }];
  // The resolver cannot be interrupted: after an abort its result is ignored.
  const found = await orAborted(lookupOrExplain(lookup, seed.host), signal);
  const hosts = new Set(found.map(({ address }) => canonicalHost(address)));
  if (hosts.size === 0) throw new Error(`"${seed.host}" has no addresses`);
  return Array.from(hosts, (host) => ({ host, port: seed.port }));
}

function lookupAll(host: string): Promise<readonly { readonly address: string }[]> {
  return systemLookup(host, { all: true });
}

async function lookupOrExplain(lookup: HostLookup, host: string): ReturnType<HostLookup> {
  try {
    return await lookup(host);
  } catch (cause) {
    throw new Error(`cannot resolve "${host}": ${reasonText(cause)}`, { cause });
  }
}

function splitPort(text: string): { readonly host: string; readonly port: string | undefined } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) {
    // Brackets are for IPv6 only: with its brackets a name fails the check of the host.
    const inside = bracketed[1] ?? '';
    return { host: inside.includes(':') ? inside : text, port: bracketed[2] };
  }
  const first = text.indexOf(':');
  if (first < 0 || first !== text.lastIndexOf(':')) return { host: text, port: undefined };
  return { host: text.slice(0, first), port: text.slice(first + 1) };
}

function problemOfHost(host: string): string | undefined {
  if (host === '') return 'the host is empty';
  if (host.includes('%')) return 'an address with a zone cannot be announced to other members';
  if (isNumericHost(host)) return undefined;
  if (host.includes(':')) return `"${host}" is not an IPv6 address (write [address]:port)`;
  if (/^[\d.]+$/.test(host)) return `"${host}" is not an IPv4 address`;
  if (host.length > hostNameBytesMax || !/^[\w-]+(\.[\w-]+)*\.?$/.test(host)) {
    return `"${host}" is not a host name`;
  }
  return undefined;
}

function problem(text: string, what: string): ParsedSeed {
  return { ok: false, problem: `seed "${text}": ${what}` };
}
