import type { Clock } from '@hobnob/gossip';
import {
  abortSignal,
  callable,
  finiteNumber,
  flag,
  type Kind,
  listOf,
  mapOf,
  objectWith,
  oneOf,
  type RowsOf,
  recordOf,
  text,
  wholeNumber,
} from '@hobnob/gossip/checks';
import type { CheckRegistration, ServiceRegistration } from '../client/records.ts';
import type {
  AgentAddresses,
  AgentOptions,
  AgentPortNumbers,
  CheckOptions,
  DefinitionOptions,
  HttpOptions,
  JoinOptions,
  LogOptions,
  PoolTiming,
  RaftSnapshotOptions,
  SidecarPortOptions,
} from '../options.ts';
import type { AgentLogger, AgentPorts } from '../ports.ts';

import type { TlsOptions } from '../tls/options.ts';
import type { AgentForceLeaveOptions, AgentJoinOptions, AgentRuntime } from '../types.ts';
import { registrationKind } from './registration-kind.ts';

/**
 * Every option of an agent with its type, for callers without TypeScript. Ranges, defaults and what options mean
 * together are checked where the configuration is resolved, in Consul's own sentences.
 */

const anyText = { kind: text() } as const;
const anyFlag = { kind: flag } as const;
const anyWhole = { kind: wholeNumber({ min: Number.MIN_SAFE_INTEGER }) } as const;
const anyNumber = { kind: finiteNumber } as const;

const textMap = mapOf(text(), 'an object of names and text such as { rack: "7" }');
const headers = mapOf(text(), 'an object of headers and text such as { "X-Frame-Options": "DENY" }');

function texts(example: string): { readonly kind: Kind<readonly string[]> } {
  const allowed = `a list of text such as ["${example}"]`;
  return { kind: listOf(text(), { allowed, hint: 'of one value: [value]' }) };
}

const portRows = {
  http: anyWhole,
  https: anyWhole,
  dns: anyWhole,
  grpc: anyWhole,
  serfLan: anyWhole,
  serfWan: anyWhole,
  server: anyWhole,
} satisfies RowsOf<Partial<AgentPortNumbers>>;

const joinRows = {
  startJoin: texts('10.0.0.1'),
  retryJoin: texts('10.0.0.1'),
  retryIntervalMs: anyNumber,
  retryMaxAttempts: anyNumber,
} satisfies RowsOf<JoinOptions>;

const timingRows = {
  gossipIntervalMs: anyNumber,
  gossipNodes: anyNumber,
  probeIntervalMs: anyNumber,
  probeTimeoutMs: anyNumber,
  suspicionMult: anyNumber,
  retransmitMult: anyNumber,
  reconnectTimeoutMs: anyNumber,
} satisfies RowsOf<PoolTiming>;

const addressRows = {
  http: anyText,
  dns: anyText,
  https: anyText,
  grpc: anyText,
} satisfies RowsOf<AgentAddresses>;

const httpRows = {
  responseHeaders: { kind: headers, aliases: ['headers'] },
  blockEndpoints: texts('/v1/operator'),
  connectionsPerClientMax: anyWhole,
  valueBytesMax: anyWhole,
  txnBytesMax: anyWhole,
  socketMode: anyText,
  handshakeTimeoutMs: anyNumber,
} satisfies RowsOf<HttpOptions>;

const tlsRows = {
  certFile: anyText,
  keyFile: anyText,
  caFile: anyText,
  caPath: anyText,
  verifyIncoming: anyFlag,
  verifyIncomingHttps: anyFlag,
  minVersion: anyText,
  cipherSuites: anyText,
  securesChecks: anyFlag,
  serverName: anyText,
  prefersServerCipherSuites: anyFlag,
} satisfies RowsOf<TlsOptions>;

const checkRows = {
  updateIntervalMs: anyNumber,
  deregisterMinMs: anyNumber,
  outputBytesMax: anyWhole,
  discardsOutput: anyFlag,
  allowsScripts: anyFlag,
  allowsLocalScripts: anyFlag,
} satisfies RowsOf<CheckOptions>;

const sidecarPortRows = { min: anyWhole, max: anyWhole } satisfies RowsOf<SidecarPortOptions>;

const definitionRows = {
  services: {
    kind: listOf(registrationKind<ServiceRegistration>(), {
      allowed: 'a list of services such as [{ Name: "web", Port: 80 }]',
      hint: 'of one service: [service]',
    }),
  },
  checks: {
    kind: listOf(registrationKind<CheckRegistration>(), {
      allowed: 'a list of checks such as [{ Name: "disk", TTL: "30s" }]',
      hint: 'of one check: [check]',
    }),
  },
} satisfies RowsOf<DefinitionOptions>;

const logRows = {
  level: { ...anyText, aliases: ['logLevel'] },
  json: { ...anyFlag, aliases: ['logJson'] },
  file: { ...anyText, aliases: ['logFile'] },
  rotateBytes: anyWhole,
  rotateDurationMs: anyNumber,
  rotateFilesMax: anyWhole,
} satisfies RowsOf<LogOptions>;

const snapshotRows = {
  intervalMs: anyNumber,
  threshold: anyWhole,
  trailing: anyWhole,
} satisfies RowsOf<RaftSnapshotOptions>;

/** What is in a watch is checked where the configuration is resolved. */
const anything: Kind<unknown> = { allowed: 'any value', read: (value) => value };
const watch = mapOf(anything, 'an object such as { type: "nodes", args: ["/usr/local/bin/on-change"] }');

