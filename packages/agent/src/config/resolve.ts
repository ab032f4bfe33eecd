import { AgentError } from '../errors.ts';
import type { AgentConfig, AgentOptions, PoolTiming } from '../options.ts';
import { chooseAdvertiseAddress, isWildcard, resolveIp, resolveIpList } from './addresses.ts';
import { checkOptions } from './check-options.ts';
import { resolveChecks, resolveSidecarPorts } from './check-settings.ts';
import { resolveDefinitions } from './definitions.ts';
import type { AddressChecks } from './expand-words.ts';
import type { HostFacts } from './host-facts.ts';
import { resolveListeners } from './listeners.ts';
import { resolveLogFile, resolveLogLevel } from './log-options.ts';
import {
  checkCidrs,
  checkGossipKey,
  checkHeaders,
  checkTiming,
  defaultPorts,
  resolveJoin,
  resolvePorts,
  resolveSocketMode,
} from './network-checks.ts';
import { checkNodeMeta, checkNodeName, isUuid, resolveBootstrap, resolveDatacenter } from './node-checks.ts';
import { listProblems, Problems } from './problems.ts';
import { resolveTls } from './tls-settings.ts';
import { resolveWatches } from './watch-settings.ts';

/** Consul's timings of both pools in dev mode (agent/config DevSource). */
const devTiming: PoolTiming = {
  gossipIntervalMs: 100,
  probeIntervalMs: 100,
  probeTimeoutMs: 100,
  suspicionMult: 3,
};

/** Consul's `reconnect_timeout`: how long a failed member is kept and tried again. */
const reconnectTimeoutMsDefault = 72 * 3_600_000;
const connectionsPerClientMaxDefault = 200;
/** Source: Consul agent/config/default.go. */
const handshakeTimeoutMsDefault = 5_000;
/** Source: Consul agent/config/default.go, raft.SuggestedMaxDataSize. */
const kvBytesMaxDefault = 512 * 1024;
/** Consul's (agent/consul config.go DefaultConfig). */
const protocolDefault = 2;
const raftProtocolDefault = 3;
/** Source: Consul's raft, DefaultConfig. 0 means the default too. */
const snapshotDefaults = { intervalMs: 30_000, threshold: 16_384, trailing: 10_240 };

/**
 * Checks options and fills in what is missing. Pure: what depends on the machine comes in `host`. Callers without
 * TypeScript may pass anything.
 * @throws AgentError AGENT_CONFIG with every problem.
 */
export function resolveAgentOptions(given: AgentOptions, host: HostFacts): AgentConfig {
  const problems = new Problems();
  const warnings = new Problems();
  const { options, wrong, ...checked } = checkOptions(given);
  for (const problem of checked.problems) problems.add(problem);
  const dev = options.dev ?? false;
  const server = options.server ?? dev;
  const dataDir = options.dataDir ?? '';
  if (dataDir === '' && !dev && !wrong.has('dataDir') && !wrong.has('dev')) {
    problems.add(
      'data_dir cannot be empty: name a directory with -data-dir, or start with -dev to keep nothing',
    );
  }
  if (options.nodeId !== undefined && options.nodeId !== '' && !isUuid(options.nodeId)) {
    problems.add(
      `node_id "${options.nodeId}" is not a UUID: expected 36 characters like those uuidgen prints`,
    );
  }
  for (const setting of options.withoutEffect ?? []) {
    warnings.add(`"${setting}" is accepted but has no effect yet`);
  }
  const checks: AddressChecks = { host, problems };
  const network = resolveNetwork(options, checks);
  const node = resolveNode(options, host, problems, warnings);
  const config: AgentConfig = {
    dev,
    server,
    dataDir,
    pidFile: options.pidFile ?? '',
    protocol: options.protocol !== undefined && options.protocol > 0 ? options.protocol : protocolDefault,
    nodeId: (options.nodeId ?? '').toLowerCase(),
    logLevel: resolveLogLevel(options, problems),
    logJson: options.log?.json ?? false,
    logFile: resolveLogFile(options.log ?? {}),
    leaveOnTerminate: options.leaveOnTerminate ?? !server,
    skipLeaveOnInterrupt: options.skipLeaveOnInterrupt ?? server,
    sessionTtlMinMs: options.sessionTtlMinMs ?? 0,
    raftProtocol: options.raftProtocol || raftProtocolDefault,
    raftSnapshots: {
      intervalMs: options.raftSnapshots?.intervalMs || snapshotDefaults.intervalMs,
      threshold: options.raftSnapshots?.threshold || snapshotDefaults.threshold,
      trailing: options.raftSnapshots?.trailing || snapshotDefaults.trailing,
    },
    checks: resolveChecks(options.checks ?? {}, problems, warnings),
    sidecarPorts: resolveSidecarPorts(options.sidecarPorts ?? {}, problems),
    definitions: resolveDefinitions(options.definitions ?? {}, problems),
    watches: resolveWatches(options.watches ?? [], network.ports, problems, warnings),
    ...resolveBootstrap(options, { server, dev }, problems, warnings),
    ...node,
    tls: resolveTls(
      options.tls ?? {},
      { nodeName: node.nodeName, httpsPort: network.ports.https },
      problems,
      warnings,
    ),
    ...network,
    ...resolvePools(options, server, checks),
    warnings: warnings.sentences,
  };
  if (problems.sentences.length === 0) return deepFrozen(config);
  throw new AgentError('AGENT_CONFIG', listProblems(problems.sentences), { problems: problems.sentences });
}

