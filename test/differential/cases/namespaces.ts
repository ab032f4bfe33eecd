import { type Case, each, get, put } from '../case.ts';

/** Namespaces are of Consul Enterprise: requests of an agent that name one are refused, each at its place. */

const header = { headers: { 'X-Consul-Namespace': 'x' } } as const;

export const namespaceCases: readonly Case[] = each([
  ...['services', 'checks', 'service/x', 'health/service/id/x', 'health/service/name/x'].flatMap((path) => [
    get(`/v1/agent/${path}?ns=x`),
    get(`/v1/agent/${path}`, header),
  ]),
  get('/v1/agent/services?ns='),
  get('/v1/agent/services?ns=y', header),
  get('/v1/agent/services?ns=default&filter=x'),
  get('/v1/agent/service/x?wait=y&ns=x'),
  get('/v1/agent/health/service/id/?ns=x'),
  get('/v1/agent/health/service/name/?ns=x'),
  put('/v1/agent/services?ns=x'),
  put('/v1/agent/service/register?ns=x', { Name: 'w' }),
  put('/v1/agent/service/register?ns=x', '{'),
  put('/v1/agent/check/register?ns=x', { Name: 'w', TTL: '1h' }),
  put('/v1/agent/check/register?ns=x', {}),
  ...[
    'service/deregister/x',
    'service/deregister/',
    'service/maintenance/x?enable=true',
    'service/maintenance/x',
  ].map((path) => put(`/v1/agent/${path}${path.includes('?') ? '&' : '?'}ns=x`)),
  ...['deregister', 'pass', 'warn', 'fail'].map((verb) => put(`/v1/agent/check/${verb}/x?ns=x`)),
  put('/v1/agent/check/pass/x', undefined, header),
  put('/v1/agent/check/update/x?ns=x', { Status: 'passing' }),
  put('/v1/agent/check/update/x?ns=x', { Status: 'y' }),
  put('/v1/agent/check/update/x?ns=x', '{'),
  put('/v1/agent/maintenance?enable=false&ns=x'),
  put('/v1/agent/token/x?ns=y', {}),
]);
