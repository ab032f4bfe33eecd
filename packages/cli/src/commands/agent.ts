import type { AgentOptions } from '@hobnob/agent';
import { agentFlags, type LaunchFlagValues, settingsFromFlags } from '../agent-flags.ts';
import { defineCommand } from '../command.ts';
import type { AgentModule } from '../io.ts';
import { exitFailure } from '../output.ts';
import { ConfigFormatError, type LoadedConfig, loadConfig } from './load-config.ts';
import { operatingMessage } from './operating-error.ts';
import { type AgentLaunch, runAgent } from './run-agent.ts';

/** The values of all flags, the keys of the configuration among them. */
type AgentFlagValues = LaunchFlagValues & Readonly<Record<string, unknown>>;

/** `agent`: runs an agent in this process until a signal, or until it leaves. */
export const agentCommand = defineCommand({
  name: 'agent',
  synopsis: 'Runs a Consul agent',
  usage: 'agent [options]',
  paragraphs: [
    'Starts the agent and runs until an interrupt is received. A client leaves its pool on SIGINT and SIGTERM; a server stays a member unless leave_on_terminate or skip_leave_on_interrupt say otherwise. A second signal ends the process at once. SIGHUP reloads the configuration as far as it may change while the agent runs; SIGUSR1 writes statistics to the log. Exits with 0 after a clean stop, with 1 when it could not start or gave up.',
  ],
  flags: agentFlags,
  async run({ flags, args, io }) {
    if (args.length > 0) {
      io.stderr(`==> Unexpected extra arguments: [${args.join(' ')}]\n`);
      return exitFailure;
    }
    const agent = await io.loadAgent();
    let launch: AgentLaunch;
    try {
      // The values were read by `agentFlags`, which holds the launch flags.
      launch = await readLaunch(flags as AgentFlagValues, agent);
    } catch (error) {
      io.stderr(`==> ${operatingMessage(error)}\n`);
      return exitFailure;
    }
    return runAgent(launch, agent, io);
  },
});

/** Files first, then the flags above them as one more file, then the pieces of -hcl, then everything is checked. */
async function readLaunch(flags: AgentFlagValues, agent: AgentModule): Promise<AgentLaunch> {
  const { options, skipped } = await readOptions(flags, agent);
  const config = agent.resolveAgentOptions(options, agent.readHostFacts());
  return { options, skipped, config, readAgain: () => readAgain(flags, agent) };
}

async function readOptions(flags: AgentFlagValues, agent: AgentModule): Promise<LoadedConfig> {
  const sources = { paths: flags['config-file'] ?? [], format: flags['config-format'] };
  const { options: fromFiles, skipped } = await loadConfig(sources, agent);
  const text = JSON.stringify(settingsFromFlags(flags));
  const fromFlags = agent.parseConfigFiles([{ path: 'command line', text }]);
  const dev = flags.dev === undefined ? {} : { dev: flags.dev };
  const pieces = (flags.hcl ?? []).map((piece, i) => ({
    path: `flags-${i}.hcl`,
    text: piece,
    format: 'hcl' as const,
  }));
  const fromPieces = agent.parseConfigFiles(pieces);
  return { options: agent.mergeConfig(fromFiles, { ...fromFlags, ...dev }, fromPieces), skipped };
}

/** For a reload, which checks everything itself. Whoever asked for it, over HTTP too, is told what is wrong. */
async function readAgain(flags: AgentFlagValues, agent: AgentModule): Promise<AgentOptions> {
  try {
    return (await readOptions(flags, agent)).options;
  } catch (error) {
    if (!(error instanceof ConfigFormatError)) throw error;
    throw new agent.AgentError('AGENT_CONFIG', error.message, { cause: error });
  }
}
