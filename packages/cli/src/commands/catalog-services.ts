import type { AgentClient, ReadOptions } from '@hobnob/agent/client';
import { namespaceFlag, readOptionsOf, serverFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import { exitOk } from '../output.ts';
import { printable } from '../printable.ts';
import { refuseArguments } from '../wrong-usage.ts';
import { askAgent } from './ask-agent.ts';

/** `catalog services`: the names of the services in the catalog. */
export const catalogServicesCommand = defineCommand({
  name: 'services',
  synopsis: 'Lists all registered services in a datacenter',
  usage: 'catalog services [options]',
  paragraphs: [
    "Lists the names of the services that are registered in a datacenter, by default the agent's, or with -node on one of its nodes.",
    'Exits with 0 when no service matches too, and says so on stderr.',
  ],
  flags: [
    ...serverFlags,
    namespaceFlag,
    {
      name: 'node',
      kind: 'string',
      placeholder: 'id or name',
      description: 'Only services that have an instance on this node.',
    },
    {
      name: 'node-meta',
      kind: 'map',
      placeholder: 'key=value',
      description:
        'Only services that have an instance on a node with this pair in its metadata. May be given several times.',
    },
    { name: 'tags', kind: 'bool', description: "Shows the tags of each service's instances beside it." },
  ],
  async run({ flags, args, io }) {
    if (args.length > 0) return refuseArguments(io, args.length);
    const { node = '' } = flags;
    const options: ReadOptions = { ...readOptionsOf(flags), nodeMeta: flags['node-meta'] ?? {} };
    const failure = node === '' ? 'Error listing services' : 'Error listing services for node';
    return askAgent(io, flags, failure, async (client) => {
      const services = await servicesOf(client, node, options);
      if (services.size === 0) {
        io.stderr('No services match the given query - try expanding your search.\n');
        return exitOk;
      }
      const names = [...services.keys()].sort();
      io.stdout(
        flags.tags === true
          ? formatTags(names.map((name) => [printable(name), (services.get(name) ?? []).toSorted()]))
          : names.map((name) => `${printable(name)}\n`).join(''),
      );
      return exitOk;
    });
  },
});

/** The tags of all instances, by the service's name. */
async function servicesOf(
  client: AgentClient,
  node: string,
  options: ReadOptions,
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (node === '') return new Map(Object.entries((await client.catalog.services(options)).value));
  const { value } = await client.catalog.node(node, options);
  const byName = new Map<string, readonly string[]>();
  for (const { Service, Tags } of Object.values(value?.Services ?? {})) {
    byName.set(Service, [...(byName.get(Service) ?? []), ...(Tags ?? [])]);
  }
  return byName;
}

/** Columns as Go's tabwriter lays them out for Consul: six spaces apart, white space at the very end removed. */
function formatTags(rows: readonly (readonly [string, readonly string[]])[]): string {
  const width = Math.max(...rows.map(([name]) => [...name].length)) + gapWidth;
  const lines = rows.map(
    ([name, tags]) => name + ' '.repeat(width - [...name].length) + printable(tags.join(',')),
  );
  return `${lines.join('\n').trim()}\n`;
}

const gapWidth = 6;
