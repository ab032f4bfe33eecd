import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { byName, type Peer, type PeerMember, type PeerStatus } from './peer.ts';
import { PeerProcess, type PeerProgram, peerProgramPath } from './peer-process.ts';
import { waitUntil } from './wait-until.ts';

const run = promisify(execFile);

export type SerfVersion = '0.9.4' | '0.10.1';

export interface SerfOptions {
  readonly version: SerfVersion;
  readonly name: string;
  /** A loopback address of its own; gossip on 7946 and RPC on 7373 of it. */
  readonly host: string;
  /** Default `local`, which finds a failure within seconds. */
  readonly profile?: 'lan' | 'wan' | 'local';
  readonly tags?: Readonly<Record<string, string>>;
  /** Base64 of a key of 16, 24 or 32 bytes. */
  readonly encrypt?: string;
  /** Default true. */
  readonly compression?: boolean;
  /** Further keys of its JSON configuration file. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A real serf agent. */
export interface SerfPeer extends Peer {
  /** Runs a serf command against it and returns what it printed. Rejects on a non-zero exit code. */
  command(...args: readonly string[]): Promise<string>;
  /** Freezes it or lets it go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
}

interface SerfMembersJson {
  readonly members: readonly {
    readonly name: string;
    readonly addr: string;
    readonly port: number;
    readonly status: PeerStatus;
    readonly tags: Readonly<Record<string, string>> | null;
  }[];
}

function programOf(version: SerfVersion): PeerProgram {
  return version === '0.9.4' ? 'serf-0.9.4' : 'serf';
}

/** The `host` of `host:port`, brackets of IPv6 removed. */
export function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}

function agentArgs(options: SerfOptions, configFile: string): string[] {
  const { host, name, profile = 'local', tags = {}, encrypt, compression = true } = options;
  return [
    'agent',
    `-node=${name}`,
    `-bind=${host}:7946`,
    `-rpc-addr=${host}:7373`,
    `-profile=${profile}`,
    '-log-level=debug',
    `-config-file=${configFile}`,
    ...Object.entries(tags).flatMap(([key, value]) => ['-tag', `${key}=${value}`]),
    ...(encrypt === undefined ? [] : [`-encrypt=${encrypt}`]),
    ...(compression ? [] : ['-disable-compression']),
  ];
}

/** Starts a real serf agent and waits until its RPC answers. */
export async function startSerf(options: SerfOptions): Promise<SerfPeer> {
  const program = peerProgramPath(programOf(options.version));
  const rpc = `-rpc-addr=${options.host}:7373`;
  const child = await PeerProcess.start((dataFolder) => {
    const configFile = join(dataFolder, 'serf.json');
    writeFileSync(configFile, JSON.stringify(options.config ?? {}));
    return { command: program, args: agentArgs(options, configFile) };
  });
  const command = async (...args: readonly string[]): Promise<string> => {
    const [verb = '', ...rest] = args;
    try {
      const { stdout } = await run(program, [verb, rpc, ...rest], { timeout: 15_000 });
      return stdout;
    } catch (error) {
      // serf prints on stdout why it failed, for instance the members that a reachability test did not reach.
      const printed = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
      throw new Error(`serf ${args.join(' ')} failed: ${printed}`, { cause: error });
    }
  };
  const members = async (): Promise<PeerMember[]> => {
    const answer: SerfMembersJson = JSON.parse(await command('members', '-format=json'));
    const rows = answer.members.map((m) => ({
      name: m.name,
      host: hostOf(m.addr),
      port: m.port,
      status: m.status,
      tags: m.tags ?? {},
    }));
    return rows.toSorted(byName);
  };
  try {
    await waitUntil(`serf ${options.name} answers`, async () => (await members()).length > 0, {
      explain: async () => child.logTail(),
    });
  } catch (error) {
    await child.dispose();
    throw error;
  }
  return {
    name: options.name,
    pid: child.pid,
    address: `${options.host}:7946`,
    command,
    members,
    join: async (address) => {
      await command('join', address);
    },
    leave: async () => {
      await command('leave');
      await child.waitForExit();
    },
    forceLeave: async (name, { prune = false } = {}) => {
      await command('force-leave', ...(prune ? ['-prune'] : []), name);
    },
    signal: (signal) => child.signal(signal),
    crash: () => child.kill('SIGKILL'),
    logTail: () => child.logTail(),
    log: () => child.lines,
    dispose: () => child.dispose(),
  };
}
