import type { AdmissionPolicy, GossipOptions, GossipTiming } from '@hobnob/gossip';
import { silentAgentLogger } from '../loggers.ts';
import type { AgentConfig, PoolTiming } from '../options.ts';
import type { AgentLogger, PoolName } from '../ports.ts';
import { consulTags, poolMemberName } from './consul-tags.ts';

/**
 * Consul's changes to memberlist's and Serf's defaults. Source: Consul lib/serf DefaultConfig, agent/consul
 * config.go.
 */
const consulTiming: Partial<GossipTiming> = {
  deadNodeReclaimMs: 30_000,
  leavePropagateDelayMs: 3_000,
  queueDepthMin: 4_096,
  queueDepthWarning: 1_000_000,
};

/** Consul gives its WAN the LAN's fan-out. */
const wanTiming: Partial<GossipTiming> = { ...consulTiming, gossipNodes: 3 };

/** Consul's choice for both pools; the serf agent announces 5. */
const serfProtocol = 4;

/** The files of a pool, which survive a restart. */
export interface PoolFiles {
  readonly snapshot?: string;
  readonly keyring?: {
    readonly path: string;
    /** It wins over the configured key then. */
    readonly exists: boolean;
    /** It exists and does not hold the configured key. */
    readonly overrules: boolean;
  };
}

export interface PoolSetup {
  readonly config: AgentConfig;
  readonly nodeId: string;
  readonly admission: AdmissionPolicy;
  readonly logger: AgentLogger;
  readonly files: PoolFiles;
}

/** The options of a pool's gossip, Consul's profile and the operator's settings applied. Pure. */
export function gossipOptions(
  pool: PoolName,
  { config, nodeId, admission, logger, files }: PoolSetup,
): GossipOptions {
  const isLan = pool === 'lan';
  const timing: PoolTiming = isLan ? config.lanTiming : config.wanTiming;
  const allowedNetworks = isLan ? config.serfLanAllowedCidrs : config.serfWanAllowedCidrs;
  return {
    name: poolMemberName(config, pool),
    profile: pool,
    bind: {
      host: isLan ? config.serfLanAddress : config.serfWanAddress,
      port: isLan ? config.ports.serfLan : config.ports.serfWan,
    },
    advertise: { host: isLan ? config.advertiseAddress : config.advertiseAddressWan },
    tags: consulTags(config, nodeId, pool),
    serfProtocol,
    timing: { ...(isLan ? consulTiming : wanTiming), ...timing },
    // Clients take the last event of /v1/event/list for the newest.
    userEvents: { order: 'lamport' },
    admission,
    // Without a logger the gossip warns the process of errors in listeners, which must not be lost.
    ...(logger === silentAgentLogger ? {} : { logger }),
    ...(allowedNetworks.length === 0 ? {} : { allowedNetworks }),
    ...encryption(config, files.keyring),
    ...snapshot(config, files.snapshot),
  };
}

function encryption(config: AgentConfig, file: PoolFiles['keyring']): Pick<GossipOptions, 'encryption'> {
  if (config.encrypt === '' && file?.exists !== true) return {};
  const { encryptVerifyIncoming: verifyIncoming, encryptVerifyOutgoing: verifyOutgoing } = config;
  const keys = file?.exists === true ? [] : [config.encrypt];
  const keyringFile = file === undefined ? {} : { keyringFile: file.path };
  return { encryption: { keys, ...keyringFile, verifyIncoming, verifyOutgoing } };
}

function snapshot(
  { rejoinAfterLeave }: AgentConfig,
  path: string | undefined,
): Pick<GossipOptions, 'snapshot'> {
  return path === undefined ? {} : { snapshot: { path, rejoinAfterLeave } };
}

/** The component that failure detection logs under, as Consul names it: `agent.server.memberlist.lan`. */
export function memberlistComponent(config: Pick<AgentConfig, 'server'>, pool: PoolName): string {
  return `agent.${config.server ? 'server' : 'client'}.memberlist.${pool}`;
}

/** The component that membership logs under: `agent.server.serf.lan`. */
export function serfComponent(config: Pick<AgentConfig, 'server'>, pool: PoolName): string {
  return `agent.${config.server ? 'server' : 'client'}.serf.${pool}`;
}
