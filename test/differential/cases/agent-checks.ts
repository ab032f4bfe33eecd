import { type Case, get, put } from '../case.ts';

/** Checks that are registered with the agent, by themselves or for a service, and the verbs that set their state. */

const checkBodies: readonly (readonly [name: string, body: unknown])[] = [
  ['the least', { Name: 'mem', TTL: '30s' }],
  ['everything', { ID: 'mem', Name: 'Memory', Notes: 'n', TTL: '30s', Status: 'warning' }],
  ['of a service', { ID: 'mem', Name: 'Memory', ServiceID: 'web', TTL: '30s' }],
  ['of a service that is not there', { ID: 'mem', Name: 'Memory', ServiceID: 'nope', TTL: '30s' }],
  ['without a name', { TTL: '30s' }],
  ['without a kind', { Name: 'mem' }],
  ['CheckID for ID', { CheckID: 'mem', Name: 'm', TTL: '10s' }],
  ['an interval without a kind', { Name: 'mem', Interval: '1s' }],
  ['lower-case keys', { id: 'mem', name: 'mem', ttl: '15s', serviceid: 'web', status: 'passing' }],
  ['a bad status', { Name: 'mem', TTL: '1s', Status: 'x' }],
  ['no JSON', '{'],
  ['empty', ''],
  ['an output limit', { Name: 'mem', TTL: '30s', OutputMaxSize: -1 }],
];

export const agentCheckCases: readonly Case[] = [
  ...checkBodies.map(([name, body]) => ({
    name: `agent check: ${name}`,
    steps: [
      put('/v1/agent/service/register', { Name: 'web', Port: 1 }),
      put('/v1/agent/check/register', body),
      get('/v1/agent/checks'),
      put('/v1/agent/check/deregister/mem'),
      put('/v1/agent/check/deregister/mem'),
      put('/v1/agent/service/deregister/web'),
      get('/v1/agent/checks'),
    ],
  })),
  {
    name: 'agent check: aliases of a service and of none',
    steps: [
      put('/v1/agent/service/register', { Name: 'web', Port: 1, Check: { TTL: '1h', Status: 'warning' } }),
      put('/v1/agent/service/register', { Name: 'bare', Port: 1 }),
      ...['web', 'nope'].map((service) =>
        put('/v1/agent/check/register', {
          ID: `alias-${service}`,
          Name: 'm',
          AliasService: service,
          ServiceID: 'bare',
        }),
      ),
      get('/v1/agent/checks', {
        until: (body) => body.includes('could not be found') && body.includes('failing'),
      }),
      ...['alias-web', 'alias-nope'].map((id) => put(`/v1/agent/check/deregister/${id}`)),
      put('/v1/agent/service/deregister/web'),
      put('/v1/agent/service/deregister/bare'),
      get('/v1/agent/checks'),
    ],
  },
  {
    name: 'agent check: verbs and their errors',
    steps: [
      put('/v1/agent/check/register', { ID: 'v', Name: 'v', TTL: '10m' }),
      put('/v1/agent/check/register', { ID: 'a', Name: 'a', AliasNode: 'n1' }),
      ...['pass', 'warn', 'fail'].flatMap((verb) => [
        put(`/v1/agent/check/${verb}/v`),
        get('/v1/agent/checks?filter=CheckID==v'),
        put(`/v1/agent/check/${verb}/v?note=a%20b%3Cc%3E`),
        get('/v1/agent/checks?filter=CheckID==v'),
        put(`/v1/agent/check/${verb}/nope`),
        put(`/v1/agent/check/${verb}/a`),
        put(`/v1/agent/check/${verb}/`),
        get(`/v1/agent/check/${verb}/v`),
      ]),
      put('/v1/agent/check/update/v', { Status: 'critical', Output: 'o' }),
      put('/v1/agent/check/update/v', { Status: 'nope' }),
      put('/v1/agent/check/update/v', {}),
      put('/v1/agent/check/update/v', '{'),
      put('/v1/agent/check/update/nope', { Status: 'passing' }),
      put('/v1/agent/check/update/v', { status: 'warning', output: 'low' }),
      put('/v1/agent/check/update/v', { Status: 'passing', Output: 'x'.repeat(5000) }),
      get('/v1/agent/checks?filter=CheckID==v'),
      put('/v1/agent/check/deregister/v'),
      put('/v1/agent/check/deregister/a'),
      put('/v1/agent/check/deregister/'),
      get('/v1/agent/check/deregister/v'),
      get('/v1/agent/check/register'),
      get('/v1/agent/checks'),
    ],
  },
];
