import { apiFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import { exitOk } from '../output.ts';
import { askAgent } from './ask-agent.ts';

/** `reload`: a running agent reads its configuration again. */
export const reloadCommand = defineCommand({
  name: 'reload',
  synopsis: 'Triggers the agent to reload configuration files',
  usage: 'reload [options]',
  paragraphs: [
    'Causes the agent to read its configuration again, as SIGHUP does. A configuration that is wrong changes nothing; the command prints what is wrong with it then and exits with 1.',
  ],
  flags: apiFlags,
  async run({ flags, io }) {
    return askAgent(io, flags, 'Error reloading', async (client) => {
      await client.reload();
      io.stdout('Configuration reload triggered\n');
      return exitOk;
    });
  },
});
