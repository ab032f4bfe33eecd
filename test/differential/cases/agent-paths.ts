import { type Case, each, get, put, type Step } from '../case.ts';

/** Every path of the agent's own registrations with every method, with and without what should follow. */

const methods = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'] as const;

const exact = ['/v1/agent/services', '/v1/agent/checks'] as const;
const puts = ['/v1/agent/service/register', '/v1/agent/check/register', '/v1/agent/maintenance'] as const;
const withIds = [
  '/v1/agent/service',
  '/v1/agent/service/deregister',
  '/v1/agent/service/maintenance',
  '/v1/agent/check/deregister',
  '/v1/agent/check/pass',
  '/v1/agent/check/warn',
  '/v1/agent/check/fail',
  '/v1/agent/check/update',
  '/v1/agent/health/service/id',
  '/v1/agent/health/service/name',
] as const;
const unknown = [
  '/v1/agent/',
  '/v1/agent',
  '/v1/agent/nope',
  '/v1/agent/services/',
  '/v1/agent/services/x',
  '/v1/agent/checks/x',
  '/v1/agent/check',
  '/v1/agent/check/',
  '/v1/agent/check/nope/x',
  '/v1/agent/check/register/',
  '/v1/agent/check/register/x',
  '/v1/agent/maintenance/',
  '/v1/agent/health',
  '/v1/agent/health/service',
  '/v1/agent/health/service/nope',
  '/v1/agent/connect',
  '/v1/agent/connect/ca',
  '/v1/agent/connect/proxy/x',
  '/v1/Agent/services',
] as const;

const answered: readonly Step[] = [
  ...exact.flatMap((path) => methods.map((method) => ({ method, path }))),
  ...puts.flatMap((path) => methods.filter((one) => one !== 'PUT').map((method) => ({ method, path }))),
  ...withIds.flatMap((path) => methods.map((method) => ({ method, path }))),
  ...withIds.flatMap((path) => methods.map((method) => ({ method, path: `${path}/` }))),
  ...withIds.flatMap((path) =>
    methods.filter((one) => one !== 'PUT').map((method) => ({ method, path: `${path}/nope` })),
  ),
  ...unknown.flatMap((path) => (['GET', 'PUT', 'OPTIONS'] as const).map((method) => ({ method, path }))),
  // Elsewhere in the path of a service's id.
  ...['register/', 'register/x', 'deregister', 'maintenance'].map((id) => get(`/v1/agent/service/${id}`)),
  put('/v1/agent/service/register/', { Name: 'web' }),
  get('/v1/agent//services'),
  get('/v1/agent/./services'),
  get('/v1/agent/x/../services'),
  get('/v1/agent/service/a%0Ab'),
  get('/v1/agent/service/a%2'),
  put('/v1/agent/check/pass?note=x'),
  ...['roots', 'leaf', 'leaf/', 'leaf/web', 'roots?index=x', 'leaf/web?wait=x'].map((rest) =>
    get(`/v1/agent/connect/ca/${rest}`),
  ),
  put('/v1/agent/connect/ca/roots'),
  ...['', '/', '/agent', '/nope'].map((rest) => put(`/v1/agent/token${rest}`, { Token: 'x' })),
  put('/v1/agent/token/agent', '{'),
  get('/v1/agent/token/agent'),
];

export const agentPathCases: readonly Case[] = each(answered);
