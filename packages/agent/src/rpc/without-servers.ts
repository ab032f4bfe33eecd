import type { QueryMeta, Rpc, RpcMethod, RpcMethods } from '@hobnob/catalog';
import type { CoordinatePort } from '../agent-port.ts';
import { AgentError } from '../errors.ts';

/** Nothing stands behind these answers but this agent. */
const leaderless: QueryMeta = { Index: 0, LastContact: 0n, KnownLeader: false, ConsistencyLevel: '' };

/**
 * The catalog as a client agent has it, which does not reach servers yet: coordinates that it received by gossip, and
 * Consul's error for everything else.
 */
export function withoutServers(coordinates: CoordinatePort): Rpc {
  const answers: Partial<{
    [M in RpcMethod]: (request: RpcMethods[M]['request']) => RpcMethods[M]['reply'];
  }> = {
    'Coordinate.ListDatacenters': () => coordinates.datacenters(),
    'Coordinate.ListNodes': ({ Datacenter }) => ({
      ...leaderless,
      Coordinates: coordinates.nodes(Datacenter),
    }),
    'Coordinate.Node': ({ Datacenter, Node }) => ({
      ...leaderless,
      // As the catalog, which ignores case in names and answers with the name that was asked for.
      Coordinates: coordinates
        .nodes(Datacenter)
        .filter((row) => row.Node.toLowerCase() === Node.toLowerCase())
        .map((row) => ({ ...row, Node })),
    }),
  };
  return {
    call: async (method, request) => {
      const answer = answers[method];
      if (answer === undefined) throw new AgentError('AGENT_NO_SERVERS', 'No known Consul servers');
      return answer(request);
    },
  };
}
