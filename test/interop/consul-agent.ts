import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { byName, type Peer, type PeerMember, type PeerStatus } from './peer.ts';
import { PeerProcess, peerProgramPath } from './peer-process.ts';
import { waitUntil } from './wait-until.ts';

export interface ConsulOptions {
  readonly name: string;
  /** A loopback address of its own: every port is the default one there. */
  readonly host: string;
  /** Default true: a server that bootstraps alone. */
  readonly server?: boolean;
  /** Default `dc1`. */
  readonly datacenter?: string;
  /** Base64 of a key of 16 or 32 bytes. */
  readonly encrypt?: string;
  /** Further keys of its JSON configuration file. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Beside the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A real Consul agent. */
export interface ConsulPeer extends Peer {
  /** `host:port` of its WAN gossip. */
  readonly wanAddress: string;
  /** Calls its HTTP API and returns the parsed answer. Rejects on a status that is not 200. */
  http<T>(path: string, init?: RequestInit): Promise<T>;
  wanMembers(): Promise<readonly PeerMember[]>;
  joinWan(address: string): Promise<void>;
}

interface ConsulMemberJson {
  readonly Name: string;
  readonly Addr: string;
  readonly Port: number;
  readonly Status: number;
  readonly Tags: Readonly<Record<string, string>> | null;
}

const statusNames: readonly PeerStatus[] = ['none', 'alive', 'leaving', 'left', 'failed'];

/** Timings of Consul's own development mode, for agents that are not in it. */
const fastGossip = {
  probe_interval: '200ms',
  probe_timeout: '100ms',
  gossip_interval: '100ms',
  suspicion_mult: 3,
};

function configOf(options: ConsulOptions, dataFolder: string): Record<string, unknown> {
  const { host, name, server = true, datacenter = 'dc1', encrypt } = options;
  return {
    node_name: name,
    datacenter,
    data_dir: join(dataFolder, 'data'),
    server,
    ...(server ? { bootstrap: true } : {}),
    bind_addr: host,
    client_addr: host,
    log_level: 'DEBUG',
    disable_update_check: true,
    gossip_lan: fastGossip,
    gossip_wan: fastGossip,
    performance: { raft_multiplier: 1 },
    ...(encrypt === undefined ? {} : { encrypt }),
    ...options.config,
  };
}

function toMember(row: ConsulMemberJson): PeerMember {
  return {
    name: row.Name,
    host: row.Addr,
    port: row.Port,
    status: statusNames[row.Status] ?? 'none',
    tags: row.Tags ?? {},
  };
}

/** Starts a real Consul agent and waits until it answers; a server, until it leads. */
export async function startConsul(options: ConsulOptions): Promise<ConsulPeer> {
  const { host, name, server = true, env = {} } = options;
  const child = await PeerProcess.start((dataFolder) => {
    const configFile = join(dataFolder, 'consul.json');
    writeFileSync(configFile, JSON.stringify(configOf(options, dataFolder)));
    return { command: peerProgramPath('consul'), args: ['agent', `-config-file=${configFile}`], env };
  });
  const http = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
    const response = await fetch(`http://${host}:8500${path}`, {
      signal: AbortSignal.timeout(15_000),
      ...init,
    });
    const body = await response.text();
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${body}`);
    return body === '' ? (undefined as T) : (JSON.parse(body) as T);
  };
  const put = (path: string) => http<unknown>(path, { method: 'PUT' });
  const membersAt = async (path: string) =>
    (await http<ConsulMemberJson[]>(path)).map(toMember).toSorted(byName);
  try {
    await waitUntil(
      `consul ${name} is ready`,
      async () =>
        server ? (await http<string>('/v1/status/leader')) !== '' : (await http('/v1/agent/self')) !== null,
      { timeoutMs: 30_000, explain: async () => child.logTail() },
    );
  } catch (error) {
    await child.dispose();
    throw error;
  }
  return {
    name,
    address: `${host}:8301`,
    wanAddress: `${host}:8302`,
    http,
    members: () => membersAt('/v1/agent/members'),
    wanMembers: () => membersAt('/v1/agent/members?wan=1'),
    join: async (address) => {
      await put(`/v1/agent/join/${encodeURIComponent(address)}`);
    },
    joinWan: async (address) => {
      await put(`/v1/agent/join/${encodeURIComponent(address)}?wan=1`);
    },
    leave: async () => {
      await put('/v1/agent/leave');
      await child.waitForExit(40_000);
    },
    forceLeave: async (member, { prune = false } = {}) => {
      await put(`/v1/agent/force-leave/${encodeURIComponent(member)}${prune ? '?prune' : ''}`);
    },
    crash: () => child.kill('SIGKILL'),
    logTail: () => child.logTail(),
    log: () => child.lines,
    dispose: () => child.dispose(),
  };
}

/**
 * Waits until a server has entered its node whole: tagged addresses and meta follow a moment after the node, and move
 * the indexes that a test compares.
 */
export async function waitUntilEntered(consul: Pick<ConsulPeer, 'name' | 'http'>): Promise<void> {
  await waitUntil(`${consul.name} is entered whole`, async () =>
    JSON.stringify(await consul.http('/v1/catalog/nodes')).includes('lan_ipv4'),
  );
}
