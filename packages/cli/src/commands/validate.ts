import { defineCommand } from '../command.ts';
import { exitFailure, exitOk } from '../output.ts';
import { loadConfig } from './load-config.ts';
import { operatingMessage } from './operating-error.ts';

/** `validate`: checks configuration files as `agent` would, and starts nothing. */
export const validateCommand = defineCommand({
  name: 'validate',
  synopsis: 'Validate config files/directories',
  usage: 'validate [options] FILE_OR_DIRECTORY...',
  paragraphs: [
    'Checks configuration files and directories as a whole, exactly as the agent would before it starts. Exits with 0 when they are valid and with 1 when they are not.',
  ],
  flags: [
    {
      name: 'config-format',
      kind: 'string',
      placeholder: 'string',
      description: "Config files are in this format irrespective of their extension. Must be 'hcl' or 'json'",
    },
    { name: 'quiet', kind: 'bool', description: 'Prints nothing when the configuration is valid.' },
  ],
  async run({ flags, args, io }) {
    if (args.length === 0) {
      io.stderr('Must specify at least one config file or directory\n');
      return exitFailure;
    }
    const agent = await io.loadAgent();
    const quiet = flags.quiet ?? false;
    try {
      const sources = { paths: args, format: flags['config-format'] };
      const { options } = await loadConfig(sources, agent);
      const { warnings } = agent.resolveAgentOptions(options, agent.readHostFacts());
      if (!quiet) io.stderr(warnings.map((warning) => `${warning}\n`).join(''));
    } catch (error) {
      io.stderr(`Config validation failed: ${operatingMessage(error)}\n`);
      return exitFailure;
    }
    if (!quiet) io.stdout('Configuration is valid!\n');
    return exitOk;
  },
});
