import { type Case, get, put, type Step } from '../case.ts';

/** Transactions over nodes, services and checks. */

const address = '10.5.0.1';
const clean = [put('/v1/catalog/deregister', { Node: 't1' }), put('/v1/catalog/deregister', { Node: 't2' })];
const txn = (...ops: readonly object[]): Step => put('/v1/txn', ops);
const reads = [
  get('/v1/catalog/node/t1'),
  get('/v1/health/node/t1'),
  get('/v1/catalog/services'),
  get('/v1/catalog/nodes'),
];

const ofThing = (
  name: string,
  op: (verb: string, more?: object) => object,
  verbs: readonly string[],
  wrong: readonly object[],
): readonly Case[] => [
  ...verbs.map(
    (verb): Case => ({
      name: `txn: the verb ${verb || 'empty'} on ${name}`,
      steps: [
        txn(op(verb)),
        put('/v1/catalog/register', { Node: 't1', Address: address }),
        txn(op(verb)),
        ...reads,
        put('/v1/catalog/register', {
          Node: 't1',
          Address: address,
          Service: { ID: 'web-1', Service: 'web', Port: 80 },
          Checks: [
            { CheckID: 'c1', Name: 'c1', Status: 'passing' },
            { CheckID: 'c2', Name: 'c2', Status: 'passing', ServiceID: 'web-1' },
          ],
        }),
        txn(op(verb)),
        ...reads,
        txn(op(verb, { ModifyIndex: 1 })),
        ...reads,
        ...clean,
      ],
    }),
  ),
  {
    name: `txn: refusals of ${name}`,
    steps: [
      put('/v1/catalog/register', { Node: 't1', Address: address, Service: { Service: 'web' } }),
      ...wrong.map((one) => txn(one)),
      ...reads,
      ...clean,
    ],
  },
];

const verbs = ['set', 'cas', 'get', 'delete', 'delete-cas', 'lock', ''];

const node = (Verb: string, more: object = {}): object => ({
  Node: { Verb, Node: { Node: 't1', Address: '10.5.0.2', ...more } },
});
const service = (Verb: string, more: object = {}): object => ({
  Service: { Verb, Node: 't1', Service: { ID: 'web-1', Service: 'web', Port: 81, ...more } },
});
const check = (Verb: string, more: object = {}): object => ({
  Check: { Verb, Check: { Node: 't1', CheckID: 'c1', Name: 'c1', Status: 'warning', ...more } },
});

