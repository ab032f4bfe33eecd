import type { ExpressionEngine } from '@hobnob/agent';
import { describeApiError } from '@hobnob/agent/client';
import { apiFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import type { CliIo } from '../io.ts';
import { exitFailure, exitOk } from '../output.ts';
import { printable } from '../printable.ts';
import { refuseUsage } from '../wrong-usage.ts';
import { askAgent } from './ask-agent.ts';

/** `event`: fires a user event. */
export const eventCommand = defineCommand({
  name: 'event',
  synopsis: 'Fire a new event',
  usage: 'event [options] [payload]',
  paragraphs: [
    'Dispatches a custom user event across a datacenter. An event must provide a name, but a payload is optional. Events support filtering using regular expressions on node name, service, and tag definitions.',
  ],
  flags: [
    ...apiFlags,
    { name: 'name', kind: 'string', placeholder: 'string', description: 'Name of the event.' },
    {
      name: 'node',
      kind: 'string',
      placeholder: 'string',
      description: 'Regular expression to filter on node names.',
    },
    {
      name: 'service',
      kind: 'string',
      placeholder: 'string',
      description: 'Regular expression to filter on service instances.',
    },
    {
      name: 'tag',
      kind: 'string',
      placeholder: 'string',
      description: 'Regular expression to filter on service tags. Must be used with -service.',
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

/** The fault of the filters; the engine is loaded only when there are any. */
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
