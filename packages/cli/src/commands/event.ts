import type { ExpressionEngine } from '@hobnob/agent';
import { describeApiError } from '../api-error.ts';
import { apiFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import type { CliIo } from '../io.ts';
import { exitFailure, exitOk } from '../output.ts';
import { printable } from '../printable.ts';
import { refuseUsage } from '../wrong-usage.ts';
import { askAgent } from './ask-agent.ts';

/** `event`: tells something to the agents of a datacenter. */
export const eventCommand = defineCommand({
  name: 'event',
  synopsis: 'Fire a new event',
  usage: 'event [options] [payload]',
  paragraphs: [
    'Tells an event to all agents of the datacenter, or to those that regular expressions choose by the names of nodes, and by services and their tags. An event has a name and may have a payload.',
  ],
  flags: [
    ...apiFlags,
    { name: 'name', kind: 'string', placeholder: 'string', description: 'Name of the event.' },
    {
      name: 'node',
      kind: 'string',
      placeholder: 'string',
      description: 'Only nodes whose name matches this regular expression.',
    },
    {
      name: 'service',
      kind: 'string',
      placeholder: 'string',
      description: 'Only nodes with a service whose name matches this regular expression.',
    },
    {
      name: 'tag',
      kind: 'string',
      placeholder: 'string',
      description: 'Only services with a tag that matches this regular expression. Needs -service.',
    },
  ],
  async run({ flags, args, help, io }) {
    const { name = '', node = '', service = '', tag = '' } = flags;
    if (name === '') {
      return refuseUsage(io, help, 'Event name must be specified');
    }
    const problem = await filterProblem({ node, service, tag }, io);
    if (problem !== undefined) {
      io.stderr(`${problem}\n`);
      return exitFailure;
    }
    if (args.length > 1) {
      return refuseUsage(io, help, 'Too many command line arguments.');
    }
    const [payload] = args;
    return askAgent(io, flags, 'Error firing event', async (client) => {
      try {
        await client.self();
      } catch (error) {
        io.stderr(`Error querying Consul agent: ${describeApiError(error)}\n`);
        return exitFailure;
      }
      const content = payload === undefined ? {} : { payload: Buffer.from(payload) };
      const id = await client.fireEvent({ name, node, service, tag, ...content });
      io.stdout(`Event ID: ${printable(id)}\n`);
      return exitOk;
    });
  },
});

/** What is wrong with the filters; the engine is loaded only when there are any. */
async function filterProblem(
  filters: { readonly node: string; readonly service: string; readonly tag: string },
  io: CliIo,
): Promise<string | undefined> {
  const given = Object.entries(filters).filter(([, filter]) => filter !== '');
  if (given.length === 0) return undefined;
  const expressions: ExpressionEngine = await (await io.loadAgent()).loadExpressionEngine();
  for (const [kind, filter] of given) {
    const problem = expressions.problem(filter);
    if (problem !== undefined) return `Failed to compile ${kind} filter regexp: ${problem}`;
  }
  return filters.tag !== '' && filters.service === ''
    ? 'Cannot provide tag filter without service filter.'
    : undefined;
}
