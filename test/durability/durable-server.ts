import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PeerProcess, peerProgramPath } from '../interop/peer-process.ts';
import { waitUntil } from '../interop/wait-until.ts';
import { hobnobBin } from '../support/hobnob-process.ts';
import { HttpCaller } from '../support/http-caller.ts';

/** Whose server it is. Both take the same flags. */
export type Program = 'consul' | 'hobnob';

const port = 8500;
/** The fastest elections, no call to the network, and so many snapshots that kills meet them. */
const config = {
  performance: { raft_multiplier: 1 },
  disable_update_check: true,
  raft_snapshot_threshold: 100,
  raft_snapshot_interval: '100ms',
  raft_trailing_logs: 20,
};

function commandOf(program: Program): readonly string[] {
  return program === 'consul' ? [peerProgramPath('consul')] : [process.execPath, hobnobBin];
}

/** One server with its data on disk, which is killed and started again on the same data. */
export class DurableServer implements AsyncDisposable {
  readonly program: Program;
  readonly host: string;
  readonly port = port;
  /** Its -data-dir. */
  readonly dataFolder: string;
  readonly #folder: string;
  #process: PeerProcess | undefined;
  #earlierLogs = '';

  private constructor(program: Program, host: string, folder: string, dataFolder: string) {
    this.program = program;
    this.host = host;
    this.#folder = folder;
    this.dataFolder = dataFolder;
  }

  /** Nothing is started yet. */
  static async create(program: Program, host: string): Promise<DurableServer> {
    const folder = await mkdtemp(join(tmpdir(), 'hobnob-durability-'));
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    return new DurableServer(program, host, folder, await mkdtemp(join(folder, 'data-')));
  }

  /**
   * Starts it and waits until it answers a consistent read.
   * @param more flags, variables of the environment, and a command that runs it, such as `nsenter`.
   * @throws Error with its log when it ends or does not answer in time.
   */
  async start(
    more: {
      readonly args?: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
      readonly within?: readonly string[];
    } = {},
  ): Promise<void> {
    const [command = '', ...first] = [...(more.within ?? []), ...commandOf(this.program)];
    const flags = ['agent', '-server', '-bootstrap', `-data-dir=${this.dataFolder}`];
    const addresses = [`-bind=${this.host}`, `-client=${this.host}`];
    const args = [...first, ...flags, ...addresses, `-config-file=${join(this.#folder, 'config.json')}`];
    const child = await PeerProcess.start(() => ({
      command,
      args: [...args, ...(more.args ?? [])],
      env: more.env ?? {},
    }));
    this.#process = child;
    const caller = new HttpCaller(this.host, port, { connections: 1, timeoutMs: 5_000 });
    try {
      const found = await waitUntil(
        `${this.program} answers consistent reads`,
        async () => {
          if (!child.running) return 'ended';
          const { status } = await caller.send({ method: 'GET', path: '/v1/kv/ready?consistent' });
          return status === 404 || status === 200;
        },
        { timeoutMs: 30_000, everyMs: 20, explain: async () => this.logTail },
      );
      if (found === 'ended') throw new Error(`${this.program} ended by itself:\n${this.logTail}`);
    } finally {
      caller.close();
    }
  }

  /** The last of what it printed, in all its lives. */
  get logTail(): string {
    return `${this.#earlierLogs}\n${this.#process?.logTail(40) ?? ''}`;
  }

  /** What this life has printed. */
  get lines(): readonly string[] {
    return this.#process?.lines ?? [];
  }

  get isRunning(): boolean {
    return this.#process?.running ?? false;
  }

  /** Undefined when it does not run. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** It stands still, as on a machine that is overloaded, until `resume`. */
  pause(): void {
    this.#process?.signal('SIGSTOP');
  }

  resume(): void {
    this.#process?.signal('SIGCONT');
  }

  /** Ends it and returns when it has ended. SIGKILL leaves it no time. */
  async end(signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT' = 'SIGKILL'): Promise<void> {
    await this.#process?.kill(signal, 20_000);
    this.#earlierLogs = this.#process?.logTail(10) ?? '';
    await this.#process?.dispose();
    this.#process = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.dispose();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
