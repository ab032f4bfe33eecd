import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from './wait-until.ts';

/** The folder with the real consul, serf and serf-0.9.4, or undefined: never looked up through PATH. */
export const peersFolder = process.env['HOBNOB_PEERS'];

/** Names of the real programs as they lie in `HOBNOB_PEERS`. */
export type PeerProgram = 'consul' | 'serf' | 'serf-0.9.4';

export interface SpawnOptions {
  /** The executable: a real peer, or our own through process.execPath. */
  readonly command: string;
  readonly args: readonly string[];
  /** Set for programs that are spoken to over their standard streams. */
  readonly stdin?: 'ignore' | 'pipe';
  /** Beside the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Where a real program lies. @throws Error when `HOBNOB_PEERS` is unset or does not hold it. */
export function peerProgramPath(program: PeerProgram): string {
  if (peersFolder === undefined) throw new Error('HOBNOB_PEERS is not set');
  const path = join(peersFolder, program);
  if (!existsSync(path)) throw new Error(`${path} does not exist`);
  return path;
}

const linesKept = 4000;

/** A child process whose output is kept and that cannot outlive this one. */
export class PeerProcess {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #exited: Promise<void>;
  #partial = '';
  #dataFolder: string | undefined;

  private constructor(child: ChildProcess, dataFolder: string) {
    this.#child = child;
    this.#dataFolder = dataFolder;
    const killAtExit = () => child.kill('SIGKILL');
    process.once('exit', killAtExit);
    this.#exited = new Promise((resolve) => {
      const end = () => {
        process.removeListener('exit', killAtExit);
        resolve();
      };
      child.once('exit', end);
      child.once('error', (error) => {
        this.#lines.push(`spawn: ${error.message}`);
        end();
      });
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    }
  }

  /** Starts a program with a fresh data folder, whose path `args` may ask for. */
  static async start(options: (dataFolder: string) => SpawnOptions): Promise<PeerProcess> {
    const dataFolder = await mkdtemp(join(tmpdir(), 'hobnob-interop-'));
    const { command, args, stdin = 'ignore', env } = options(dataFolder);
    const child = spawn(command, args, {
      cwd: dataFolder,
      stdio: [stdin, 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    return new PeerProcess(child, dataFolder);
  }

  /** Its process id; undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The exit code; null while it runs and when a signal ended it. */
  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** Everything it printed, oldest first; at most the last 4,000 lines. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** The last lines of its output, for failure messages. */
  logTail(linesCount = 25): string {
    return this.#lines.slice(-linesCount).join('\n');
  }

  /** Waits until a line matches. @throws Error when none does in time or the process ends first. */
  async waitForLine(pattern: RegExp, timeoutMs = 20_000): Promise<string> {
    const found = () => this.#lines.find((line) => pattern.test(line));
    return waitUntil(
      `a line that matches ${pattern}`,
      () => {
        const line = found();
        if (line === undefined && !this.running) return 'ended';
        return line;
      },
      { timeoutMs, explain: async () => this.logTail() },
    ).then((line) => {
      if (line === 'ended') throw new Error(`ended before a line matched ${pattern}:\n${this.logTail()}`);
      return line;
    });
  }

  /** Writes one line to its standard input. */
  writeLine(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Sends a signal that does not end it. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends a signal and waits for the end, by force after `graceMs`. Harmless when it has ended. */
  async kill(signal: NodeJS.Signals, graceMs = 10_000): Promise<void> {
    if (this.running) this.#child.kill(signal);
    const force = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    await this.#exited;
    clearTimeout(force);
  }

  /** Waits for its end by itself. @throws Error when it still runs after `timeoutMs`. */
  async waitForExit(timeoutMs = 20_000): Promise<number | null> {
    await waitUntil('the process has ended', () => !this.running, {
      timeoutMs,
      explain: async () => this.logTail(),
    });
    return this.exitCode;
  }

  /** Ends it at once and removes its data folder. May be called twice. */
  async dispose(): Promise<void> {
    await this.kill('SIGKILL');
    const folder = this.#dataFolder;
    this.#dataFolder = undefined;
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }

  #take(text: string): void {
    const lines = (this.#partial + text).split('\n');
    this.#partial = lines.pop() ?? '';
    this.#lines.push(...lines);
    if (this.#lines.length > linesKept) this.#lines.splice(0, this.#lines.length - linesKept);
  }
}
