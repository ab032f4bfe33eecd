import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { AgentPort, SavedArchive } from '../../agent-port.ts';
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
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const saved = await save(archives, { allowStale: query.AllowStale === true, signal: gone.signal });
      // Nobody is there to be answered.
      if (saved === undefined) return reply.hijack();
      const { index, archive } = saved;
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

/** Undefined when the client has gone. */
async function save(
  archives: AgentPort['archives'],
  options: { readonly allowStale: boolean; readonly signal: AbortSignal },
): Promise<SavedArchive | undefined> {
  try {
    return await ofServer(archives).save(options);
  } catch (error) {
    if (options.signal.aborted) return undefined;
    throw error;
  }
}

function ofServer(archives: AgentPort['archives']): NonNullable<AgentPort['archives']> {
  if (archives === undefined) throw new AgentError('AGENT_NO_SERVERS', 'No known Consul servers');
  return archives;
}

function refuseOtherDatacenter(asked: string, { datacenter }: AgentPort['place']): void {
  if (asked !== datacenter) throw new AgentError('AGENT_NO_SERVERS', 'No path to datacenter');
}
