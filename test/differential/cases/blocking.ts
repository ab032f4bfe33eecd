import { type Case, get, put } from '../case.ts';

/** Blocking queries: what wakes them, what does not, and the indexes that they report. */

const node = { Node: 'w1', Address: '10.3.0.1' };
const clean = put('/v1/catalog/deregister', { Node: 'w1' });
const questions = [
  'catalog/nodes',
  'catalog/services',
  'catalog/service/blk',
  'catalog/node/w1',
  'health/service/blk',
  'health/node/w1',
  'health/checks/blk',
  'health/state/any',
  'internal/ui/services',
] as const;

export const blockingCases: readonly Case[] = [
  ...questions.map((question) => ({
    name: `blocking: ${question} waits its time when nothing changes`,
    steps: [
      put('/v1/catalog/register', { ...node, Service: { Service: 'blk' } }),
      get(`/v1/${question}`, { keepIndex: true }),
      get(`/v1/${question}?index=$index&wait=300ms`),
      get(`/v1/${question}?index=1&wait=5s`),
      clean,
    ],
  })),
  ...questions.map((question) => ({
    name: `blocking: the index of ${question} after each kind of write`,
    steps: [
      get(`/v1/${question}`),
      put('/v1/catalog/register', node),
      get(`/v1/${question}`),
      put('/v1/catalog/register', { ...node, Service: { Service: 'blk' } }),
      get(`/v1/${question}`),
      put('/v1/catalog/register', { ...node, Service: { Service: 'other' } }),
      get(`/v1/${question}`),
      put('/v1/catalog/register', { ...node, Check: { Name: 'nodecheck', Status: 'passing' } }),
      get(`/v1/${question}`),
      put('/v1/catalog/register', {
        ...node,
        Check: { Name: 'svccheck', ServiceID: 'blk', Status: 'passing' },
      }),
      get(`/v1/${question}`),
      put('/v1/catalog/register', {
        ...node,
        Check: { Name: 'svccheck', ServiceID: 'blk', Status: 'passing' },
      }),
      get(`/v1/${question}`),
      put('/v1/catalog/register', { ...node, Address: '10.3.0.2' }),
      get(`/v1/${question}`),
      put('/v1/catalog/deregister', { Node: 'w1', CheckID: 'svccheck' }),
      get(`/v1/${question}`),
      put('/v1/catalog/deregister', { Node: 'w1', ServiceID: 'blk' }),
      get(`/v1/${question}`),
      get('/v1/health/service/never-there'),
      put('/v1/catalog/register', { ...node, Service: { Service: 'blk' } }),
      get(`/v1/${question}`),
      clean,
      get(`/v1/${question}`),
      get('/v1/health/service/never-there'),
    ],
  })),
  {
    // The hash is the same on both agents; `index` has no effect here but to compare the times.
    name: 'agent service: waits by the hash of its content',
    steps: [
      put('/v1/agent/service/register', { Name: 'web' }),
      get('/v1/agent/service/web'),
      get('/v1/agent/service/web?hash=5a07705c3d245800&wait=400ms&index=1'),
      get('/v1/agent/service/web?hash=other&wait=400ms&index=1'),
      get('/v1/agent/service/web?hash=&wait=400ms&index=1'),
      get('/v1/agent/service/nope?hash=other&wait=400ms&index=1'),
      put('/v1/agent/service/deregister/web'),
    ],
  },
];
