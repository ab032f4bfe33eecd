import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { PeerProcess } from '../interop/peer-process.ts';
import { root } from '../source-files.ts';

/** The built command. */
export const hobnobBin = join(root, 'packages', 'cli', 'dist', 'bin.js');

/** What one run of the command printed and how it ended. */
export interface CommandOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly elapsedMs: number;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** After this long it is killed and the call rejects. Default 30 s. */
  readonly timeoutMs?: number;
}

/** Runs the command to its end. Whatever the environment says about agents to ask is left out. */
export function runHobnob(args: readonly string[], options: CommandOptions = {}): Promise<CommandOutcome> {
  const { env = {}, timeoutMs = 30_000 } = options;
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CONSUL_'));
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [hobnobBin, ...args],
      { env: { ...Object.fromEntries(inherited), ...env }, timeout: timeoutMs, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        const elapsedMs = performance.now() - startedMs;
        const code = error === null ? 0 : error.code;
        if (typeof code === 'number') resolve({ code, stdout, stderr, elapsedMs });
        else reject(new Error(`hobnob ${args.join(' ')} did not end:\n${stdout}${stderr}`, { cause: error }));
      },
    );
  });
}

/** An agent in a process of its own, which ends with the test's. */
export class HobnobProcess implements AsyncDisposable {
  readonly #process: PeerProcess;
  /** Where its HTTP API answers. */
  readonly address: string;

  private constructor(process: PeerProcess, address: string) {
    this.#process = process;
    this.address = address;
  }

  /**
   * Starts `agent` on a loopback address of its own and waits until it says that it runs.
   * @throws Error with its output when it ends or is not there in time.
   */
  static async start(host: string, args: readonly string[]): Promise<HobnobProcess> {
    const process = await HobnobProcess.spawn(host, args);
    try {
      await process.waitForLine(/^==> Consul agent running!$/);
    } catch (error) {
      await process.#process.dispose();
      throw error;
    }
    return process;
  }

  /** Starts `agent` and does not wait for anything. Without `-dev` it gets a data folder. */
  static async spawn(host: string, args: readonly string[]): Promise<HobnobProcess> {
    const ownsData = !args.some((arg) => /^-(dev$|data-dir)/.test(arg));
    const child = await PeerProcess.start((folder) => ({
      command: process.execPath,
      args: [
        hobnobBin,
        'agent',
        `-bind=${host}`,
        `-client=${host}`,
        ...(ownsData ? [`-data-dir=${join(folder, 'data')}`] : []),
        ...args,
      ],
    }));
    return new HobnobProcess(child, `${host}:8500`);
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Everything it printed. */
  get output(): string {
    return this.#process.lines.join('\n');
  }

  waitForLine(pattern: RegExp): Promise<string> {
    return this.#process.waitForLine(pattern);
  }

  /** Waits for its end and returns the exit code; null when a signal ended it. */
  waitForExit(): Promise<number | null> {
    return this.#process.waitForExit();
  }

  /** Asks this agent something through the command. */
  run(...args: readonly string[]): Promise<CommandOutcome> {
    const [command = '', ...rest] = args;
    return runHobnob([command, `-http-addr=${this.address}`, ...rest]);
  }

  /** Sends a signal and waits for the end. Returns the exit code and how long it took. */
  async stop(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly elapsedMs: number }> {
    const startedMs = performance.now();
    await this.#process.kill(signal, 15_000);
    return { code: this.#process.exitCode, elapsedMs: performance.now() - startedMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.dispose();
  }
}
