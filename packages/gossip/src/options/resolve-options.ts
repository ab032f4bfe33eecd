import { BlockList, isIP } from 'node:net';
import { readOrThrow } from '../checks/kind.ts';
import { GossipError } from '../errors.ts';
import type { Logger } from '../ports.ts';
import type { AdmissionPolicy, GossipOptions, GossipPorts, GossipTiming } from './options.ts';
import { gossipOptions, type ReadOptions } from './options-table.ts';
import { profilePorts, profileTimings } from './profiles.ts';

/** The checked options of a gossip, with every default filled in. */
export interface GossipConfig {
  readonly name: string;
  readonly bind: { readonly host: string; readonly port: number };
  /** A part that is undefined follows from the bound address. */
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
  /** The logger as given; undefined for none. */
  readonly logger: Logger | undefined;
  /** The ports that were given. */
  readonly ports: Partial<GossipPorts>;
  /** Warnings for the log about settings that are allowed but probably wrong. */
  readonly warnings: readonly string[];
}

/** The options of user events with every default filled in. */
export type ResolvedUserEvents = ReadOptions['userEvents'];

/**
 * Checks the options, which callers without TypeScript may pass as anything, and fills in the defaults. Pure.
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

/** A copy without the fields that are undefined. */
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

/** memberlist accepts such settings without a warning, so operators of Consul may have them. */
function timingWarnings({ probeIntervalMs, probeTimeoutMs, indirectChecks }: GossipTiming): string[] {
  if (probeTimeoutMs <= probeIntervalMs || indirectChecks === 0) return [];
  return [
    `timing.probeTimeoutMs (${probeTimeoutMs}) is longer than timing.probeIntervalMs (${probeIntervalMs}): ` +
      'no time is left for indirect probes, and one lost packet makes a member suspect',
  ];
}
