import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PeerProcess, peerProgramPath, peersFolder } from '../../interop/peer-process.ts';
import { cpuMsOf } from './process-cpu.ts';
import { memoryOf, type ProcessMemory } from './process-memory.ts';

/** Who is measured: the real Consul, or ours. */
export type Side = 'consul' | 'hobnob';

/** Ours second, so that a table's last column is ours in proportion to Consul's. */
export const sides: readonly Side[] = ['consul', 'hobnob'];

export interface AgentOptions {
  readonly name: string;
  /** A loopback address of its own: every port is the default one there. */
  readonly host: string;
  /** Default a client. */
  readonly server?: boolean;
  /** `agent -dev`, a server that keeps everything in memory; but logs at INFO, so that no request is a line. */
  readonly dev?: boolean;
  /** Further keys of the configuration file. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Lets ours report what only the process itself knows; see `inside`. */
  readonly inside?: boolean;
  /** A configuration file of the caller's, which it may change for a reload. */
  readonly configFile?: string;
  /** Addresses that it keeps trying to join. */
  readonly retryJoin?: readonly string[];
}

/** How much a process has and has used. Source: proc(5). */
export interface ProcessFigures extends ProcessMemory {
  /** User and system time since its start; the kernel counts it in steps of 10 ms. */
  readonly cpuMs: number;
}

/** What an agent of ours knows about itself, with `inside` among its options. */
export interface InsideFigures {
  /** The longest time that the event loop was held since the last reading. */
  readonly longestBlockMs: number;
  /** The most processor time of its thread between two turns of the loop since then, which other processes do not lengthen. */
  readonly longestHoldCpuMs: number;
  /** Live heap and external memory, after a collection. */
  readonly heapMiB: number;
}

export interface AgentMemberJson {
  readonly Name: string;
  /** 1 alive, 4 failed: Serf's numbers. */
  readonly Status: number;
}

const builtCommand = fileURLToPath(new URL('../../../packages/cli/dist/bin.js', import.meta.url));
const insideProgram = new URL('inside.mjs', import.meta.url).href;

/** Why the two sides cannot be compared here; undefined when they can. */
export function missingPrograms(): string | undefined {
  if (peersFolder === undefined)
    return 'HOBNOB_PEERS is not set: it names the folder that holds the real consul';
  if (!existsSync(join(peersFolder, 'consul'))) return `there is no consul in ${peersFolder} (HOBNOB_PEERS)`;
  if (!existsSync(builtCommand)) return `${builtCommand} does not exist: run "npm run build" first`;
  return undefined;
}

/** An agent of either side in a process of its own. Both get the same flags and the same configuration file. */
export class AgentProcess {
  readonly name: string;
  readonly host: string;
  readonly startedAtMs: number;
  readonly #process: PeerProcess;
  #readings = 0;

  private constructor({ name, host }: AgentOptions, child: PeerProcess, startedAtMs: number) {
    this.name = name;
    this.host = host;
    this.startedAtMs = startedAtMs;
    this.#process = child;
  }

  /** Resolves once the process exists; `untilReady` waits for more. */
  static async start(side: Side, options: AgentOptions): Promise<AgentProcess> {
    let startedAtMs = 0;
    const child = await PeerProcess.start((dataFolder) => {
      const configFile = join(dataFolder, 'agent.json');
      writeFileSync(configFile, JSON.stringify(configOf(options, dataFolder)));
      const args = [
        'agent',
        ...(options.dev ? ['-dev'] : []),
        `-config-file=${configFile}`,
        ...(options.configFile === undefined ? [] : [`-config-file=${options.configFile}`]),
      ];
      startedAtMs = performance.now();
      return side === 'consul'
        ? { command: peerProgramPath('consul'), args }
        : {
            command: process.execPath,
            args: [
              ...(options.inside ? ['--expose-gc', '--import', insideProgram] : []),
              builtCommand,
              ...args,
            ],
          };
    });
    return new AgentProcess(options, child, startedAtMs);
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Asks again every few milliseconds until it answers 200; the time of that, on the clock of `performance`. */
  async untilAnswering(path: string): Promise<number> {
    const deadlineMs = performance.now() + 30_000;
    while (performance.now() < deadlineMs && this.#process.running) {
      const response = await fetch(this.#url(path)).catch(() => undefined);
      await response?.arrayBuffer();
      if (response?.status === 200) return performance.now();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`${this.name} does not answer ${path}:\n${this.#process.logTail()}`);
  }

  async members(): Promise<readonly AgentMemberJson[]> {
    const response = await fetch(this.#url('/v1/agent/members'));
    return (await response.json()) as readonly AgentMemberJson[];
  }

  /** @throws Error when the process is gone, or where there is no /proc. */
  async figures(): Promise<ProcessFigures> {
    const { pid } = this.#process;
    const [memory, cpuMs] = await Promise.all([memoryOf(pid), cpuMsOf(pid)]);
    return { ...memory, cpuMs };
  }

  /** Reads what ours knows about itself. @throws Error when it was not started with `inside`. */
  async inside(): Promise<InsideFigures> {
    this.#readings += 1;
    this.#process.signal('SIGUSR2');
    const line = await this.#process.waitForLine(new RegExp(`^inside ${this.#readings} `));
    return JSON.parse(line.slice(line.indexOf('{'))) as InsideFigures;
  }

  /** Kills it without warning. */
  kill(): Promise<void> {
    return this.#process.kill('SIGKILL');
  }

  /** Kills it and removes its data. May be called twice. */
  dispose(): Promise<void> {
    return this.#process.dispose();
  }

  #url(path: string): string {
    return `http://${this.host}:8500${path}`;
  }
}

function configOf(
  { name, host, server = false, dev = false, retryJoin = [], config = {} }: AgentOptions,
  dataFolder: string,
): Record<string, unknown> {
  return {
    node_name: name,
    node_id: nodeIdOf(host),
    bind_addr: host,
    client_addr: host,
    disable_update_check: true,
    ...(dev ? { log_level: 'INFO' } : { data_dir: join(dataFolder, 'data') }),
    ...(server ? { server, bootstrap: true } : {}),
    retry_join: retryJoin,
    retry_interval: '1s',
    ...config,
  };
}

/** The same after a restart, so that the pool takes the agent for the same node. */
function nodeIdOf(host: string): string {
  const hex = host.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return `00000000-0000-4000-8000-0000${hex.join('')}`;
}