export const txnCatalogCases: readonly Case[] = [
  ...ofThing('nodes', node, verbs, [
    { Node: { Verb: 'set' } },
    { Node: { Verb: 'set', Node: {} } },
    { Node: { Verb: 'set', Node: { Node: 't2' } } },
    { Node: { Verb: 'set', Node: { Node: 't2', Address: address, ID: 'x' } } },
    { Node: { Verb: 'set', Node: { Node: 't1', Address: address, Datacenter: 'dc9' } } },
    {
      Node: {
        Verb: 'set',
        Node: { Node: 't1', Address: address, Meta: { a: 'b' }, TaggedAddresses: { lan: 'x' } },
      },
    },
    { Node: { Verb: 'get', Node: { Node: 'missing' } } },
    { Node: { Verb: 'get', Node: { ID: '99999999-2222-3333-4444-555555555555' } } },
    { Node: { Verb: 'get', Node: {} } },
    { Node: { Verb: 'delete', Node: { Node: 'missing' } } },
    { Node: { Verb: 'delete', Node: {} } },
    { Node: { Verb: 'delete-cas', Node: { Node: 'missing', ModifyIndex: 0 } } },
    { Node: { Verb: 'cas', Node: { Node: 't2', Address: address, ModifyIndex: 0 } } },
  ]),
  ...ofThing('services', service, verbs, [
    { Service: { Verb: 'set' } },
    { Service: { Verb: 'set', Node: 't1' } },
    { Service: { Verb: 'set', Node: 't1', Service: {} } },
    { Service: { Verb: 'set', Node: 'missing', Service: { Service: 'web' } } },
    { Service: { Verb: 'set', Node: '', Service: { Service: 'web' } } },
    { Service: { Verb: 'set', Node: 't1', Service: { Service: 'only-name' } } },
    { Service: { Verb: 'set', Node: 't1', Service: { ID: 'only-id' } } },
    { Service: { Verb: 'set', Node: 't1', Service: { ID: 'a', Service: 'web', Address: '::' } } },
    { Service: { Verb: 'set', Node: 't1', Service: { ID: 'b', Service: 'web', Kind: 'connect-proxy' } } },
    {
      Service: {
        Verb: 'set',
        Node: 't1',
        Service: {
          ID: 'c',
          Service: 'web',
          Tags: ['x'],
          Meta: { a: 'b' },
          Weights: { Passing: 3, Warning: 1 },
        },
      },
    },
    { Service: { Verb: 'get', Node: 't1', Service: { ID: 'missing' } } },
    { Service: { Verb: 'get', Node: 'missing', Service: { ID: 'web' } } },
    { Service: { Verb: 'get', Node: 't1', Service: { Service: 'web' } } },
    { Service: { Verb: 'delete', Node: 't1', Service: { ID: 'missing' } } },
    { Service: { Verb: 'delete-cas', Node: 't1', Service: { ID: 'missing' } } },
    { Service: { Verb: 'delete', Node: 'missing', Service: { ID: 'web' } } },
  ]),
  ...ofThing('checks', check, verbs, [
    { Check: { Verb: 'set' } },
    { Check: { Verb: 'set', Check: {} } },
    { Check: { Verb: 'set', Check: { Node: 't1' } } },
    { Check: { Verb: 'set', Check: { Node: 't1', Name: 'n' } } },
    { Check: { Verb: 'set', Check: { Node: 'missing', CheckID: 'c', Name: 'c' } } },
    { Check: { Verb: 'set', Check: { Node: 't1', CheckID: 's', Name: 's', ServiceID: 'missing' } } },
    { Check: { Verb: 'set', Check: { Node: 't1', CheckID: 's', Name: 's', ServiceID: 'web' } } },
    { Check: { Verb: 'set', Check: { Node: 't1', CheckID: 'd', Name: 'd', Status: 'nonsense' } } },
    {
      Check: {
        Verb: 'set',
        Check: {
          Node: 't1',
          CheckID: 'e',
          Name: 'e',
          Status: 'passing',
          Definition: {
            TCP: 'localhost:8080',
            Interval: '5s',
            Timeout: '1s',
            DeregisterCriticalServiceAfter: '30s',
          },
        },
      },
    },
    { Check: { Verb: 'get', Check: { Node: 't1', CheckID: 'missing' } } },
    { Check: { Verb: 'get', Check: { Node: 'missing', CheckID: 'c1' } } },
    { Check: { Verb: 'get', Check: {} } },
    { Check: { Verb: 'delete', Check: { Node: 't1', CheckID: 'missing' } } },
    { Check: { Verb: 'delete-cas', Check: { Node: 't1', CheckID: 'missing' } } },
    { Check: { Verb: 'delete', Check: { Node: 'missing', CheckID: 'c1' } } },
  ]),
  {
    name: 'txn: a node, its service, its check and a key in one',
    steps: [
      txn(
        { Node: { Verb: 'set', Node: { Node: 't1', Address: address, Meta: { a: 'b' } } } },
        { Service: { Verb: 'set', Node: 't1', Service: { ID: 'web-1', Service: 'web', Port: 80 } } },
        {
          Check: {
            Verb: 'set',
            Check: { Node: 't1', CheckID: 'c1', Name: 'c1', Status: 'passing', ServiceID: 'web-1' },
          },
        },
        { KV: { Verb: 'set', Key: 'd/k', Value: 'dg==' } },
        { Node: { Verb: 'get', Node: { Node: 't1' } } },
        { Service: { Verb: 'get', Node: 't1', Service: { ID: 'web-1' } } },
        { Check: { Verb: 'get', Check: { Node: 't1', CheckID: 'c1' } } },
      ),
      ...reads,
      get('/v1/kv/d/k'),
      txn(
        { Check: { Verb: 'delete', Check: { Node: 't1', CheckID: 'c1' } } },
        { Service: { Verb: 'delete', Node: 't1', Service: { ID: 'web-1' } } },
        { Node: { Verb: 'delete', Node: { Node: 't1' } } },
        { KV: { Verb: 'delete', Key: 'd/k' } },
      ),
      ...reads,
      get('/v1/kv/d/k'),
      ...clean,
    ],
  },
  {
    name: 'txn: a failure undoes nodes and services too',
    steps: [
      txn(node('set', { Node: 't2' }), service('set'), { KV: { Verb: 'get', Key: 'd/missing' } }),
      get('/v1/catalog/nodes'),
      get('/v1/catalog/services'),
      ...clean,
    ],
  },
  {
    name: 'txn: a check of a transaction ends a session',
    steps: [
      put('/v1/catalog/register', {
        Node: 't1',
        Address: address,
        Check: { CheckID: 'c1', Name: 'c1', Status: 'passing' },
      }),
      put('/v1/session/create', { Node: 't1', NodeChecks: ['c1'], LockDelay: '0s' }, { keepId: '$one' }),
      put('/v1/kv/d/k?acquire=$one', 'v'),
      txn(check('set', { Status: 'critical' }), { KV: { Verb: 'get', Key: 'd/k' } }),
      get('/v1/session/info/$one'),
      get('/v1/kv/d/k'),
      { method: 'DELETE', path: '/v1/kv/d?recurse' },
      ...clean,
    ],
  },
  {
    name: 'txn: cas with the index of a node',
    steps: [
      put('/v1/catalog/register', { Node: 't1', Address: address }),
      get('/v1/catalog/nodes', { keepIndex: true }),
      put(
        '/v1/txn',
        '[{"Node":{"Verb":"cas","Node":{"Node":"t1","Address":"10.5.0.3","ModifyIndex":$index}}}]',
      ),
      put(
        '/v1/txn',
        '[{"Node":{"Verb":"cas","Node":{"Node":"t1","Address":"10.5.0.4","ModifyIndex":$index}}}]',
      ),
      ...reads,
      get('/v1/catalog/nodes', { keepIndex: true }),
      put('/v1/txn', '[{"Node":{"Verb":"delete-cas","Node":{"Node":"t1","ModifyIndex":$index}}}]'),
      ...reads,
      ...clean,
    ],
  },
];
