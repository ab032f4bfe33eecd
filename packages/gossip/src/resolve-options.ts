import { BlockList, isIP } from 'node:net';
import { readOrThrow } from './checks/kind.ts';
import { GossipError } from './errors.ts';
import type { AdmissionPolicy, GossipOptions, GossipPorts, GossipTiming } from './options.ts';
import { gossipOptions, type ReadOptions } from './options-table.ts';
import type { Logger } from './ports.ts';
import { profilePorts, profileTimings } from './profiles.ts';

/** What `createGossip` runs with: everything checked, every default filled in. */
export interface GossipConfig {
  readonly name: string;
  readonly bind: { readonly host: string; readonly port: number };
  /** A part that is undefined follows from where we are bound. */
  readonly advertise: { readonly host: string | undefined; readonly port: number | undefined };
  readonly tags: Readonly<Record<string, string>>;
  readonly keys: readonly Uint8Array[];
  readonly keyringFile: string | undefined;
  readonly verifyIncoming: boolean;
  readonly verifyOutgoing: boolean;
  readonly label: string;
  readonly skipInboundLabelCheck: boolean;
  readonly compression: boolean;
  readonly admission: AdmissionPolicy | undefined;
  readonly allowsHost: (host: string) => boolean;
  readonly serfProtocol: 4 | 5;
  readonly coalesce: { readonly periodMs: number; readonly quietMs: number } | undefined;
  readonly userEvents: ResolvedUserEvents;
  readonly conflictResolution: boolean;
  readonly coordinates: boolean;
  readonly snapshot: { readonly path: string; readonly rejoinAfterLeave: boolean } | undefined;
  readonly timing: GossipTiming;
  /** As given; undefined for silence. */
  readonly logger: Logger | undefined;
  /** Those that were given. */
  readonly ports: Partial<GossipPorts>;
  /** What is allowed and deserves a second look: sentences for the log. */
  readonly warnings: readonly string[];
}

/** How user events are sent and told, every default filled in. */
export type ResolvedUserEvents = ReadOptions['userEvents'];

/**
 * Checks the options and fills in the defaults. Pure. Callers without TypeScript may pass anything.
 * @throws GossipError GOSSIP_OPTIONS naming every problem with its path, value and what is allowed.
 */
export function resolveOptions(options: GossipOptions): GossipConfig {
  const { profile, bind, encryption, timing, allowedNetworks, ports, ...read } = readOrThrow(
    gossipOptions,
    options,
    (problems) =>
      new GossipError('GOSSIP_OPTIONS', `invalid gossip options: ${problems.join('; ')}`, { problems }),
  );
  const settings: GossipTiming = Object.freeze({ ...profileTimings[profile], ...given(timing) });
  return Object.freeze({
    ...read,
    bind: { host: bind.host, port: bind.port ?? profilePorts[profile] },
    keys: encryption?.keys ?? [],
    keyringFile: encryption?.keyringFile,
    verifyIncoming: encryption?.verifyIncoming ?? true,
    verifyOutgoing: encryption?.verifyOutgoing ?? true,
    allowsHost: allowing(allowedNetworks ?? []),
    timing: settings,
    ports: given(ports),
    warnings: timingWarnings(settings),
  });
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** The same without what was left out. */
function given<T extends object>(values: T): Given<T> {
  // The filter removes exactly what `Given` leaves out.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}

function allowing(networks: readonly string[]): (host: string) => boolean {
  if (networks.length === 0) return () => true;
  const allowed = new BlockList();
  for (const network of networks) {
    const [host = '', bits] = network.split('/');
    allowed.addSubnet(host, Number(bits), isIP(host) === 4 ? 'ipv4' : 'ipv6');
  }
  return (host) => allowed.check(host, host.includes(':') ? 'ipv6' : 'ipv4');
}

/** memberlist takes such settings without a word, and Consul's operators may have them. */
function timingWarnings({ probeIntervalMs, probeTimeoutMs, indirectChecks }: GossipTiming): string[] {
  if (probeTimeoutMs <= probeIntervalMs || indirectChecks === 0) return [];
  return [
    `timing.probeTimeoutMs (${probeTimeoutMs}) is longer than timing.probeIntervalMs (${probeIntervalMs}): ` +
      'no time is left to ask other members, and one lost packet makes a member suspect',
  ];
}
