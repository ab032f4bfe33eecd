import { apiFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import { exitOk } from '../output.ts';
import { printable } from '../printable.ts';
import { askAgent } from './ask-agent.ts';

/** `info`: what the agent counts. */
export const infoCommand = defineCommand({
  name: 'info',
  synopsis: 'Provides debugging information for operators.',
  usage: 'info [options]',
  paragraphs: [
    'Shows the counters and settings of the agent in sections. A section that the agent does not have, such as the consensus of servers, is not shown.',
  ],
  flags: apiFlags,
  async run({ flags, io }) {
    return askAgent(io, flags, 'Error querying agent', async (client) => {
      const { Stats } = await client.self();
      io.stdout(
        sorted(Stats)
          .map(([name, group]) => formatGroup(name, group))
          .join(''),
      );
      return exitOk;
    });
  },
});

function formatGroup(name: string, group: Readonly<Record<string, string>>): string {
  const lines = sorted(group).map(([key, value]) => `\t${printable(key)} = ${printable(String(value))}\n`);
  return `${printable(name)}:\n${lines.join('')}`;
}

function sorted<T>(record: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1));
}
