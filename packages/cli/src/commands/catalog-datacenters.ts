import { serverFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import { exitOk } from '../output.ts';
import { printable } from '../printable.ts';
import { refuseArguments } from '../wrong-usage.ts';
import { askAgent } from './ask-agent.ts';

/** `catalog datacenters`: the datacenters that are known, the nearest first. */
export const catalogDatacentersCommand = defineCommand({
  name: 'datacenters',
  synopsis: 'Lists all known datacenters',
  usage: 'catalog datacenters [options]',
  paragraphs: [
    'Lists the known datacenters, sorted by the estimated round trip time to their servers, the nearest first.',
  ],
  flags: serverFlags,
  async run({ flags, args, io }) {
    if (args.length > 0) return refuseArguments(io, args.length);
    return askAgent(io, flags, 'Error listing datacenters', async (client) => {
      const datacenters = await client.catalog.datacenters();
      io.stdout(datacenters.map((name) => `${printable(name)}\n`).join(''));
      return exitOk;
    });
  },
});
