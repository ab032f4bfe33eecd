import { describeApiError } from '@hobnob/agent/client';
import { apiFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import { exitFailure, exitOk } from '../output.ts';
import { refuseUsage } from '../wrong-usage.ts';
import { askAgent } from './ask-agent.ts';

/** `join`: a running agent joins a pool through one or more of its members. */
export const joinCommand = defineCommand({
  name: 'join',
  synopsis: 'Tell Consul agent to join cluster',
  usage: 'join [options] address ...',
  paragraphs: [
    'Tells a running agent to join the cluster by specifying at least one existing member. One that answers is enough.',
  ],
  flags: [
    ...apiFlags,
    { name: 'wan', kind: 'bool', description: 'Joins a server to another server in the WAN pool.' },
  ],
  async run({ flags, args, help, io }) {
    if (args.length === 0) {
      return refuseUsage(io, help, 'At least one address to join must be specified.');
    }
    return askAgent(io, flags, 'Error joining', async (client) => {
      let joined = 0;
      for (const address of args) {
        try {
          await client.join(address, { wan: flags.wan ?? false });
          joined += 1;
        } catch (error) {
          io.stderr(`Error joining address '${address}': ${describeApiError(error)}\n`);
        }
      }
      if (joined === 0) {
        io.stderr('Failed to join any nodes.\n');
        return exitFailure;
      }
      io.stdout(`Successfully joined cluster by contacting ${joined} nodes.\n`);
      return exitOk;
    });
  },
});
