import { fileURLToPath } from 'node:url';
import { createGossip, type Gossip, type GossipOptions, type Member } from '@hobnob/gossip';
import { callsOf, logOf } from './child-calls.ts';
import type { Peer, PeerMember } from './peer.ts';
import { PeerProcess } from './peer-process.ts';

/** Options of our node, as JSON can carry them: the child process takes the same. */
export interface HobnobOptions
  extends Pick<
    GossipOptions,
    | 'name'
    | 'profile'
    | 'tags'
    | 'encryption'
    | 'compression'
    | 'serfProtocol'
    | 'timing'
    | 'userEvents'
    | 'conflictResolution'
    | 'snapshot'
    | 'label'
    | 'skipInboundLabelCheck'
    | 'advertise'
  > {
  /** A loopback address of its own. */
  readonly host: string;
  /** Default 7946. */
  readonly port?: number;
}

/** Our node in this process. */
export interface HobnobPeer extends Peer {
  readonly gossip: Gossip;
}

function toGossipOptions(options: HobnobOptions): GossipOptions {
  const { host, port = 7946, ...rest } = options;
  return { profile: 'local', bind: { host, port }, ...rest };
}

function toPeerMember(member: Member): PeerMember {
  const { name, address, status, tags } = member;
  return { name, host: address.host, port: address.port, status, tags };
}

/** Starts our node in this process; `extra` holds what JSON cannot carry. */
export async function startHobnobGossip(
  options: HobnobOptions,
  extra: Pick<GossipOptions, 'admission' | 'logger'> = {},
): Promise<HobnobPeer> {
  const lines: string[] = [];
  const take = (level: string) => (fields: object, message: string) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields, errorsAsText)}`);
  };
  const logger = {
    error: take('error'),
    warn: take('warn'),
    info: take('info'),
    debug: take('debug'),
    trace: () => undefined,
  };
  const gossip = await createGossip({ ...toGossipOptions(options), logger, ...extra });
  return {
    gossip,
    name: options.name,
    address: `${options.host}:${gossip.bindAddress.port}`,
    members: async () => gossip.members().map(toPeerMember),
    join: async (address) => {
      await gossip.join([address]);
    },
    leave: () => gossip.leave(),
    forceLeave: (name, force) => gossip.forceLeave(name, force),
    crash: () => gossip.close(),
    logTail: () => lines.slice(-25).join('\n'),
    log: () => lines,
    dispose: () => gossip.close(),
  };
}

function errorsAsText(_key: string, value: unknown): unknown {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return typeof value === 'bigint' ? value.toString() : value;
}

const childProgram = fileURLToPath(new URL('./hobnob-child.mjs', import.meta.url));

/**
 * Starts our built node in a process of its own, so that it can be killed. It needs `tsc -b` to have run,
 * and ends when its standard input does.
 */
export async function startHobnobChild(options: HobnobOptions): Promise<Peer> {
  const child = await PeerProcess.start(() => ({
    command: process.execPath,
    args: [childProgram, JSON.stringify(toGossipOptions(options))],
    stdin: 'pipe',
  }));
  try {
    await child.waitForLine(/^ready$/);
  } catch (error) {
    await child.dispose();
    throw error;
  }
  const call = callsOf(child);
  return {
    name: options.name,
    pid: child.pid,
    address: `${options.host}:${options.port ?? 7946}`,
    members: async () => ((await call('members')) as readonly Member[]).map(toPeerMember),
    join: async (address) => {
      await call('join', [address]);
    },
    leave: async () => {
      await call('leave');
      await child.kill('SIGKILL');
    },
    forceLeave: async (name, force = {}) => {
      await call('forceLeave', name, force);
    },
    crash: () => child.kill('SIGKILL'),
    logTail: () => logOf(child).slice(-25).join('\n'),
    log: () => logOf(child),
    dispose: () => child.dispose(),
  };
}
