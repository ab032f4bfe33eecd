import type * as AgentPackage from '@hobnob/agent';
import type { AgentClient, AgentClientOptions } from '@hobnob/agent/client';

/** What the commands use of the agent package; loaded only when one of them needs it. */
export type AgentModule = Pick<
  typeof AgentPackage,
  | 'createAgent'
  | 'loadExpressionEngine'
  | 'mergeConfig'
  | 'parseConfigFiles'
  | 'readConfigFiles'
  | 'readHostFacts'
  | 'resolveAgentOptions'
>;

/** The signals a command may be told about. */
export type CliSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Files outside the configuration. All reject with Node's errors. */
export interface CliFiles {
  readText(path: string): Promise<string>;
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
  /** Data: what a script would read. */
  stdout(text: string): void;
  /** Everything else. */
  stderr(text: string): void;
  createClient(options: AgentClientOptions): AgentClient;
  loadAgent(): Promise<AgentModule>;
  randomBytes(count: number): Uint8Array;
  /** Takes over the signals until the returned function is called. */
  onSignal(listener: (signal: CliSignal) => void): () => void;
}