const join = { kind: recordOf(joinRows, { allowed: 'an object such as { retryJoin: ["10.0.0.1"] }' }) };
const timing = { kind: recordOf(timingRows, { allowed: 'an object such as { probeIntervalMs: 500 }' }) };

export const agentRows = {
  dev: anyFlag,
  server: anyFlag,
  bootstrap: anyFlag,
  bootstrapExpect: anyWhole,
  nodeName: { ...anyText, aliases: ['name', 'node'] },
  nodeId: anyText,
  nodeMeta: { kind: textMap, aliases: ['meta'] },
  datacenter: { ...anyText, aliases: ['dc'] },
  primaryDatacenter: anyText,
  dataDir: { ...anyText, aliases: ['dataDirectory', 'path'] },
  pidFile: anyText,
  protocol: anyWhole,
  raftProtocol: anyWhole,
  raftSnapshots: { kind: recordOf(snapshotRows, { allowed: 'an object such as { threshold: 16384 }' }) },
  bindAddress: { ...anyText, aliases: ['bind', 'bindAddr', 'host'] },
  advertiseAddress: { ...anyText, aliases: ['advertise', 'advertiseAddr'] },
  advertiseAddressWan: { ...anyText, aliases: ['advertiseWan', 'advertiseAddrWan'] },
  serfLanAddress: { ...anyText, aliases: ['serfLanBind'] },
  serfWanAddress: { ...anyText, aliases: ['serfWanBind'] },
  clientAddress: { ...anyText, aliases: ['client', 'clientAddr'] },
  addresses: { kind: recordOf(addressRows, { allowed: 'an object such as { http: "127.0.0.1" }' }) },
  ports: { kind: recordOf(portRows, { allowed: 'an object such as { http: 8500 }' }) },
  lanJoin: { ...join, aliases: ['join', 'seeds'] },
  wanJoin: { ...join, aliases: ['joinWan', 'startJoinWan', 'retryJoinWan'] },
  encrypt: { ...anyText, isSecret: true, aliases: ['key', 'encryption', 'encryptKey', 'gossipKey'] },
  disableKeyringFile: anyFlag,
  rejoinAfterLeave: { ...anyFlag, aliases: ['rejoin'] },
  encryptVerifyIncoming: anyFlag,
  encryptVerifyOutgoing: anyFlag,
  lanTiming: { ...timing, aliases: ['timing', 'gossipLan'] },
  wanTiming: { ...timing, aliases: ['gossipWan'] },
  serfLanAllowedCidrs: texts('10.0.0.0/8'),
  serfWanAllowedCidrs: texts('10.0.0.0/8'),
  leaveOnTerminate: anyFlag,
  skipLeaveOnInterrupt: anyFlag,
  sessionTtlMinMs: anyNumber,
  checks: { kind: recordOf(checkRows, { allowed: 'an object such as { updateIntervalMs: 0 }' }) },
  sidecarPorts: {
    kind: recordOf(sidecarPortRows, { allowed: 'an object such as { min: 21000, max: 21255 }' }),
  },
  definitions: {
    kind: recordOf(definitionRows, { allowed: 'an object such as { services: [{ Name: "web" }] }' }),
  },
  watches: {
    kind: listOf(watch, {
      allowed: 'a list of objects such as [{ type: "nodes", args: ["/usr/local/bin/on-change"] }]',
      hint: 'of one watch: [watch]',
    }),
    // It may hold tokens.
    isSecret: true,
  },
  http: { kind: recordOf(httpRows, { allowed: 'an object such as { connectionsPerClientMax: 200 }' }) },
  tls: {
    kind: recordOf(tlsRows, { allowed: 'an object such as { certFile: "agent.pem", keyFile: "agent.key" }' }),
  },
  log: { kind: recordOf(logRows, { allowed: 'an object such as { level: "info" }' }) },
  withoutEffect: texts('ui'),
} satisfies RowsOf<AgentOptions>;

const levels = ['error', 'warn', 'info', 'debug', 'trace', 'child'] as const;

const runtimePortRows = {
  clock: { kind: objectWith<Clock>('a clock', ['nowMs', 'wakeAt']) },
  createGossip: { kind: callable<AgentPorts['createGossip']>() },
} satisfies RowsOf<Partial<AgentPorts>>;

export const runtimeRows = {
  logger: { kind: objectWith<AgentLogger>('a logger', levels) },
  ports: { kind: recordOf(runtimePortRows) },
  readOptions: { kind: callable<NonNullable<AgentRuntime['readOptions']>>() },
  onReloaded: { kind: callable<NonNullable<AgentRuntime['onReloaded']>>() },
  onPrepared: { kind: callable<NonNullable<AgentRuntime['onPrepared']>>() },
  signal: { kind: abortSignal },
} satisfies RowsOf<AgentRuntime>;

/** The arguments of an agent's methods. */
export const agentMethods = {
  join: {
    addresses: { ...texts('10.0.0.1'), isRequired: true },
    options: {
      kind: recordOf({
        pool: { kind: oneOf('lan', 'wan') },
        signal: { kind: abortSignal },
      } satisfies RowsOf<AgentJoinOptions>),
      isAlwaysRead: true,
    },
  },
  forceLeave: {
    node: { ...anyText, isRequired: true },
    options: {
      kind: recordOf({
        prune: anyFlag,
        signal: { kind: abortSignal },
      } satisfies RowsOf<AgentForceLeaveOptions>),
      isAlwaysRead: true,
    },
  },
} as const;
