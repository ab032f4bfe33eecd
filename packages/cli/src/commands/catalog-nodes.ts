import type { AgentClient, CatalogNode, ReadOptions } from '@hobnob/agent/client';
import { systemErrorText } from '@hobnob/gossip/files';
import { readOptionsOf, serverFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import type { CliIo } from '../io.ts';
import { exitFailure, exitOk, formatTable } from '../output.ts';
import { refuseArguments } from '../wrong-usage.ts';
import { askAgent } from './ask-agent.ts';

/** `catalog nodes`: the nodes of the catalog. */
export const catalogNodesCommand = defineCommand({
  name: 'nodes',
  synopsis: 'Lists all nodes in the given datacenter',
  usage: 'catalog nodes [options]',
  paragraphs: [
    "Lists the nodes of a datacenter, by default of the agent's. With -service it lists the nodes that have an instance of that service, once for each instance.",
    'Exits with 0 when no node matches too, and says so on stderr.',
  ],
  flags: [
    ...serverFlags,
    {
      name: 'detailed',
      kind: 'bool',
      description: 'Shows whole node IDs, tagged addresses and metadata as well.',
    },
    {
      name: 'filter',
      kind: 'string',
      placeholder: 'string',
      description: 'Expression that nodes must fulfil; @FILE reads it from a file, - from standard input.',
    },
    {
      name: 'near',
      kind: 'string',
      placeholder: 'string',
      description: "Sorts by the estimated round trip time from this node; _agent is the agent's own.",
    },
    {
      name: 'node-meta',
      kind: 'map',
      placeholder: 'key=value',
      description: 'Only nodes with this pair in their metadata. May be given several times.',
    },
    {
      name: 'service',
      kind: 'string',
      placeholder: 'name',
      description: 'Only nodes that have an instance of this service.',
    },
  ],
  async run({ flags, args, io }) {
    if (args.length > 0) return refuseArguments(io, args.length);
    const filter = await filterOf(flags.filter ?? '', io);
    if ('problem' in filter) {
      io.stderr(`Could not process filter argument: ${filter.problem}\n`);
      return exitFailure;
    }
    const options: ReadOptions = {
      ...readOptionsOf(flags),
      filter: filter.text,
      near: flags.near ?? '',
      nodeMeta: flags['node-meta'] ?? {},
    };
    const { service = '' } = flags;
    const failure = service === '' ? 'Error listing nodes' : 'Error listing nodes for service';
    return askAgent(io, flags, failure, async (client) => {
      const nodes = await nodesOf(client, service, options);
      if (nodes.length === 0) {
        io.stderr('No nodes match the given query - try expanding your search.\n');
        return exitOk;
      }
      io.stdout(formatNodes(nodes, flags.detailed ?? false));
      return exitOk;
    });
  },
});

type ShownNode = Pick<CatalogNode, 'ID' | 'Node' | 'Address' | 'Datacenter' | 'TaggedAddresses' | 'Meta'>;

async function nodesOf(
  client: AgentClient,
  service: string,
  options: ReadOptions,
): Promise<readonly ShownNode[]> {
  if (service === '') return (await client.catalog.nodes(options)).value;
  const { value } = await client.catalog.service(service, options);
  return value.map(({ NodeMeta, ...node }) => ({ ...node, Meta: NodeMeta }));
}

function formatNodes(nodes: readonly ShownNode[], isDetailed: boolean): string {
  const header = ['Node', 'ID', 'Address', 'DC', ...(isDetailed ? ['TaggedAddresses', 'Meta'] : [])];
  const rows = nodes.map(({ ID, Node, Address, Datacenter, TaggedAddresses, Meta }) =>
    isDetailed
      ? [Node, ID, Address, Datacenter, pairsOf(TaggedAddresses), pairsOf(Meta)]
      : [Node, ID.slice(0, shortIdLength), Address, Datacenter],
  );
  return formatTable([header, ...rows]);
}

const shortIdLength = 8;

function pairsOf(map: Readonly<Record<string, string>> | null): string {
  return Object.entries(map ?? {})
    .map((pair) => pair.join('='))
    .sort()
    .join(', ');
}

/** A filter, or where it is read from. */
async function filterOf(
  given: string,
  io: CliIo,
): Promise<{ readonly text: string } | { readonly problem: string }> {
  if (given === '-') {
    return io.readStdin().then(
      (text) => ({ text }),
      (error: unknown) => ({ problem: `Failed to read stdin: ${systemErrorText(error)}` }),
    );
  }
  if (!given.startsWith('@')) return { text: given };
  const path = given.slice(1);
  return io.files.readText(path).then(
    (text) => ({ text }),
    (error: unknown) => ({ problem: `Failed to read file: open ${path}: ${systemErrorText(error)}` }),
  );
}
