import { listOf, objectWith } from '../checks/objects.ts';
import { type ReadRows, type RowsOf, recordOf } from '../checks/record.ts';
import { byteCount, callable, filePath, flag, milliseconds, oneOf, text } from '../checks/scalars.ts';
import { familyOf, hostReaches } from '../io/socket-address.ts';
import type { Clock, Entropy, Logger, LogStorage, PacketTransport, Rng, StreamTransport } from '../ports.ts';
import { advertiseHost, bindHost, encryptionKey, memberTags, network, portNumber } from './option-kinds.ts';
import type { AdmissionPolicy, GossipOptions, GossipPorts, UserEventOptions } from './options.ts';
import { profilePorts } from './profiles.ts';
import { timingRows } from './timing-table.ts';

/**
 * Every option of `createGossip`: its kind, its default and its source. `options.ts` documents the same options for
 * readers, and `docs/gossip-options.md` is generated from both. Tests keep the three in step.
 */

/** Longer names leave too little room in a packet. Source: serf's ValidateNodeNames. */
const nameBytesMax = 128;
/** memberlist stores the length of a label in one byte. */
const labelBytesMax = 255;
/** Source: serf config.go UserEventSizeLimit. */
const eventBytesDefault = 512;
/** Source: serf serf.go UserEventSizeLimit, which no configuration may exceed. */
const eventBytesMax = 9216;
/** Five gossip rounds on a LAN, within which an event reaches a pool of a hundred members. */
const holdBackMsDefault = 1000;

const bindRows = {
  host: {
    kind: bindHost,
    default: '0.0.0.0',
    aliases: ['address', 'addr', 'ip', 'hostname', 'bindAddr', 'bindAddress', 'listen'],
  },
  port: {
    kind: portNumber(0),
    otherwise: `${profilePorts.lan} (lan), ${profilePorts.wan} (wan), ${profilePorts.local} (local)`,
    source: "Consul's ports of its pools, and the serf agent's",
    aliases: ['bindPort'],
  },
} satisfies RowsOf<NonNullable<GossipOptions['bind']>>;

const advertiseRows = {
  host: {
    kind: advertiseHost,
    otherwise: 'the bound address, or the first private IPv4 address on a wildcard bind',
    aliases: ['address', 'addr', 'ip', 'advertiseAddr', 'advertiseAddress', 'announce'],
  },
  port: { kind: portNumber(1), otherwise: 'the bound port', aliases: ['advertisePort'] },
} satisfies RowsOf<NonNullable<GossipOptions['advertise']>>;

const encryptionRows = {
  keys: {
    kind: listOf(encryptionKey, { allowed: 'a list of keys', hint: 'of one key: [key]' }),
    otherwise: 'those of `keyringFile`',
    source: 'memberlist config.go SecretKey, Keyring',
    isSecret: true,
    aliases: ['secretKey', 'encryptKey', 'encryptionKey', 'gossipKey', 'encrypt'],
  },
  keyringFile: { kind: filePath, otherwise: 'none', source: 'serf config.go KeyringFile' },
  verifyIncoming: { kind: flag, default: true, source: 'memberlist config.go GossipVerifyIncoming' },
  verifyOutgoing: { kind: flag, default: true, source: 'memberlist config.go GossipVerifyOutgoing' },
} satisfies RowsOf<NonNullable<GossipOptions['encryption']>>;

/** Requires a key, so that a member that asks for encryption never runs without it. */
const encryption = recordOf(encryptionRows, {
  allowed: 'an object such as { keys: [key] }',
  together: ({ keys, keyringFile }, { path, problems }) => {
    if (keyringFile !== undefined || (keys !== undefined && keys.length > 0)) return;
    const found = keys === undefined ? 'missing' : 'an empty list';
    problems.add(`${path}.keys is ${found}; allowed: at least one key, here or in keyringFile`);
  },
});

const coalesceRows = {
  periodMs: { kind: milliseconds({ min: 0 }), isRequired: true, source: 'serf config.go CoalescePeriod' },
  quietMs: { kind: milliseconds({ min: 0 }), isRequired: true, source: 'serf config.go QuiescentPeriod' },
} satisfies RowsOf<NonNullable<GossipOptions['coalesce']>>;

const userEventRows = {
  order: { kind: oneOf('arrival', 'lamport'), default: 'arrival' },
  holdBackMs: { kind: milliseconds(), default: holdBackMsDefault },
  bytesMax: {
    kind: byteCount({ min: 1, max: eventBytesMax }),
    default: eventBytesDefault,
    source: 'serf config.go UserEventSizeLimit',
    aliases: ['sizeLimit', 'userEventSizeLimit'],
  },
  coalesce: { kind: recordOf(coalesceRows), otherwise: 'off' },
} satisfies RowsOf<UserEventOptions>;

const snapshotRows = {
  path: {
    kind: filePath,
    isRequired: true,
    source: 'serf config.go SnapshotPath',
    aliases: ['file', 'snapshotPath'],
  },
  rejoinAfterLeave: { kind: flag, default: false, source: 'serf config.go RejoinAfterLeave' },
} satisfies RowsOf<NonNullable<GossipOptions['snapshot']>>;

