import { BlockList, isIP } from 'node:net';
import { GossipError } from './errors.ts';
import { familyOf, hostReaches } from './io/address-family.ts';
import { canonicalHost, isWildcardHost } from './io/socket-address.ts';
import type { AdmissionPolicy, GossipOptions, GossipPorts, GossipTiming } from './options.ts';
import { profilePorts, profileTimings } from './profiles.ts';
import {
  checkCoalesce,
  checkUserEvents,
  durationMsMax,
  type Problems,
  type ResolvedUserEvents,
} from './resolve-messaging.ts';
import { isKeyLength, keyFromText } from './serf/key-ring.ts';
import { encodeTags } from './wire/tags.ts';

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
}

/** memberlist stores the length of a label in one byte. */
const labelBytesMax = 255;
/** Longer names leave too little room in a packet. Source: serf's ValidateNodeNames. */
const nameBytesMax = 128;
/**
 * The largest announcement of ourselves has to fit, or nobody would ever hear of it: 128 bytes of name and
 * 512 of tags in a message of at most 716, in a packet with a label, encryption and a checksum.
 */
const packetBytesMin = 1024;
/**
 * Checks the options and fills in the defaults. Pure.
 * @throws GossipError GOSSIP_OPTIONS naming every problem with its path, value and what is allowed.
 */
export function resolveOptions(options: GossipOptions): GossipConfig {
  const found: string[] = [];
  const problems: Problems = {
    add: (path, value, allowed) => found.push(`${path} is ${describe(value)}; allowed: ${allowed}`),
  };
  const profile = options.profile ?? 'lan';
  if (!Object.hasOwn(profileTimings, profile)) problems.add('profile', profile, '"lan", "wan" or "local"');
  const config: GossipConfig = {
    name: checkName(options.name, problems),
    bind: checkBind(options, profilePorts[profile] ?? profilePorts.lan, problems),
    advertise: checkAdvertise(options, problems),
    tags: checkTags(options.tags ?? {}, options.serfProtocol ?? 5, problems),
    keys: checkKeys(options.encryption, problems),
    keyringFile: checkKeyringFile(options.encryption?.keyringFile, problems),
    verifyIncoming: options.encryption?.verifyIncoming ?? true,
    verifyOutgoing: options.encryption?.verifyOutgoing ?? true,
    label: checkLabel(options.label ?? '', problems),
    skipInboundLabelCheck: options.skipInboundLabelCheck ?? false,
    compression: options.compression ?? true,
    admission: options.admission,
    allowsHost: checkNetworks(options.allowedNetworks ?? [], problems),
    serfProtocol: options.serfProtocol ?? 5,
    coalesce: checkCoalesce('coalesce', options.coalesce, problems),
    userEvents: checkUserEvents(options.userEvents, problems),
    conflictResolution: options.conflictResolution ?? false,
    coordinates: options.coordinates ?? true,
    snapshot: checkSnapshot(options.snapshot, problems),
    timing: checkTiming(options.timing ?? {}, profileTimings[profile] ?? profileTimings.lan, problems),
  };
  checkPorts(options.ports ?? {}, problems);
  if (found.length > 0) {
    const message = `invalid gossip options: ${found.join('; ')}`;
    throw new GossipError('GOSSIP_OPTIONS', message, { problems: found });
  }
  return Object.freeze(config);
}

function checkName(name: string, problems: Problems): string {
  const length = typeof name === 'string' ? Buffer.byteLength(name) : 0;
  if (length < 1 || length > nameBytesMax) problems.add('name', name, `1 to ${nameBytesMax} bytes of UTF-8`);
  return name;
}

function checkBind({ bind }: GossipOptions, defaultPort: number, problems: Problems): GossipConfig['bind'] {
  const host = bind?.host ?? '0.0.0.0';
  if (isIP(host) === 0) problems.add('bind.host', host, 'a numeric IPv4 or IPv6 address');
  const port = bind?.port ?? defaultPort;
  checkPort('bind.port', port, 0, problems);
  return { host, port };
}

function checkAdvertise(
  { advertise, bind, ports }: GossipOptions,
  problems: Problems,
): GossipConfig['advertise'] {
  const host = advertise?.host;
  if (host !== undefined && isIP(host) === 0) {
    problems.add('advertise.host', host, 'a numeric IPv4 or IPv6 address');
  } else if (host !== undefined && isWildcardHost(host)) {
    problems.add('advertise.host', host, 'an address that others can reach');
  } else if (host !== undefined) {
    // Nobody could ever reach a member that announces a family on which it does not listen.
    const bindHost = ports?.packets?.localAddress.host ?? bind?.host ?? '0.0.0.0';
    if (isIP(bindHost) !== 0 && !hostReaches(bindHost, host)) {
      const allowed = `an ${familyOf(bindHost)} address, as the bound ${bindHost}; or bind.host "::" for both`;
      problems.add('advertise.host', host, allowed);
    }
  }
  const port = advertise?.port;
  if (port !== undefined) checkPort('advertise.port', port, 1, problems);
  // Peers announce us in canonical text, and another text would look like another address.
  return { host: host !== undefined && isIP(host) !== 0 ? canonicalHost(host) : host, port };
}

