import { execFile } from 'node:child_process';
import { hobnobBin } from '../support/hobnob-process.ts';
import { peerProgramPath } from './peer-process.ts';

/** A command line of both commands: its words, and what it reads. */
export interface CommandLine {
  readonly argv: readonly string[];
  readonly stdin?: string;
  /** Beside the address of the agent. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a command line printed, as bytes, and its exit code. */
export interface LineOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Which command: real Consul's, or the built one of ours. */
export type CommandKind = 'consul' | 'hobnob';

const lineMsMax = 30_000;

/** Runs a line with one of the commands, in an environment that both share. Rejects when it does not end. */
export function runLine(
  kind: CommandKind,
  { argv, stdin = '', env: own = {} }: CommandLine,
  address: string,
): Promise<LineOutcome> {
  const program = kind === 'consul' ? peerProgramPath('consul') : process.execPath;
  const args = kind === 'consul' ? argv : [hobnobBin, ...argv];
  const env = { CONSUL_HTTP_ADDR: address, PATH: process.env['PATH'] ?? '', SHELL: '/bin/sh', ...own };
  return new Promise((resolve, reject) => {
    const options = { env, encoding: 'latin1', timeout: lineMsMax } as const;
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (error?.killed === true) reject(new Error(`${kind} ${argv.join(' ')} has not ended`));
      else resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
    // A line that fails need not read.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(stdin, 'latin1');
  });
}
