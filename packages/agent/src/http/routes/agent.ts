import { AgentMember, AgentSelf } from '@hobnob/catalog/records';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AgentPort } from '../../agent-port.ts';
import type { PoolName } from '../../ports.ts';
import { consulVersion, hobnobVersion } from '../../version.ts';
import { sendList, sendShaped } from '../answer.ts';
import { addEndpoint } from '../endpoints.ts';
import { queryValue, restOfPath } from '../request.ts';

/** As newer Consul answers; the revision says who we really are. Source: Consul 1.15 version.BuildInfo. */
const versionInfo = {
  SHA: `hobnob-${hobnobVersion}`,
  BuildDate: '',
  HumanVersion: consulVersion,
  FIPS: '',
} as const;

/** The routes about this agent and its pools, below /v1/agent. */
export function addAgentRoutes(app: FastifyInstance, agent: AgentPort): void {
  addEndpoint(app, {
    method: 'GET',
    url: '/v1/agent/self',
    handler: async (_request, reply) => sendShaped(reply, AgentSelf, agent.self()),
  });
  addEndpoint(app, {
    method: 'GET',
    url: '/v1/agent/members',
    handler: async (request, reply) => {
      const members = agent.members(poolOf(request));
      // A client agent has no WAN pool, and Consul answers `null` then.
      return members === undefined ? reply.json(null) : sendList(reply, AgentMember, members);
    },
  });
  addEndpoint(app, {
    method: 'GET',
    url: '/v1/agent/version',
    handler: async (_request, reply) => reply.json(versionInfo),
  });
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/agent/join/*',
    handler: async (request, reply) => {
      await agent.join(restOfPath(request), { pool: poolOf(request) });
      return reply.send();
    },
  });
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/agent/reload',
    handler: async (_request, reply) => {
      await agent.reload();
      return reply.send();
    },
  });
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/agent/leave',
    handler: async (_request, reply) => {
      await agent.leave();
      return reply.send();
    },
  });
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/agent/force-leave/*',
    handler: async (request, reply) => {
      await agent.forceLeave(restOfPath(request), { prune: queryValue(request, 'prune') !== undefined });
      return reply.send();
    },
  });
}

/** `?wan=` with any value means the WAN; without a value Consul takes it for absent. */
function poolOf(request: FastifyRequest): PoolName {
  return (queryValue(request, 'wan') ?? '') === '' ? 'lan' : 'wan';
}