function checkPort(path: string, port: number, min: number, problems: Problems): void {
  if (!Number.isInteger(port) || port < min || port > 65_535) problems.add(path, port, `${min} to 65535`);
}

function checkTags(
  tags: Readonly<Record<string, string>>,
  serfProtocol: 4 | 5,
  problems: Problems,
): Readonly<Record<string, string>> {
  if (serfProtocol !== 4 && serfProtocol !== 5) problems.add('serfProtocol', serfProtocol, '4 or 5');
  try {
    encodeTags(tags);
  } catch (error) {
    problems.add('tags', tags, error instanceof Error ? error.message : 'names and values of text');
  }
  return Object.freeze({ ...tags });
}

/** Whoever asks for encryption and has no key must not end up without encryption. */
function checkKeys(encryption: GossipOptions['encryption'], problems: Problems): readonly Uint8Array[] {
  if (encryption === undefined) return [];
  const { keys = [], keyringFile } = encryption;
  if (keys.length === 0 && keyringFile === undefined) {
    problems.add('encryption.keys', keys, 'at least one key');
  }
  return keys.map((key, i) => {
    const bytes = typeof key === 'string' ? keyFromText(key) : key;
    if (bytes === undefined || !isKeyLength(bytes.length)) {
      const found = bytes === undefined ? 'not base64' : `${bytes.length} bytes long`;
      problems.add(`encryption.keys[${i}]`, found, '16, 24 or 32 bytes, or their base64');
    }
    return Uint8Array.from(bytes ?? []);
  });
}

function checkKeyringFile(path: string | undefined, problems: Problems): string | undefined {
  if (path === '') problems.add('encryption.keyringFile', path, 'the path of a file');
  return path;
}

function checkLabel(label: string, problems: Problems): string {
  if (Buffer.byteLength(label) > labelBytesMax)
    problems.add('label', label, `at most ${labelBytesMax} bytes`);
  return label;
}

function checkNetworks(networks: readonly string[], problems: Problems): (host: string) => boolean {
  if (networks.length === 0) return () => true;
  const allowed = new BlockList();
  for (const [i, network] of networks.entries()) {
    const [host = '', prefix = ''] = network.split('/', 2);
    const family = isIP(host);
    const bits = Number(prefix);
    if (family === 0 || !/^\d+$/.test(prefix) || bits > (family === 4 ? 32 : 128)) {
      problems.add(`allowedNetworks[${i}]`, network, 'CIDR such as 10.0.0.0/8');
    } else {
      allowed.addSubnet(host, bits, family === 4 ? 'ipv4' : 'ipv6');
    }
  }
  return (host) => allowed.check(host, host.includes(':') ? 'ipv6' : 'ipv4');
}

function checkSnapshot(snapshot: GossipOptions['snapshot'], problems: Problems): GossipConfig['snapshot'] {
  if (snapshot === undefined) return undefined;
  const { path, rejoinAfterLeave = false } = snapshot;
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    problems.add('snapshot.path', path, 'the path of a file');
  }
  return { path, rejoinAfterLeave };
}

function checkPorts({ packets, streams }: Partial<GossipPorts>, problems: Problems): void {
  if ((packets === undefined) === (streams === undefined)) return;
  problems.add('ports', packets === undefined ? 'streams alone' : 'packets alone', 'both transports or none');
}

/** Settings that may be 0, and what 0 means is said where they are declared. */
const mayBeZero: ReadonlySet<keyof GossipTiming> = new Set([
  'indirectChecks',
  'pushPullIntervalMs',
  'gossipToTheDeadMs',
  'deadNodeReclaimMs',
  'leavePropagateDelayMs',
  'queueDepthMin',
]);

function checkTiming(
  given: Partial<GossipTiming>,
  defaults: GossipTiming,
  problems: Problems,
): Readonly<GossipTiming> {
  const timing = { ...defaults, ...given };
  for (const [name, value] of Object.entries(timing) as [keyof GossipTiming, number][]) {
    if (!Object.hasOwn(defaults, name)) problems.add(`timing.${name}`, value, 'a known setting');
    const min = mayBeZero.has(name) ? 0 : 1;
    const isWhole = name.endsWith('Ms') || Number.isInteger(value);
    if (!Number.isFinite(value) || !isWhole || value < min || value > durationMsMax) {
      const allowed = name.endsWith('Ms') ? 'a time' : 'a whole number';
      problems.add(`timing.${name}`, value, `${allowed} from ${min} to ${durationMsMax}`);
    }
  }
  const { packetBytesMax } = timing;
  if (packetBytesMax < packetBytesMin || packetBytesMax > 65_507) {
    const allowed = `${packetBytesMin}, what one member's announcement can take, to 65507, what a datagram can hold`;
    problems.add('timing.packetBytesMax', packetBytesMax, allowed);
  }
  return Object.freeze(timing);
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
