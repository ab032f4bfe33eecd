import type * as AgentPackage from '@hobnob/agent';
import type { AgentClient, AgentClientOptions, ClientTlsFiles, ClientTlsOptions } from '@hobnob/agent/client';
import type { Child, ChildToStart } from '@hobnob/agent/programs';
import type { LineSink } from './line-output.ts';

/** The part of the agent package that commands use; loaded when one of them needs it. */
export type AgentModule = Pick<
  typeof AgentPackage,
  | 'AgentError'
  | 'createAgent'
  | 'loadExpressionEngine'
  | 'mergeConfig'
  | 'parseConfigFiles'
  | 'parseConfigFilesInTurns'
  | 'parseExportedEntries'
  | 'parseServiceFiles'
  | 'readConfigFiles'
  | 'readHostFacts'
  | 'resolveAgentOptions'
>;

/** The signals that a command may listen for. */
export type CliSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGUSR1';

/** Files outside the configuration. All reject with Node's errors. */
export interface CliFiles {
  readText(path: string): Promise<string>;
  readBytes(path: string): Promise<Uint8Array>;
  writeText(path: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
}

/** Everything a command takes from the process it runs in, so that tests can take its place. */
export interface CliIo {
  /** The name it was called by, `hobnob` or `consul`, for usage texts. */
  readonly commandName: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly files: CliFiles;
  /** Standard input to its end. Rejects with Node's errors. */
  readStdin(): Promise<string>;
  /** Standard input to its end. Rejects with Node's errors. */
  readStdinBytes(): Promise<Uint8Array>;
  /** Data that scripts read. */
  stdout(text: string): void;
  /** Data that is no text, or must arrive as it is. */
  stdoutBytes(bytes: Uint8Array): void;
  /** Everything else. */
  stderr(text: string): void;
  /** Standard output for the lines of an agent, which runs on without it. */
  stdoutSink(): LineSink;
  /** @throws Error of the system, with `path`, when the first file cannot be opened. */
  openLogFile(config: AgentPackage.LogFileConfig): LineSink;
  /** Certificates for connections to an agent. Rejects with AgentClientError. */
  readClientTls(files: ClientTlsFiles): Promise<ClientTlsOptions>;
  createClient(options: AgentClientOptions): AgentClient;
  loadAgent(): Promise<AgentModule>;
  startChild(given: ChildToStart): Child;
  randomBytes(count: number): Uint8Array;
  /** Takes over the signals until the returned function is called. */
  onSignal(listener: (signal: CliSignal) => void): () => void;
  /** Calls `wake` after a while, unless the returned function is called before. */
  wakeAfter(delayMs: number, wake: () => void): () => void;
  /**
   * Sends a message of sd_notify(3) to the service manager. Resolves with why that was not possible, or with undefined;
   * within 5 s.
   */
  notifyServiceManager(message: string): Promise<string | undefined>;
  /** Time of the wall clock, and how far local time is ahead of UTC. */
  now(): { readonly ms: number; readonly offsetMinutes: number };
  /** CLOCK_MONOTONIC in microseconds. */
  monotonicUs(): bigint;
}