/** The configuration is public, and a caller must not change what the agent runs with. */
function deepFrozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) deepFrozen(inner);
  return Object.freeze(value);
}

function resolveNode(options: AgentOptions, host: HostFacts, problems: Problems, warnings: Problems) {
  const nodeName =
    options.nodeName === undefined || options.nodeName === '' ? host.hostname : options.nodeName;
  const nodeMeta = Object.freeze({ ...options.nodeMeta });
  checkNodeName(nodeName, problems, warnings);
  checkNodeMeta(nodeMeta, problems);
  const datacenter = resolveDatacenter('datacenter', options.datacenter ?? 'dc1', problems);
  const primary = options.primaryDatacenter ?? '';
  return {
    nodeName,
    nodeMeta,
    datacenter,
    primaryDatacenter:
      primary === '' ? datacenter : resolveDatacenter('primary_datacenter', primary, problems),
  };
}

function resolveNetwork(options: AgentOptions, checks: AddressChecks) {
  const { problems } = checks;
  const bindAddress = resolveBind(options, checks);
  const pick = (path: string, text = ''): string | undefined => resolveIp(path, text, checks) || bindAddress;
  const serfLanAddress = pick('serf_lan', options.serfLanAddress);
  const serfWanAddress = pick('serf_wan', options.serfWanAddress);
  const advertiseAddress = resolveAdvertise(options, bindAddress, checks);
  const advertiseAddressWan = givenAdvertise('advertise_addr_wan', options.advertiseAddressWan, checks);
  const clientAddresses = resolveClient(options.clientAddress ?? '127.0.0.1', checks);
  const { http = '', dns = '', grpc = '' } = options.addresses ?? {};
  const httpAddresses = resolveIpList('addresses.http', http, checks, { sockets: true }) ?? [];
  resolveIpList('addresses.dns', dns, checks, { sockets: false });
  resolveIpList('addresses.grpc', grpc, checks, { sockets: true });
  const { responseHeaders = {}, blockEndpoints = [], socketMode = '' } = options.http ?? {};
  checkHeaders(responseHeaders, problems);
  const ports = resolvePorts(
    options.ports ?? {},
    options.dev === true ? { ...defaultPorts, grpc: 8502 } : defaultPorts,
    problems,
  );
  return {
    bindAddress: bindAddress ?? '',
    serfLanAddress: serfLanAddress ?? '',
    serfWanAddress: serfWanAddress ?? '',
    advertiseAddress,
    advertiseAddressWan: advertiseAddressWan || advertiseAddress,
    clientAddresses,
    ports: Object.freeze(ports),
    http: {
      listeners: resolveListeners(
        { httpAddresses: httpAddresses.length > 0 ? httpAddresses : clientAddresses, clientAddresses, ports },
        options,
        checks,
      ),
      responseHeaders: { ...responseHeaders },
      blockEndpoints: [...blockEndpoints],
      connectionsPerClientMax: options.http?.connectionsPerClientMax ?? connectionsPerClientMaxDefault,
      valueBytesMax: options.http?.valueBytesMax ?? kvBytesMaxDefault,
      txnBytesMax: options.http?.txnBytesMax ?? kvBytesMaxDefault,
      socketMode: resolveSocketMode(socketMode, problems),
      handshakeTimeoutMs: options.http?.handshakeTimeoutMs || handshakeTimeoutMsDefault,
    },
  };
}

