import { AgentCheck, CheckDefinition, mapOf, pointerTo, record, text } from '@hobnob/catalog/records';
import type { FastifyInstance } from 'fastify';
import { isCheckStatus } from '../../checks/result.ts';
import { defineCheck } from '../../local/definitions/define-check.ts';
import { sendShaped } from '../answer.ts';
import { addEndpoint } from '../endpoints.ts';
import { HttpError } from '../error-reply.ts';
import { refuseNamespace } from '../namespaces.ts';
import { queryValue, readRecord, restOfPath } from '../request.ts';
import { definitionBytesMax, isEnabling, type LocalRoutes, reasonOf, tokenOf } from './agent-arguments.ts';
import { filtered } from './agent-list.ts';
import { agentCheckOf } from './agent-records.ts';

const ChecksById = mapOf(pointerTo(AgentCheck));

/** The routes about the checks of this agent, and the maintenance of its node, which is a check too. */
export function addAgentCheckRoutes(app: FastifyInstance, routes: LocalRoutes): void {
  const { local, setup, place } = routes;
  addEndpoint(app, {
    method: 'GET',
    url: '/v1/agent/checks',
    handler: async (request, reply) => {
      refuseNamespace(request);
      const records = new Map([...local.checks()].map(([id, one]) => [id, agentCheckOf(one)]));
      return sendShaped(
        reply,
        ChecksById,
        await filtered(request, routes.filters, { shape: AgentCheck, records, check: 'first-record' }),
      );
    },
  });
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/agent/check/register',
    handler: async (request, reply) => {
      refuseNamespace(request);
      const body = await readRecord(request, CheckDefinition, { bytesMax: definitionBytesMax });
      const { value, warnings } = defineCheck(body, {
        nodeName: place.nodeName,
        settings: setup.settings.checks,
        services: local.services(),
      });
      for (const { message, fields } of warnings) setup.log.warn(fields, message);
      await local.registerCheck(value, { token: tokenOf(request), source: 'remote' });
      return reply.send();
    },
  });
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/agent/check/deregister/*',
    handler: async (request, reply) => {
      refuseNamespace(request);
      const id = restOfPath(request);
      if (id === '') throw new HttpError('HTTP_MISSING', 'CheckID missing');
      await local.deregisterCheck(id);
      return reply.send();
    },
  });
  addVerbs(app, routes);
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/agent/maintenance',
    handler: async (request, reply) => {
      if (!isEnabling(request)) await local.disableNodeMaintenance();
      else await local.enableNodeMaintenance({ reason: reasonOf(request), token: tokenOf(request) });
      return reply.send();
    },
  });
}

const verbs = { pass: 'passing', warn: 'warning', fail: 'critical' } as const;

const CheckUpdate = record('checkUpdate', { Status: text, Output: text }, { goType: 'agent.checkUpdate' });

function addVerbs(app: FastifyInstance, { local }: LocalRoutes): void {
  for (const [verb, status] of Object.entries(verbs)) {
    addEndpoint(app, {
      method: 'PUT',
      url: `/v1/agent/check/${verb}/*`,
      handler: async (request, reply) => {
        refuseNamespace(request);
        await local.updateTtl(restOfPath(request), { status, output: queryValue(request, 'note') ?? '' });
        return reply.send();
      },
    });
  }
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/agent/check/update/*',
    handler: async (request, reply) => {
      const { Status, Output } = await readRecord(request, CheckUpdate);
      if (!isCheckStatus(Status)) {
        throw new HttpError('HTTP_BAD_REQUEST', `Invalid check status: '${Status}'`);
      }
      refuseNamespace(request);
      await local.updateTtl(restOfPath(request), { status: Status, output: Output });
      return reply.send();
    },
  });
}
