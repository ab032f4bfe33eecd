import { quote } from '@hobnob/catalog/go';
import { AgentService, mapOf, pointerTo, ServiceDefinition } from '@hobnob/catalog/records';
import { errorCode, messageOf } from '@hobnob/gossip/files';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { defineService } from '../../local/definitions/define-service.ts';
import { sendShaped } from '../answer.ts';
import { addEndpoint } from '../endpoints.ts';
import { HttpError } from '../error-reply.ts';
import { refuseNamespace } from '../namespaces.ts';
import { queryValue, readRecord, restOfPath } from '../request.ts';
import { definitionBytesMax, isEnabling, type LocalRoutes, reasonOf, tokenOf } from './agent-arguments.ts';
import { filtered } from './agent-list.ts';
import { agentServiceOf } from './agent-records.ts';

const ServicesById = mapOf(pointerTo(AgentService));

/** The routes about the services of this agent. */
export function addAgentServiceRoutes(app: FastifyInstance, routes: LocalRoutes): void {
  addEndpoint(app, {
    method: 'GET',
    url: '/v1/agent/services',
    handler: async (request, reply) => {
      refuseNamespace(request);
      const records = new Map([...routes.local.services()].map(([id, one]) => [id, agentServiceOf(one)]));
      return sendShaped(
        reply,
        ServicesById,
        await filtered(request, routes.filters, { shape: AgentService, records }),
      );
    },
  });
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/agent/service/register',
    handler: registering(routes),
  });
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/agent/service/deregister/*',
    handler: async (request, reply) => {
      refuseNamespace(request);
      await deregister(routes, restOfPath(request));
      return reply.send();
    },
  });
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/agent/service/maintenance/*',
    handler: async (request, reply) => {
      await setMaintenance(routes, request);
      return reply.send();
    },
  });
}

function registering({ local, setup, place }: LocalRoutes) {
  const reservedPorts = new Set<number>();
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    refuseNamespace(request);
    const body = await readRecord(request, ServiceDefinition, { bytesMax: definitionBytesMax });
    const { value, warnings } = defineService(body, {
      nodeName: place.nodeName,
      settings: setup.settings,
      services: local.services(),
      reservedPorts,
    });
    for (const { message, fields } of warnings) setup.log.warn(fields, message);
    const token = tokenOf(request);
    const replaceExistingChecks = isReplacing(request);
    const { service, sidecar } = value;
    const port = sidecar?.defined.service.Port;
    // The next registration may come before this one is on disk.
    if (port !== undefined) reservedPorts.add(port);
    try {
      await local.registerService(service, { token, source: 'remote', replaceExistingChecks });
      if (sidecar !== undefined) {
        const options = { token: sidecar.token || token, source: 'remote', replaceExistingChecks } as const;
        await local.registerService(sidecar.defined, options);
      }
    } finally {
      if (port !== undefined) reservedPorts.delete(port);
    }
    return reply.send();
  };
}

/** Consul takes no value and `true`, and no other word for it. */
function isReplacing(request: FastifyRequest): boolean {
  const value = queryValue(request, 'replace-existing-checks');
  return value === '' || value === 'true';
}

/** An unknown id is no failure in 1.8.7, only a warning. */
async function deregister({ local, setup }: LocalRoutes, id: string): Promise<void> {
  if (id === '') throw new HttpError('HTTP_MISSING', 'ServiceID missing');
  try {
    await local.deregisterService(id);
  } catch (error) {
    if (errorCode(error) !== 'AGENT_NO_SUCH_SERVICE') throw error;
    setup.log.warn({ service: id, error: messageOf(error) }, 'Failed to deregister service');
  }
}

async function setMaintenance({ local }: LocalRoutes, request: FastifyRequest): Promise<void> {
  const id = restOfPath(request);
  if (id === '') throw new HttpError('HTTP_BAD_REQUEST', 'Missing service ID');
  const enables = isEnabling(request);
  refuseNamespace(request);
  if (!local.services().has(id)) {
    throw new HttpError('HTTP_NOT_FOUND', `No service registered with ID ${quote(id)}`);
  }
  if (!enables) return local.disableServiceMaintenance(id);
  return local.enableServiceMaintenance(id, { reason: reasonOf(request), token: tokenOf(request) });
}