const portRows = {
  clock: { kind: objectWith<Clock>('a clock', ['nowMs', 'wakeAt']), otherwise: "the process's" },
  rng: { kind: objectWith<Rng>('a generator', ['next']), otherwise: '`Math.random`' },
  entropy: { kind: objectWith<Entropy>('a generator', ['bytes']), otherwise: "the system's" },
  packets: {
    kind: objectWith<PacketTransport>('a transport', ['send', 'onPacket', 'close']),
    otherwise: 'a UDP socket',
  },
  streams: {
    kind: objectWith<StreamTransport>('a transport', ['dial', 'onConnection', 'close']),
    otherwise: 'a TCP listener',
  },
  snapshot: {
    kind: objectWith<LogStorage>('a storage', ['read', 'append', 'replace', 'sync', 'close']),
    otherwise: 'the file of `snapshot.path`',
  },
} satisfies RowsOf<Partial<GossipPorts>>;

const ports = recordOf(portRows, {
  together: ({ packets, streams }, { path, problems }) => {
    if ((packets === undefined) === (streams === undefined)) return;
    const found = packets === undefined ? 'streams alone' : 'packets alone';
    problems.add(`${path} is ${found}; allowed: both transports or none`);
  },
});

export const gossipRows = {
  name: {
    kind: text({ bytesMin: 1, bytesMax: nameBytesMax, allowed: `1 to ${nameBytesMax} bytes of UTF-8` }),
    isRequired: true,
    source: 'serf config.go NodeName',
    aliases: ['node', 'nodeName', 'memberName', 'id'],
  },
  profile: { kind: oneOf('lan', 'wan', 'local'), default: 'lan', source: 'memberlist config.go' },
  bind: {
    kind: recordOf(bindRows, { allowed: 'an object such as { host: "127.0.0.1", port: 7946 }' }),
    isAlwaysRead: true,
  },
  advertise: {
    kind: recordOf(advertiseRows, { allowed: 'an object such as { host: "10.0.0.5", port: 7946 }' }),
    isAlwaysRead: true,
  },
  tags: {
    kind: memberTags,
    default: Object.freeze({}),
    source: 'serf config.go Tags',
    aliases: ['meta', 'metadata'],
  },
  encryption: { kind: encryption, otherwise: 'off', isSecret: true },
  label: { kind: text({ bytesMax: labelBytesMax }), default: '', source: 'memberlist config.go Label' },
  skipInboundLabelCheck: { kind: flag, default: false, source: 'memberlist config.go SkipInboundLabelCheck' },
  compression: {
    kind: flag,
    default: true,
    source: 'memberlist config.go EnableCompression',
    aliases: ['compress'],
  },
  admission: {
    kind: callable<AdmissionPolicy>(),
    otherwise: 'every member is admitted',
    source: 'memberlist AliveDelegate, MergeDelegate',
  },
  allowedNetworks: {
    kind: listOf(network, { allowed: 'a list of networks such as ["10.0.0.0/8"]' }),
    otherwise: 'any',
    source: 'memberlist config.go CIDRsAllowed',
    aliases: ['allowedCidrs', 'cidrsAllowed'],
  },
  serfProtocol: {
    kind: oneOf(4, 5),
    default: 5,
    source: 'serf config.go ProtocolVersion',
    aliases: ['protocolVersion'],
  },
  coalesce: { kind: recordOf(coalesceRows), otherwise: 'off', source: 'serf config.go CoalescePeriod' },
  userEvents: { kind: recordOf(userEventRows), isAlwaysRead: true },
  conflictResolution: { kind: flag, default: false, source: 'serf config.go EnableNameConflictResolution' },
  coordinates: { kind: flag, default: true, source: 'serf config.go DisableCoordinates' },
  snapshot: {
    kind: recordOf(snapshotRows, { allowed: 'an object such as { path: "/var/lib/web-1/pool.snapshot" }' }),
    otherwise: 'none',
    source: 'serf config.go SnapshotPath',
  },
  timing: {
    kind: recordOf(timingRows, { allowed: 'an object of settings such as { probeIntervalMs: 500 }' }),
    isAlwaysRead: true,
  },
  logger: {
    kind: objectWith<Logger>('a logger', ['error', 'warn', 'info', 'debug', 'trace']),
    otherwise: 'silent',
    aliases: ['log'],
  },
  ports: { kind: ports, isAlwaysRead: true },
} satisfies RowsOf<GossipOptions>;

const elsewhere = Object.fromEntries(
  ['seeds', 'join', 'peers', 'startJoin', 'retryJoin', 'bootstrap'].map((name) => [
    name,
    'call join(seeds) on the gossip that createGossip gives',
  ]),
);

/** The options of `createGossip` as a whole. */
export const gossipOptions = recordOf(gossipRows, {
  allowed: 'an object such as { name: "web-1" }',
  elsewhere,
  // A member that announces an address of a family on which it does not listen cannot be reached.
  together: ({ advertise, bind, ports: given }, { problems }) => {
    const bound = given.packets?.localAddress.host ?? bind.host;
    const { host } = advertise;
    if (host === undefined || hostReaches(bound, host)) return;
    const allowed = `an ${familyOf(bound)} address, as the bound ${bound}; or bind.host "::" for both`;
    problems.add(`advertise.host is "${host}"; allowed: ${allowed}`);
  },
});

/** The options as they were read, with every default that does not follow from another option. */
export type ReadOptions = ReadRows<typeof gossipRows>;
