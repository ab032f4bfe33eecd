import { apiFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import { exitOk } from '../output.ts';
import { refuseUsage } from '../wrong-usage.ts';
import { askAgent } from './ask-agent.ts';

/** `force-leave`: moves a failed member to the state left. */
export const forceLeaveCommand = defineCommand({
  name: 'force-leave',
  synopsis: 'Forces a member of the cluster to enter the "left" state',
  usage: 'force-leave [options] name',
  paragraphs: [
    'Forces a failed member of the cluster to enter the "left" state, so that other members stop reconnecting to it. A member that is still alive refutes this and stays.',
  ],
  flags: [
    ...apiFlags,
    { name: 'prune', kind: 'bool', description: 'Remove agent completely from list of members' },
  ],
  async run({ flags, args, help, io }) {
    const [node] = args;
    if (node === undefined || args.length > 1) {
      return refuseUsage(io, help, 'A single node name must be specified to force leave.');
    }
    return askAgent(io, flags, 'Error force leaving', async (client) => {
      await client.forceLeave(node, { prune: flags.prune ?? false });
      return exitOk;
    });
  },
});
