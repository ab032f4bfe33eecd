import { apiFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import { exitOk } from '../output.ts';
import { refuseUsage } from '../wrong-usage.ts';
import { askAgent } from './ask-agent.ts';

/** `leave`: a running agent leaves its pools and stops. */
export const leaveCommand = defineCommand({
  name: 'leave',
  synopsis: 'Gracefully leaves the Consul cluster and shuts down',
  usage: 'leave [options]',
  paragraphs: [
    'Causes the agent to gracefully leave the cluster and shut down. Other members see it as left.',
  ],
  flags: apiFlags,
  async run({ flags, args, help, io }) {
    if (args.length > 0) {
      return refuseUsage(io, help, `Error found unexpected args: [${args.join(' ')}]`);
    }
    return askAgent(io, flags, 'Error leaving', async (client) => {
      await client.leave();
      io.stdout('Graceful leave complete\n');
      return exitOk;
    });
  },
});
