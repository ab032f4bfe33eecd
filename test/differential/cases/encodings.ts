import { type Case, get, put, type Step } from '../case.ts';

/** Encodings of answers, the agent cache, and Cache-Control. */

const path = '/v1/health/service/enc';

const registered: readonly Step[] = [1, 2, 3].map((i) =>
  put('/v1/catalog/register', {
    Node: `enc-${i}`,
    Address: `10.3.0.${i}`,
    Service: { ID: `enc-${i}`, Service: 'enc', Port: 80 + i, Tags: ['a'] },
    Check: { CheckID: 'alive', Name: 'alive', Status: 'passing', ServiceID: `enc-${i}` },
  }),
);
const removed: readonly Step[] = [1, 2, 3].map((i) => put('/v1/catalog/deregister', { Node: `enc-${i}` }));

/** Twice: ours answers the second from what it kept. */
const twice = (step: Step): readonly Step[] => [step, step];

const withHeaders = (
  name: string,
  target: string,
  ...headers: readonly Readonly<Record<string, string>>[]
): Case => ({
  name: `encodings: ${name}`,
  steps: [...registered, ...headers.flatMap((one) => twice(get(target, { headers: one }))), ...removed],
});

const acceptEncodings = [
  'gzip',
  'GZIP',
  'deflate, gzip',
  'gzip;q=0',
  'gzip;q=0.001',
  'gzip;q=abc',
  'gzip;q=0, gzip',
  'gzip, gzip;q=0',
  'gzip ; q=1',
  'x-gzip',
  '*',
  'identity',
  'identity;q=0',
  '',
];

const gzip = { 'Accept-Encoding': 'gzip' };

const errors: readonly Step[] = [
  get('/v1/health/service/', { headers: gzip }),
  get(`${path}?passing=zz`, { headers: gzip }),
  get('/v1/catalog/nodes?index=x', { headers: gzip }),
  get('/v1/coordinate/node/missing', { headers: gzip }),
  get('/v1/health/service', { headers: gzip }),
  get('/v1/unknown', { headers: gzip }),
  get('//v1/catalog/nodes', { headers: gzip }),
  put(path, undefined, { headers: gzip }),
  put('/v1/catalog/register', { Node: 'enc-1' }, { headers: gzip }),
  { method: 'HEAD', path, headers: gzip },
  { method: 'OPTIONS', path, headers: gzip },
];

const cacheControls = [
  'max-age=0',
  'max-age=5',
  'max-age=-5',
  'max-age=+5',
  'max-age=x',
  'max-age=',
  'max-age',
  'max-age=1.5',
  'max-age=5=6',
  'max-age = 5',
  'MAX-AGE=x',
  'max-age=9223372036854775807',
  'max-age=9223372036854775808',
  'must-revalidate',
  'no-cache, max-age=x',
  'no-cache;max-age=x',
  'stale-if-error=5',
  'stale-if-error=x',
  'no-store',
].map((control) => ({ 'Cache-Control': control }));

const cached: Case = {
  name: 'encodings: the agent cache',
  steps: [
    ...registered,
    get(`${path}?cached`),
    get(`${path}?cached`),
    get(`${path}?passing&cached`),
    get(`${path}?cached&stale`),
    get(`${path}?cached&index=1`),
    get(`${path}?cached&tag=a`),
    get(`${path}?cached&tag=a`),
    get(`${path}?cached&filter=Service.Port==81`),
    get(`${path}?cached&consistent`),
    get(`${path}?cached&index=10000&wait=20ms`),
    get('/v1/catalog/service/enc?cached'),
    get('/v1/catalog/service/enc?cached'),
    get('/v1/catalog/services?cached&node-meta=enc:1'),
    get('/v1/catalog/services?cached&node-meta=enc:1'),
    get('/v1/catalog/datacenters?cached'),
    get('/v1/catalog/datacenters?cached'),
    get('/v1/catalog/datacenters?cached', { headers: { 'Cache-Control': 'must-revalidate' } }),
    get('/v1/catalog/datacenters?cached', { headers: { 'Cache-Control': 'max-age=0' } }),
    get('/v1/catalog/datacenters?cached', { headers: { 'Cache-Control': 'max-age=100' } }),
    get('/v1/catalog/datacenters?cached', { headers: { 'Cache-Control': 'max-age=-5' } }),
    get('/v1/catalog/nodes?cached'),
    get('/v1/catalog/node/enc-1?cached'),
    get('/v1/health/node/enc-1?cached'),
    ...removed,
  ],
};

export const encodingCases: readonly Case[] = [
  ...acceptEncodings.map((text) =>
    withHeaders(`accept ${JSON.stringify(text)}`, path, { 'Accept-Encoding': text }),
  ),
  withHeaders('of every kind of answer', '/v1/catalog/services', gzip, {}),
  withHeaders('of a short answer', '/v1/status/leader', gzip),
  withHeaders('of nothing found', '/v1/health/service/nothing', gzip),
  { name: 'encodings: of what is no success', steps: errors },
  withHeaders('Cache-Control', path, ...cacheControls),
  withHeaders('Cache-Control of the cache', `${path}?cached`, ...cacheControls),
  withHeaders('Cache-Control of routes that do not read', '/v1/coordinate/datacenters', {
    'Cache-Control': 'max-age=x',
  }),
  withHeaders('Cache-Control of the leader', '/v1/status/leader', { 'Cache-Control': 'max-age=x' }),
  cached,
];
