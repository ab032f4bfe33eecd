import { lookup as systemLookup } from 'node:dns/promises';
import { type Address, isNumericHost } from '../wire/address.ts';
import { canonicalHost } from './socket-address.ts';
import { reasonText } from './system-error.ts';

/** Where to join: a host, or all addresses of a host name. */
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
 * Reads `[name/]host[:port]`, as memberlist writes join targets (gossip.md 2.1). An IPv6 address stands bare
 * without a port, or in brackets. What is wrong comes back as a sentence fit for a list of problems.
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
 * The addresses a seed stands for, without repeats, in the resolver's order. A numeric host is never looked up.
 * Rejects with the signal's reason, or with an Error whose `cause` is the resolver's.
 */
export async function resolveSeed(seed: Seed, options: ResolveSeedOptions = {}): Promise<readonly Address[]> {
  const { lookup = lookupAll, signal } = options;
  signal?.throwIfAborted();
  if (isNumericHost(seed.host)) return [{ host: seed.host, port: seed.port }];
  const found = await abortable(lookupOrExplain(lookup, seed.host), signal);
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

/** The resolver cannot be interrupted: an abort leaves it running and ignores what it finds. */
function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function splitPort(text: string): { readonly host: string; readonly port: string | undefined } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) {
    // A name in brackets is nobody's address: keeping the brackets makes the host check refuse it.
    const inside = bracketed[1] ?? '';
    return { host: inside.includes(':') ? inside : text, port: bracketed[2] };
  }
  const first = text.indexOf(':');
  if (first < 0 || first !== text.lastIndexOf(':')) return { host: text, port: undefined };
  return { host: text.slice(0, first), port: text.slice(first + 1) };
}

function problemOfHost(host: string): string | undefined {
  if (host === '') return 'the host is empty';
  if (host.includes('%')) return 'an address with a zone cannot be announced to others';
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
