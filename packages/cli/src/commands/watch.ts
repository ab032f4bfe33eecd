import { type AgentClient, AgentClientError } from '@hobnob/agent/client';
import { argvOf, type Child, describeFailure } from '@hobnob/agent/programs';
import { planWatch, runWatch, type WatchedView, type WatchPlan, writeGoJson } from '@hobnob/agent/watching';
import { ConnectionError, readOptionsOf, resolveConnection, serverFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import { parseGoBool } from '../go-flags.ts';
import { formatGoMs } from '../go-numbers.ts';
import type { CliIo } from '../io.ts';
import { formatTextLine } from '../log-format.ts';
import { exitFailure, exitOk } from '../output.ts';
import { refuseUsage } from '../wrong-usage.ts';
import { askAgent, connectionSources } from './ask-agent.ts';

/** `watch`: prints a view, or runs a program whenever it changes. */
export const watchCommand = defineCommand({
  name: 'watch',
  synopsis: 'Watch for changes in Consul',
  usage: 'watch [options] [child...]',
  paragraphs: [
    'Without a child, prints a view of the agent as JSON and exits. With one, runs it with the JSON on its standard input and the index in CONSUL_INDEX, at once and after every change, until it fails. A view that cannot be read is read again later.',
  ],
  flags: [
    ...serverFlags,
    { name: 'key', kind: 'string', placeholder: 'string', description: 'The key, for type key.' },
    {
      name: 'name',
      kind: 'string',
      placeholder: 'string',
      description: 'The name of events, for type event. Optional.',
    },
    {
      name: 'passingonly',
      kind: 'string',
      placeholder: 'true|false',
      description: 'Only instances whose checks all pass, for type service. Default false.',
    },
    {
      name: 'prefix',
      kind: 'string',
      placeholder: 'string',
      description: 'The prefix of keys, for type keyprefix.',
    },
    {
      name: 'service',
      kind: 'string',
      placeholder: 'string',
      description: 'The service, for type service, and optionally for type checks.',
    },
    {
      name: 'shell',
      kind: 'bool',
      defaultText: 'true',
      description:
        'Runs the child in a shell, that of SHELL in the environment or /bin/sh, with its words joined by spaces as one script. Default true; with -shell=false the words are the program and its arguments.',
    },
    {
      name: 'state',
      kind: 'string',
      placeholder: 'string',
      description: 'The state of checks, for type checks: any, passing, warning or critical. Optional.',
    },
    {
      name: 'tag',
      kind: 'list',
      description: 'A tag that instances must have, for type service. May be given several times.',
    },
    {
      name: 'type',
      kind: 'string',
      placeholder: 'string',
      description: 'What to watch: key, keyprefix, services, nodes, service, checks or event.',
    },
  ],
  async run({ flags, args, help, io }) {
    const { type = '', passingonly = '' } = flags;
    if (type === '') return refuseUsage(io, help, 'Watch type must be specified');
    const refuse = (text: string): number => {
      io.stderr(`${text}\n`);
      return exitFailure;
    };
    const problem = await connectionProblem(flags, io);
    if (problem !== undefined) return refuse(problem);
    const isPassingOnly = passingonly === '' ? undefined : parseGoBool(passingonly);
    if (passingonly !== '' && isPassingOnly === undefined) {
      const fault = `parsing ${JSON.stringify(passingonly)}: invalid syntax`;
      return refuse(`Failed to parse passingonly flag: strconv.ParseBool: ${fault}`);
    }
    const plan = planWatch(type, {
      key: given(flags.key),
      prefix: given(flags.prefix),
      service: given(flags.service),
      tag: flags.tag,
      passingonly: isPassingOnly,
      state: given(flags.state),
      name: given(flags.name),
      stale: flags.stale === true ? true : undefined,
    });
    if (typeof plan === 'string') return refuse(plan);
    if (type === 'agent_service') return refuse(`Type ${type} is not supported in the CLI tool`);
    const options = readOptionsOf(flags);
    const wholePlan: WatchPlan = {
      ...plan,
      read: (client, read) => plan.read(client, { ...options, ...read }),
    };
    return askAgent(io, flags, 'Error querying Consul agent', async (client) => {
      await client.self();
      const argv = args.length === 0 ? undefined : argvOf(args, flags.shell ?? true, io.env['SHELL']);
      return follow(wholePlan, client, argv, io);
    });
  },
});

/** Go's flags know no difference between empty and absent. */
function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** Consul makes the client twice; the first time its command gives the reason alone. */
async function connectionProblem(flags: Parameters<typeof resolveConnection>[0], io: CliIo) {
  try {
    await resolveConnection(flags, connectionSources(io));
    return undefined;
  } catch (error) {
    if (error instanceof ConnectionError || error instanceof AgentClientError) return error.message;
    throw error;
  }
}

/** Resolves with the exit code when the watch ends: after one view without a child, else when the child fails or a signal asks. */
async function follow(
  plan: WatchPlan,
  client: AgentClient,
  argv: readonly string[] | undefined,
  io: CliIo,
): Promise<number> {
  const ended = new AbortController();
  const { signal } = ended;
  let child: Child | undefined;
  let exitCode = exitOk;
  const unlisten = io.onSignal((asked) => {
    if (asked !== 'SIGINT' && asked !== 'SIGTERM') return;
    child?.kill(asked);
    ended.abort();
  });
  const stopped = new Promise<'stopped'>((resolve) => {
    signal.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
  const handle = async (view: WatchedView): Promise<boolean> => {
    if (argv === undefined) {
      io.stdoutBytes(Buffer.from(`${writeGoJson(view.value, '    ')}\n`));
      return false;
    }
    const input = Buffer.from(`${writeGoJson(view.value)}\n`);
    child = io.startChild({ argv, env: { CONSUL_INDEX: `${view.index}` }, stdin: input });
    // A request to stop does not wait for the child.
    const end = await Promise.race([child.ended, stopped]);
    child = undefined;
    if (end === 'stopped') return false;
    const problem =
      end.type === 'not-started' ? `starting handler: ${end.problem}` : withPrefix(describeFailure(end));
    if (problem === undefined) return true;
    io.stderr(`Error ${problem}\n`);
    exitCode = exitFailure;
    return false;
  };
  try {
    await runWatch(plan, {
      client,
      signal,
      handle,
      onError: (reason, retryMs) => io.stderr(errorLine(plan.type, reason, retryMs, io)),
      pause: (ms) => pause(ms, signal, io),
    });
  } finally {
    unlisten();
  }
  return exitCode;
}

function withPrefix(failure: string | undefined): string | undefined {
  return failure === undefined ? undefined : `executing handler: ${failure}`;
}

function errorLine(type: string, reason: string, retryMs: number, io: CliIo): string {
  const { ms: timeMs, offsetMinutes } = io.now();
  const fields = { type, error: reason, retry: formatGoMs(retryMs) };
  const record = {
    timeMs,
    level: 'error',
    component: 'watch.watch',
    message: 'Watch errored',
    detail: undefined,
  } as const;
  return formatTextLine({ ...record, fields }, offsetMinutes);
}

function pause(ms: number, signal: AbortSignal, io: CliIo): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = io.wakeAfter(ms, end);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
