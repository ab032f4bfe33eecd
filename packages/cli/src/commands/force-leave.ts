import { apiFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import { exitOk } from '../output.ts';
import { refuseUsage } from '../wrong-usage.ts';
import { askAgent } from './ask-agent.ts';

/** `force-leave`: declares a failed member to have left. */
export const forceLeaveCommand = defineCommand({
  name: 'force-leave',
  synopsis: 'Forces a member of the cluster to enter the "left" state',
  usage: 'force-leave [options] name',
  paragraphs: [
    'Moves a failed member to "left", so that nobody tries to reach it any more. A member that is in fact alive refutes this and stays.',
  ],
  flags: [
    ...apiFlags,
    { name: 'prune', kind: 'bool', description: 'Removes the member from the list at once.' },
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
