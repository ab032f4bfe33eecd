import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { AgentPort } from '../../agent-port.ts';
import { AgentError } from '../../errors.ts';
import { addEndpointOfMethods } from '../endpoints.ts';
import { readOptions } from '../query-options.ts';

/** The routes that save and restore the whole state. Source: Consul agent/snapshot_endpoint.go. */
export function addSnapshotRoutes(
  app: FastifyInstance,
  { archives, place }: Pick<AgentPort, 'archives' | 'place'>,
): void {
  addEndpointOfMethods(app, '/v1/snapshot', {
    GET: async (request, reply) => {
      const { query } = readOptions(request, place);
      refuseOtherDatacenter(query.Datacenter, place);
      const { index, archive } = await ofServer(archives).save({ allowStale: query.AllowStale === true });
      reply.raw.once('close', () => archive.destroy());
      return reply
        .headers({
          'X-Consul-Index': String(index),
          'X-Consul-Knownleader': 'true',
          'X-Consul-Lastcontact': '0',
          'Content-Type': 'application/x-gzip',
        })
        .send(archive);
    },
    PUT: async (request, reply) => {
      const { query } = readOptions(request, place);
      refuseOtherDatacenter(query.Datacenter, place);
      const { body } = request;
      await ofServer(archives).restore(body instanceof Readable ? body : Readable.from([]));
      return reply.send();
    },
  });
}

function ofServer(archives: AgentPort['archives']): NonNullable<AgentPort['archives']> {
  if (archives === undefined) throw new AgentError('AGENT_NO_SERVERS', 'No known Consul servers');
  return archives;
}

function refuseOtherDatacenter(asked: string, { datacenter }: AgentPort['place']): void {
  if (asked !== datacenter) throw new AgentError('AGENT_NO_SERVERS', 'No path to datacenter');
}
