import { waitTimeMs } from '@hobnob/catalog';
import { AgentService, contentHash } from '@hobnob/catalog/records';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AgentError } from '../../errors.ts';
import { sendShaped } from '../answer.ts';
import { addEndpoint } from '../endpoints.ts';
import { HttpError } from '../error-reply.ts';
import { refuseNamespace } from '../namespaces.ts';
import { readOptions } from '../query-options.ts';
import { queryValue, restOfPath } from '../request.ts';
import type { LocalRoutes } from './agent-arguments.ts';
import { agentServiceOf } from './agent-records.ts';

/** A waiting request holds a connection. These are limited by address; clients with many addresses meet this limit. */
const waitersMax = 1_024;
const nsPerMs = 1_000_000n;

/** GET /v1/agent/service/ID, which waits with `?hash` until the service is another one. */
export function addAgentServiceRoute(app: FastifyInstance, routes: LocalRoutes): void {
  const waits = new ServiceWaits(routes);
  addEndpoint(app, {
    method: 'GET',
    url: '/v1/agent/service/*',
    handler: async (request, reply) => {
      const { query } = readOptions(request, routes.place);
      refuseNamespace(request);
      const id = restOfPath(request);
      const waitMs = waitTimeMs(Number((query.MaxQueryTime ?? 0n) / nsPerMs), { next: Math.random });
      const found = await waits.otherThan(queryValue(request, 'hash') ?? '', { id, waitMs, request });
      if (found === undefined) throw new HttpError('HTTP_NOT_FOUND', `unknown service ID: ${id}`);
      return send(reply, found);
    },
  });
}

function send(reply: FastifyReply, service: AgentService): FastifyReply {
  return sendShaped(reply.header('X-Consul-ContentHash', service.ContentHash), AgentService, service);
}

function hashed(service: AgentService): AgentService {
  return { ...service, ContentHash: contentHash(AgentService, service) };
}

interface Wait {
  readonly id: string;
  readonly waitMs: number;
  readonly request: FastifyRequest;
}

/** The requests that wait for a change of a service. */
class ServiceWaits {
  readonly #routes: LocalRoutes;
  /** What ends each of them. */
  readonly #ends = new Set<() => void>();

  constructor(routes: LocalRoutes) {
    this.#routes = routes;
    const endAll = (): void => {
      for (const end of [...this.#ends]) end();
    };
    routes.setup.closing.addEventListener('abort', endAll, { once: true });
  }

  /**
   * The service as soon as its hash is another one, it is gone (undefined), or the time is over; at once for ''.
   * @throws AgentError AGENT_BUSY when too many wait.
   */
  async otherThan(hash: string, wait: Wait): Promise<AgentService | undefined> {
    const { local, setup } = this.#routes;
    const read = (): AgentService | undefined => {
      const service = local.services().get(wait.id);
      return service === undefined ? undefined : hashed(agentServiceOf(service));
    };
    const deadlineMs = setup.clock.nowMs() + wait.waitMs;
    let found = read();
    while (found?.ContentHash === hash && (await this.#change(wait, deadlineMs))) found = read();
    return found;
  }

  /** Resolves with true after a change; with false when the time is over, the client is gone or the agent closes. */
  #change({ id, request }: Wait, deadlineMs: number): Promise<boolean> {
    const { local, setup } = this.#routes;
    if (setup.closing.aborted) return Promise.resolve(false);
    if (this.#ends.size >= waitersMax) {
      throw new AgentError('AGENT_BUSY', `${waitersMax} requests wait for services already: try again later`);
    }
    const { socket } = request.raw;
    return new Promise((resolve) => {
      const settle = (isChanged: boolean): void => {
        this.#ends.delete(end);
        cancel();
        unsubscribe();
        socket.off('close', end);
        resolve(isChanged);
      };
      const end = (): void => settle(false);
      const cancel = setup.clock.wakeAt(deadlineMs, end);
      const unsubscribe = local.onChange(id, () => settle(true));
      socket.once('close', end);
      this.#ends.add(end);
    });
  }
}