function resolveBind(options: AgentOptions, checks: AddressChecks): string | undefined {
  const text = options.bindAddress ?? (options.dev === true ? '127.0.0.1' : '0.0.0.0');
  const address = resolveIp('bind_addr', text, checks);
  if (address === '') checks.problems.add('bind_addr cannot be empty');
  return address || undefined;
}

/** Refuses an empty list, with which Consul's agent starts and answers nobody over HTTP. */
function resolveClient(text: string, checks: AddressChecks): readonly string[] {
  const addresses = resolveIpList('client_addr', text, checks, { sockets: true });
  if (addresses?.length === 0) checks.problems.add('client_addr cannot be empty');
  return addresses ?? [];
}

function resolveAdvertise(
  options: AgentOptions,
  bindAddress: string | undefined,
  checks: AddressChecks,
): string {
  const given = givenAdvertise('advertise_addr', options.advertiseAddress, checks);
  if (given !== '') return given ?? '';
  // An invalid bind address is reported already; a second sentence about it would confuse.
  return bindAddress === undefined ? '' : chooseAdvertiseAddress(bindAddress, checks.host, checks.problems);
}

/** Empty when none is given. Undefined after a problem. */
function givenAdvertise(path: string, text: string | undefined, checks: AddressChecks): string | undefined {
  const address = resolveIp(path, text ?? '', checks);
  if (address !== undefined && address !== '' && isWildcard(address)) {
    checks.problems.add('Advertise address cannot be 0.0.0.0, :: or [::]');
  }
  return address;
}

function resolvePools(options: AgentOptions, server: boolean, checks: AddressChecks) {
  const { problems } = checks;
  const wanJoin = resolveJoin(options.wanJoin ?? {}, '_wan', checks);
  if (!server && wanJoin.startJoin.length + wanJoin.retryJoin.length > 0) {
    problems.add("Must be a server to join WAN cluster: remove the WAN addresses, or set 'server = true'");
  }
  checkGossipKey(options.encrypt ?? '', problems);
  checkTiming(options.lanTiming ?? {}, 'gossip_lan', problems);
  checkTiming(options.wanTiming ?? {}, 'gossip_wan', problems);
  checkCidrs('serf_lan_allowed_cidrs', options.serfLanAllowedCidrs ?? [], problems);
  checkCidrs('serf_wan_allowed_cidrs', options.serfWanAllowedCidrs ?? [], problems);
  const base: PoolTiming = {
    reconnectTimeoutMs: reconnectTimeoutMsDefault,
    ...(options.dev === true ? devTiming : {}),
  };
  return {
    lanJoin: resolveJoin(options.lanJoin ?? {}, '', checks),
    wanJoin,
    encrypt: options.encrypt ?? '',
    disableKeyringFile: options.disableKeyringFile ?? options.dev ?? false,
    rejoinAfterLeave: options.rejoinAfterLeave ?? false,
    encryptVerifyIncoming: options.encryptVerifyIncoming ?? true,
    encryptVerifyOutgoing: options.encryptVerifyOutgoing ?? true,
    lanTiming: Object.freeze({ ...base, ...options.lanTiming }),
    wanTiming: Object.freeze({ ...base, ...options.wanTiming }),
    serfLanAllowedCidrs: [...(options.serfLanAllowedCidrs ?? [])],
    serfWanAllowedCidrs: [...(options.serfWanAllowedCidrs ?? [])],
  };
}
