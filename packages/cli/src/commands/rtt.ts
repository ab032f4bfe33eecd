import { type AgentClient, describeApiError, type NodeCoordinateRecord } from '@hobnob/agent/client';
import { apiFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import { exitFailure, exitOk } from '../output.ts';
import { printable } from '../printable.ts';
import { refuseUsage } from '../wrong-usage.ts';
import { askAgent } from './ask-agent.ts';

/** `rtt`: the estimated time between two nodes. */
export const rttCommand = defineCommand({
  name: 'rtt',
  synopsis: 'Estimates network round trip time between nodes',
  usage: 'rtt [options] node1 [node2]',
  paragraphs: [
    'Estimates the round trip time between two nodes from the network coordinates that the agent has; nothing is measured for it. Without a second node the agent itself is meant.',
    'Nodes are named as "members" lists them. With -wan they are servers, named with their datacenter: web-1.dc1.',
  ],
  flags: [...apiFlags, { name: 'wan', kind: 'bool', description: 'Uses the coordinates of the WAN.' }],
  async run({ flags, args, help, io }) {
    const [first, second] = args;
    if (first === undefined || args.length > 2) {
      return refuseUsage(io, help, 'One or two node names must be specified');
    }
    const isWan = flags.wan ?? false;
    const notWanName = 'Node names must be specified as <node name>.<datacenter> with -wan\n';
    if (isWan && [first, second].some((name) => name !== undefined && datacenterOf(name) === undefined)) {
      io.stderr(notWanName);
      return exitFailure;
    }
    return askAgent(io, flags, 'Error getting coordinates', async (client) => {
      let other = second;
      if (other === undefined) {
        try {
          const { Config } = await client.self();
          other = isWan ? `${Config.NodeName}.${Config.Datacenter}` : Config.NodeName;
        } catch (error) {
          io.stderr(`Unable to look up agent info: ${describeApiError(error)}\n`);
          return exitFailure;
        }
      }
      const rows = isWan ? await wanRows(client, [first, other]) : await client.coordinates();
      const pair: NodeCoordinateRecord['Coord'][] = [];
      for (const name of [first, other]) {
        const row = rows.find(({ Node }) => Node === name);
        if (row === undefined) {
          io.stderr(`Could not find a coordinate for node "${printable(name)}"\n`);
          return exitFailure;
        }
        pair.push(row.Coord);
      }
      const [a, b] = pair;
      if (a === undefined || b === undefined) throw new Error('two names gave fewer than two rows');
      const rtt = (distanceS(a, b) * 1000).toFixed(3);
      io.stdout(
        `Estimated ${printable(first)} <-> ${printable(other)} rtt: ${rtt} ms (using ${isWan ? 'WAN' : 'LAN'} coordinates)\n`,
      );
      return exitOk;
    });
  },
});

/** The rows of both datacenters under their names on the WAN; of one area only, since areas are apart. */
async function wanRows(
  client: AgentClient,
  names: readonly [string, string],
): Promise<readonly NodeCoordinateRecord[]> {
  const areas = await client.wanCoordinates();
  const wanted = new Set(names.map(datacenterOf));
  return areas
    .filter(({ Datacenter, AreaID }) => AreaID === 'wan' && wanted.has(Datacenter))
    .flatMap(({ Datacenter, Coordinates }) =>
      Coordinates.map((row) => ({ ...row, Node: `${row.Node}.${Datacenter}` })),
    );
}

/** What follows the last dot. */
function datacenterOf(name: string): string | undefined {
  const at = name.lastIndexOf('.');
  return at < 0 ? undefined : name.slice(at + 1);
}

/**
 * The estimated round trip in seconds: distance and both heights, adjusted while that leaves something, in whole
 * nanoseconds. Source: serf coordinate/coordinate.go DistanceTo.
 */
function distanceS(a: NodeCoordinateRecord['Coord'], b: NodeCoordinateRecord['Coord']): number {
  const between = Math.hypot(...a.Vec.map((part, i) => part - (b.Vec[i] ?? 0)));
  const rawS = between + a.Height + b.Height;
  const adjustedS = rawS + a.Adjustment + b.Adjustment;
  return Math.trunc((adjustedS > 0 ? adjustedS : rawS) * 1e9) / 1e9;
}
