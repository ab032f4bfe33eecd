import {
  AgentServiceChecksInfo,
  type Infer,
  listOf,
  type NodeService,
  type Shape,
} from '@hobnob/catalog/records';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LocalCheck, LocalPort } from '../../local/local-port.ts';
import { sendShaped } from '../answer.ts';
import { addEndpoint } from '../endpoints.ts';
import { HttpError } from '../error-reply.ts';
import { refuseNamespace } from '../namespaces.ts';
import { queryValue, restOfPath } from '../request.ts';
import type { LocalRoutes } from './agent-arguments.ts';
import { agentServiceOf, healthCheckOf } from './agent-records.ts';

/** The health of services of this agent as one status, which the status of the answer tells too. */
export function addAgentHealthRoutes(app: FastifyInstance, { local }: LocalRoutes): void {
  addEndpoint(app, {
    method: 'GET',
    url: '/v1/agent/health/service/id/*',
    handler: async (request, reply) => {
      const id = restOfPath(request);
      if (id === '') throw new HttpError('HTTP_MISSING', 'Bad request: Missing serviceID');
      refuseNamespace(request);
      const service = local.services().get(id);
      if (service !== undefined) {
        const health = healthOf(local, service);
        return answer(request, reply, {
          status: health.AggregatedStatus,
          shape: AgentServiceChecksInfo,
          value: health,
        });
      }
      const reason = `ServiceId ${id} not found`;
      withReason(reply, reason).status(404);
      // Consul sends this text as JSON.
      if (wantsText(request)) return reply.json(reason);
      return sendShaped(reply, AgentServiceChecksInfo, {
        AggregatedStatus: 'critical',
        Service: null,
        Checks: null,
      });
    },
  });
  addEndpoint(app, {
    method: 'GET',
    url: '/v1/agent/health/service/name/*',
    handler: async (request, reply) => {
      const name = restOfPath(request);
      if (name === '') throw new HttpError('HTTP_MISSING', 'Bad request: Missing service Name');
      refuseNamespace(request);
      const services = [...local.services().values()].filter(({ Service }) => Service === name);
      if (services.length > 0) {
        const value = services.map((service) => healthOf(local, service));
        const status = worst(value.map(({ AggregatedStatus }) => AggregatedStatus));
        return answer(request, reply, { status, shape: ServiceHealths, value });
      }
      const reason = `ServiceName ${name} Not Found`;
      withReason(reply, reason).status(404);
      return wantsText(request) ? sendText(reply, reason) : sendShaped(reply, ServiceHealths, []);
    },
  });
}

const ServiceHealths = listOf(AgentServiceChecksInfo);

/** From the best to the worst, with the status of an answer. */
const statuses: ReadonlyMap<string, number> = new Map([
  ['passing', 200],
  ['warning', 429],
  ['critical', 503],
  ['maintenance', 503],
]);
const ranks = [...statuses.keys()];

function worst(found: readonly string[]): string {
  return ranks[Math.max(0, ...found.map((status) => ranks.indexOf(status)))] ?? 'passing';
}

/** The node's checks count for every service. */
function healthOf(local: LocalPort, service: NodeService): AgentServiceChecksInfo {
  const checks = [...local.checksOf(''), ...local.checksOf(service.ID)];
  return {
    AggregatedStatus: worst(checks.map(statusOf)),
    Service: agentServiceOf(service),
    Checks: checks.map(healthCheckOf),
  };
}

const maintenanceId = /^_node_maintenance$|^_service_maintenance:/;

function statusOf({ record: { CheckID, Status } }: LocalCheck): string {
  return maintenanceId.test(CheckID) ? 'maintenance' : Status;
}

function answer<S extends Shape>(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, shape, value }: { readonly status: string; readonly shape: S; readonly value: Infer<S> },
): FastifyReply {
  withReason(reply, status).status(statuses.get(status) ?? 500);
  return wantsText(request) ? sendText(reply, status) : sendShaped(reply, shape, value);
}

/** `?format=text`, or a header that asks for nothing else first. */
function wantsText(request: FastifyRequest): boolean {
  return queryValue(request, 'format') === 'text' || (request.headers.accept ?? '').startsWith('text/plain');
}

function sendText(reply: FastifyReply, text: string): FastifyReply {
  // Bytes, because fastify adds a charset to the type of a text, and Consul has none here.
  return reply.header('Content-Type', 'text/plain').send(Buffer.from(text));
}

/** Headers are bytes to Go, and characters of one byte to Node. */
function withReason(reply: FastifyReply, reason: string): FastifyReply {
  return reply.header('X-Consul-Reason', Buffer.from(reason).toString('latin1'));
}
