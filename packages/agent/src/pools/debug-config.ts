import {
  type AgentSelf,
  CheckDefinition,
  type JsonValue,
  type RecordShape,
  ServiceDefinition,
} from '@hobnob/catalog/records';
import { formatAddress } from '@hobnob/gossip';
import { formatGoDuration } from '../config/go-duration.ts';
import { decodeRegistration } from '../local/definitions/decode.ts';
import { taggedAddresses } from '../local/own-node.ts';
import type { AgentConfig, HttpProtocol, PoolTiming } from '../options.ts';
import { consulVersion } from '../version.ts';
import { shownRecord } from './shown-record.ts';

type DebugConfig = NonNullable<AgentSelf['DebugConfig']>;

/**
 * The settings that are in force, under the names that Consul's DebugConfig has for them; those of parts that this version
 * does not have are left out. Secrets are hidden. Source: Consul agent/config RuntimeConfig.Sanitized.
 */
export function debugConfig(
  config: AgentConfig,
  { nodeId, revision }: { readonly nodeId: string; readonly revision: string },
): DebugConfig {
  return {
    ...identity(config, nodeId, revision),
    ...network(config),
    ...api(config),
    ...gossip(config),
    ...local(config),
  };
}

function identity(config: AgentConfig, nodeId: string, revision: string): DebugConfig {
  return {
    Bootstrap: config.bootstrap,
    BootstrapExpect: config.bootstrapExpect,
    DataDir: config.dataDir,
    Datacenter: config.datacenter,
    DevMode: config.dev,
    KVMaxValueSize: config.http.valueBytesMax,
    LeaveOnTerm: config.leaveOnTerminate,
    Logging: {
      LogFilePath: config.logFile?.path ?? '',
      LogJSON: config.logJson,
      LogLevel: config.logLevel,
      LogRotateBytes: config.logFile?.rotateBytes ?? 0,
      LogRotateDuration: formatGoDuration(config.logFile?.rotateDurationMs ?? 0),
      LogRotateMaxFiles: config.logFile?.rotateFilesMax ?? 0,
    },
    NodeID: nodeId,
    NodeMeta: config.nodeMeta,
    NodeName: config.nodeName,
    PidFile: config.pidFile,
    PrimaryDatacenter: config.primaryDatacenter,
    RPCProtocol: config.protocol,
    RaftProtocol: config.raftProtocol,
    RaftSnapshotInterval: formatGoDuration(config.raftSnapshots.intervalMs),
    RaftSnapshotThreshold: config.raftSnapshots.threshold,
    RaftTrailingLogs: config.raftSnapshots.trailing,
    Revision: revision,
    ServerMode: config.server,
    SessionTTLMin: formatGoDuration(config.sessionTtlMinMs),
    SkipLeaveOnInt: config.skipLeaveOnInterrupt,
    TxnMaxReqLen: config.http.txnBytesMax,
    Version: consulVersion,
    VersionPrerelease: '',
  };
}

function network(config: AgentConfig): DebugConfig {
  const { ports } = config;
  return {
    AdvertiseAddrLAN: config.advertiseAddress,
    AdvertiseAddrWAN: config.advertiseAddressWan,
    BindAddr: config.bindAddress,
    ClientAddrs: config.clientAddresses,
    RPCAdvertiseAddr: tcp(config.advertiseAddress, ports.server),
    SerfAdvertiseAddrLAN: tcp(config.advertiseAddress, ports.serfLan),
    SerfAdvertiseAddrWAN: tcp(config.advertiseAddressWan, ports.serfWan),
    SerfBindAddrLAN: tcp(config.serfLanAddress, ports.serfLan),
    SerfBindAddrWAN: tcp(config.serfWanAddress, ports.serfWan),
    SerfPortLAN: ports.serfLan,
    SerfPortWAN: ports.serfWan,
    ServerPort: ports.server,
    TaggedAddresses: taggedAddresses(config),
  };
}

function tcp(host: string, port: number): string {
  return `tcp://${formatAddress({ host, port })}`;
}

