import { posix } from 'node:path';
import { type AgentClient, type Held, type HoldOptions, LockError } from '@hobnob/agent/client';
import { argvOf } from '@hobnob/agent/programs';
import { serverFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import type { FlagSpec, FlagValues } from '../flag-spec.ts';
import type { CliIo } from '../io.ts';
import { exitFailure, exitOk } from '../output.ts';
import { askAgent } from './ask-agent.ts';
import { describeLockError } from './lock-error.ts';
import { runWhileHeld } from './run-while-held.ts';
import type { StopSignal } from './signals.ts';

const lockFlags = [
  ...serverFlags,
  {
    name: 'child-exit-code',
    kind: 'bool',
    description: 'Exits with 2 when the child fails. Default: with 0.',
  },
  {
    name: 'monitor-retry',
    kind: 'int',
    placeholder: 'int',
    defaultText: '3',
    description:
      'How often a failed look at the lock is repeated, after 1 s each, before it counts as lost. Default 3.',
  },
  {
    name: 'n',
    kind: 'int',
    placeholder: 'int',
    defaultText: '1',
    description: 'How many may hold it at a time; above 1 it is a semaphore. Default 1.',
  },
  {
    name: 'name',
    kind: 'string',
    placeholder: 'string',
    description: 'Name of the session. Default: one made of the child and the prefix.',
  },
  { name: 'pass-stdin', kind: 'bool', description: 'Gives the child the standard input of this command.' },
  {
    name: 'shell',
    kind: 'bool',
    defaultText: 'true',
    description:
      'Runs the child in a shell, that of SHELL in the environment or /bin/sh, with its words joined by spaces as one script. Default true; with -shell=false the words are the program and its arguments.',
  },
  {
    name: 'timeout',
    kind: 'duration',
    placeholder: 'duration',
    defaultText: '0s',
    description: 'How long to wait for the lock, such as 1s or 3h. Default 0: without limit.',
  },
  {
    name: 'try',
    kind: 'duration',
    placeholder: 'duration',
    defaultText: '0s',
    collectedIn: 'timeout',
    description: 'DEPRECATED. Use -timeout instead.',
  },
  { name: 'verbose', kind: 'bool', description: 'Says on standard output what happens.' },
] as const satisfies readonly FlagSpec[];

type Flags = FlagValues<typeof lockFlags>;

/** Between two looks at a lock whose agent cannot be asked. */
const monitorRetryMs = 1_000;
/** In both kinds the last part of the key, so that a lock and a semaphore at one prefix notice each other. */
const lockName = '.lock';

/** `lock`: runs a program while it holds a lock. */
export const lockCommand = defineCommand({
  name: 'lock',
  synopsis: 'Execute a command holding a lock',
  usage: 'lock [options] prefix child...',
  paragraphs: [
    'Waits for a lock or, with -n, for a slot of a semaphore below the prefix, and runs the child while it holds it. When the lock is lost, or a signal asks to stop, the child gets SIGTERM and, 5 s later, SIGKILL.',
    'Excludes "consul lock" at the same prefix, and locks of Consul clients at PREFIX/.lock.',
  ],
  flags: lockFlags,
  async run({ flags, args, io }) {
    const problem = usageProblem(flags, args);
    if (problem !== undefined) {
      io.stderr(`${problem}\n`);
      return exitFailure;
    }
    const [prefix = '', ...words] = args;
    return askAgent(io, flags, 'Error querying Consul agent', async (client) => {
      await client.self();
      return holdAndRun({ prefix: prefix.replace(/^\//, ''), words, flags, io, client });
    });
  },
});

function usageProblem({ n = 1, timeout = 0n, 'monitor-retry': retries = 3 }: Flags, args: readonly string[]) {
  if (n <= 0) return 'Lock holder limit must be positive';
  if (args.length < 2) return 'Key prefix and child command must be specified';
  if (timeout < 0n) return 'Timeout must be positive';
  return retries < 0 ? "Number for 'monitor-retry' must be >= 0" : undefined;
}

interface LockRun {
  readonly prefix: string;
  /** The child. */
  readonly words: readonly string[];
  readonly flags: Flags;
  readonly io: CliIo;
  readonly client: AgentClient;
}

/** What lock and semaphore have in common. */
type Exclusion = Pick<ReturnType<AgentClient['lock']>, 'acquire' | 'tryAcquire' | 'destroy'>;

async function holdAndRun(run: LockRun): Promise<number> {
  const { words, flags, io } = run;
  const say = (text: string): void => {
    if (flags.verbose === true) io.stdout(`${text}\n`);
  };
  const stop = new AbortController();
  let forward: (signal: StopSignal) => void = () => undefined;
  const unlisten = io.onSignal((signal) => {
    if (signal !== 'SIGINT' && signal !== 'SIGTERM') return;
    forward(signal);
    stop.abort();
  });
  try {
    const exclusion = exclusionOf(run, say);
    if (exclusion === undefined) return fail(io, 'Lock setup failed: missing prefix');
    say('Attempting lock acquisition');
    const held = await acquire(exclusion, run, stop.signal);
    if (held === undefined) return exitFailure;
    let hasFailed = false;
    if (stop.signal.aborted) {
      io.stderr('Shutdown triggered during lock acquisition\n');
    } else {
      hasFailed = await runWhileHeld({
        child: {
          argv: argvOf(words, flags.shell ?? true, io.env['SHELL']),
          env: { CONSUL_LOCK_HELD: 'true' },
          stdin: flags['pass-stdin'] === true ? 'inherit' : 'none',
        },
        lost: held.signal,
        stop: stop.signal,
        onStarted: (send) => {
          forward = send;
        },
        say,
        io,
      });
    }
    if (!(await release(held, exclusion, say, io))) return exitFailure;
    return hasFailed && flags['child-exit-code'] === true ? exitChildFailed : exitOk;
  } finally {
    unlisten();
  }
}

/** The child failed, and -child-exit-code was given. */
const exitChildFailed = 2;

/** Undefined when a semaphore has no prefix. */
function exclusionOf(
  { prefix, words, flags, client }: LockRun,
  say: (text: string) => void,
): Exclusion | undefined {
  const { n: limit = 1, name = '', datacenter } = flags;
  const options: HoldOptions = {
    sessionName: name === '' ? `Consul lock for '${words.join(' ')}' at '${prefix}'` : name,
    monitorRetries: flags['monitor-retry'] ?? 3,
    monitorRetryMs,
    ...(datacenter === undefined ? {} : { datacenter }),
  };
  if (limit === 1) {
    const key = posix.join(prefix, lockName);
    say(`Setting up lock at path: ${key}`);
    return client.lock(key, options);
  }
  say(`Setting up semaphore (limit ${limit}) at prefix: ${prefix}`);
  if (prefix === '') return undefined;
  return client.semaphore(posix.normalize(prefix), { ...options, limit });
}

/** Undefined, with the reason on stderr, when it is not held. */
async function acquire(
  exclusion: Exclusion,
  { flags, io }: LockRun,
  signal: AbortSignal,
): Promise<Held | undefined> {
  const { timeout = 0n } = flags;
  try {
    const held =
      timeout === 0n
        ? await exclusion.acquire({ signal })
        : await exclusion.tryAcquire({ signal, waitMs: Number(timeout / nsPerMs) });
    if (held !== undefined) return held;
  } catch (error) {
    if (!signal.aborted) {
      io.stderr(`Lock acquisition failed: ${describeLockError(error)}\n`);
      return undefined;
    }
  }
  io.stderr('Shutdown triggered or timeout during lock acquisition\n');
  return undefined;
}

const nsPerMs = 1_000_000n;

/** Gives it up and removes its key unless others use it. False, with the reason on stderr, when that failed. */
async function release(
  held: Held,
  exclusion: Exclusion,
  say: (text: string) => void,
  io: CliIo,
): Promise<boolean> {
  try {
    await held.release();
  } catch (error) {
    io.stderr(`Lock release failed: ${describeLockError(error)}\n`);
    return false;
  }
  try {
    await exclusion.destroy();
    say('Cleanup succeeded');
  } catch (error) {
    if (!(error instanceof LockError && error.code === 'CLIENT_LOCK_IN_USE')) {
      io.stderr(`Lock cleanup failed: ${describeLockError(error)}\n`);
      return false;
    }
    say('Cleanup aborted, lock in use');
  }
  return true;
}

function fail(io: CliIo, text: string): number {
  io.stderr(`${text}\n`);
  return exitFailure;
}
