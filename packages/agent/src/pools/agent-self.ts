import { arch, availableParallelism, platform } from 'node:os';
import type { AgentSelf } from '@hobnob/catalog/records';
import { formatAddress, type Gossip } from '@hobnob/gossip';
import type { CheckDefinition } from '../checks/kinds.ts';
import type { LocalPort } from '../local/local-port.ts';
import type { AgentConfig } from '../options.ts';
import { consulVersion, hobnobVersion, speaks } from '../version.ts';
import { consulServerOf } from './consul-server.ts';
import { debugConfig } from './debug-config.ts';
import { toAgentMember, toCoordinateRecord } from './records.ts';

/** The sources of an agent's description of itself. */
export interface SelfFacts {
  readonly config: AgentConfig;
  readonly nodeId: string;
  readonly lan: Gossip;
  readonly wan: Gossip | undefined;
  /** What is registered with the agent. */
  readonly local: Pick<LocalPort, 'services' | 'checks'>;
}

type Group = Record<string, string>;

const revision = `hobnob-${hobnobVersion}`;

/** The answer of GET /v1/agent/self. Numbers that Consul gives and this version does not have are left out. */
export function describeSelf({ config, nodeId, lan, wan, local }: SelfFacts): AgentSelf {
  const own = lan.member(lan.name);
  if (own === undefined) throw new Error(`the pool does not hold its own member "${lan.name}"`);
  const coordinate = lan.coordinate();
  return {
    Config: {
      Datacenter: config.datacenter,
      NodeName: config.nodeName,
      NodeID: nodeId,
      Revision: revision,
      Server: config.server,
      Version: consulVersion,
    },
    DebugConfig: debugConfig(config, { nodeId, revision }),
    Coord: coordinate === undefined ? null : toCoordinateRecord(coordinate),
    Member: toAgentMember(own),
    Stats: {
      agent: localStats(local),
      build: { prerelease: '', revision, version: consulVersion },
      consul: consulStats(config, lan, wan),
      // Clients take no group of our own beside Consul's, and any among these.
      hobnob: { speaks, version: hobnobVersion },
      runtime: runtimeStats(),
      serf_lan: serfStats(lan),
      ...(wan === undefined ? {} : { serf_wan: serfStats(wan) }),
    },
    Meta: { ...config.nodeMeta, 'consul-network-segment': '' },
  };
}

/** Consul counts scripts as monitors. Records do not tell: those of checks of files by themselves have no type. */
function localStats(local: Pick<LocalPort, 'services' | 'checks'>): Group {
  const checks = [...local.checks().values()];
  const countOf = (wanted: CheckDefinition['kind']): string =>
    String(checks.filter(({ definition }) => definition?.kind === wanted).length);
  return {
    check_monitors: countOf('script'),
    check_ttls: countOf('ttl'),
    checks: String(checks.length),
    services: String(local.services().size),
  };
}

function consulStats(config: AgentConfig, lan: Gossip, wan: Gossip | undefined): Group {
  if (!config.server) {
    const servers = lan
      .members()
      .filter((member) => member.status === 'alive' && consulServerOf(member) !== undefined);
    return { acl: 'disabled', known_servers: String(servers.length), server: 'false' };
  }
  const datacenters = new Set([config.datacenter, ...(wan?.members() ?? []).map(({ tags }) => tags['dc'])]);
  datacenters.delete(undefined);
  return {
    acl: 'disabled',
    bootstrap: String(config.bootstrap),
    known_datacenters: String(datacenters.size),
    // A server's catalog is its own, see the log of one in the catalog.
    leader: 'true',
    leader_addr: formatAddress({ host: config.advertiseAddress, port: config.ports.server }),
    server: 'true',
  };
}

/** Go's names for what Node calls otherwise. */
const goArchitectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
const goSystems: Readonly<Record<string, string>> = { win32: 'windows', sunos: 'solaris' };

function runtimeStats(): Group {
  const system = platform();
  return {
    arch: goArchitectures[arch()] ?? arch(),
    cpu_count: String(availableParallelism()),
    os: goSystems[system] ?? system,
    version: `node ${process.version}`,
  };
}

function serfStats(gossip: Gossip): Group {
  const stats = gossip.stats();
  return {
    coordinate_resets: String(stats.coordinateResets),
    encrypted: String(stats.encrypted),
    event_queue: String(stats.eventQueueDepth),
    event_time: String(stats.eventTime),
    failed: String(stats.failedCount),
    health_score: String(stats.healthScore),
    intent_queue: String(stats.intentQueueDepth),
    left: String(stats.leftCount),
    member_time: String(stats.memberTime),
    members: String(stats.membersCount),
    query_queue: String(stats.queryQueueDepth),
    query_time: String(stats.queryTime),
  };
}