function api({ ports, http, tls }: AgentConfig): DebugConfig {
  const addresses = (wanted: HttpProtocol): readonly string[] =>
    http.listeners
      .filter(({ protocol }) => protocol === wanted)
      .map((one) => (one.kind === 'tcp' ? tcp(one.host, one.port) : `unix://${one.path}`));
  return {
    CAFile: tls.caFile,
    CAPath: tls.caPath,
    CertFile: tls.certFile,
    HTTPAddrs: addresses('http'),
    HTTPBlockEndpoints: http.blockEndpoints,
    HTTPMaxConnsPerClient: http.connectionsPerClientMax,
    HTTPPort: ports.http,
    HTTPResponseHeaders: http.responseHeaders,
    HTTPSAddrs: addresses('https'),
    HTTPSHandshakeTimeout: formatGoDuration(http.handshakeTimeoutMs),
    HTTPSPort: ports.https,
    KeyFile: hidden,
    TLSMinVersion: tls.minVersion,
    TLSPreferServerCipherSuites: tls.prefersServerCipherSuites,
    VerifyIncoming: tls.verifyIncoming,
    VerifyIncomingHTTPS: tls.verifyIncomingHttps,
  };
}

function gossip(config: AgentConfig): DebugConfig {
  const { lanJoin, wanJoin } = config;
  return {
    EncryptKey: hidden,
    EncryptVerifyIncoming: config.encryptVerifyIncoming,
    EncryptVerifyOutgoing: config.encryptVerifyOutgoing,
    DisableKeyringFile: config.disableKeyringFile,
    ...timing('LAN', config.lanTiming),
    ...timing('WAN', config.wanTiming),
    RejoinAfterLeave: config.rejoinAfterLeave,
    RetryJoinIntervalLAN: formatGoDuration(lanJoin.retryIntervalMs),
    RetryJoinIntervalWAN: formatGoDuration(wanJoin.retryIntervalMs),
    RetryJoinLAN: lanJoin.retryJoin,
    RetryJoinMaxAttemptsLAN: lanJoin.retryMaxAttempts,
    RetryJoinMaxAttemptsWAN: wanJoin.retryMaxAttempts,
    RetryJoinWAN: wanJoin.retryJoin,
    SerfAllowedCIDRsLAN: config.serfLanAllowedCidrs,
    SerfAllowedCIDRsWAN: config.serfWanAllowedCidrs,
    StartJoinAddrsLAN: lanJoin.startJoin,
    StartJoinAddrsWAN: wanJoin.startJoin,
  };
}

/** What a configuration has set; the rest are the defaults of the pool. */
function timing(pool: 'LAN' | 'WAN', given: PoolTiming): DebugConfig {
  const duration = (ms: number | undefined): string | undefined =>
    ms === undefined ? undefined : formatGoDuration(ms);
  const values = {
    [`Gossip${pool}GossipInterval`]: duration(given.gossipIntervalMs),
    [`Gossip${pool}GossipNodes`]: given.gossipNodes,
    [`Gossip${pool}ProbeInterval`]: duration(given.probeIntervalMs),
    [`Gossip${pool}ProbeTimeout`]: duration(given.probeTimeoutMs),
    [`Gossip${pool}RetransmitMult`]: given.retransmitMult,
    [`Gossip${pool}SuspicionMult`]: given.suspicionMult,
    [`ReconnectTimeout${pool}`]: duration(given.reconnectTimeoutMs),
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function local({ checks, sidecarPorts, definitions, watches }: AgentConfig): DebugConfig {
  const shown = (shape: RecordShape, registrations: readonly unknown[]): readonly JsonValue[] =>
    registrations.map((registration) => shownRecord(decodeRegistration(shape, registration), shape));
  return {
    CheckDeregisterIntervalMin: formatGoDuration(checks.deregisterMinMs),
    CheckOutputMaxSize: checks.outputBytesMax,
    CheckUpdateInterval: formatGoDuration(checks.updateIntervalMs),
    Checks: shown(CheckDefinition, definitions.checks),
    ConnectSidecarMaxPort: sidecarPorts.max,
    ConnectSidecarMinPort: sidecarPorts.min,
    DiscardCheckOutput: checks.discardsOutput,
    EnableLocalScriptChecks: checks.allowsLocalScripts,
    EnableRemoteScriptChecks: checks.allowsScripts,
    Services: shown(ServiceDefinition, definitions.services),
    // Their arguments may be secret.
    Watches: watches.map(() => ({})),
  };
}

const hidden = 'hidden';
