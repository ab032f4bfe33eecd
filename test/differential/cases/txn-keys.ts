import { type Case, each, get, put, remove, type Step } from '../case.ts';

/** Transactions over keys. */

const clean = remove('/v1/kv/d?recurse');
const value = Buffer.from('value').toString('base64');
const txn = (ops: unknown, more: Omit<Step, 'method' | 'path' | 'body'> = {}): Step =>
  put('/v1/txn', typeof ops === 'string' ? ops : ops, more);
/** Operations of keys. */
const kv = (...ops: readonly object[]): Step => txn(ops.map((KV) => ({ KV })));
const large = (KV: object): Step => txn([{ KV }], { asksFirst: true });
const all = get('/v1/kv/d/?recurse');

const verbs = [
  'set',
  'cas',
  'get',
  'get-tree',
  'get-or-empty',
  'check-index',
  'check-session',
  'check-not-exists',
  'lock',
  'unlock',
  'delete',
  'delete-cas',
  'delete-tree',
  'unknown',
  'SET',
  '',
];

/** A verb on a key that is there, one that is not, and without a key. */
const ofVerb = (Verb: string): Case => ({
  name: `txn: the verb ${Verb || 'empty'} on keys`,
  steps: [
    put('/v1/kv/d/k?flags=3', 'before'),
    put('/v1/kv/d/k/below', 'below'),
    kv({ Verb, Key: 'd/k' }),
    all,
    kv({ Verb, Key: 'd/k', Value: value, Flags: 18, Index: 0, Session: '' }),
    all,
    kv({ Verb, Key: 'd/missing', Value: value }),
    all,
    kv({ Verb, Key: 'd/missing2', Value: value, Index: 77 }),
    all,
    kv({ Verb, Key: '' }),
    kv({ Verb }),
    kv({ Verb, Key: 'd/k', Session: 'x' }),
    kv({ Verb, Key: 'd/k', Session: '11111111-2222-3333-4444-555555555555' }),
    all,
    clean,
  ],
});

/** A verb with the index of the key. */
const withIndex = (Verb: string): Case => ({
  name: `txn: the verb ${Verb} with the index of the key`,
  steps: [
    put('/v1/kv/d/k', 'before'),
    get('/v1/kv/d/k', { keepIndex: true }),
    txn(`[{"KV":{"Verb":"${Verb}","Key":"d/k","Value":"${value}","Index":$index}}]`),
    all,
    txn(`[{"KV":{"Verb":"${Verb}","Key":"d/k","Value":"${value}","Index":$index}}]`),
    all,
    clean,
  ],
});

const withSession = (Verb: string): Case => ({
  name: `txn: the verb ${Verb} with sessions`,
  steps: [
    put('/v1/session/create', { LockDelay: '0s' }, { keepId: '$one' }),
    put('/v1/session/create', { LockDelay: '0s' }, { keepId: '$two' }),
    kv({ Verb, Key: 'd/free', Session: '$one', Value: value }),
    all,
    put('/v1/kv/d/k?acquire=$one', 'held'),
    kv({ Verb, Key: 'd/k', Session: '$two', Value: value }),
    kv({ Verb, Key: 'd/k', Session: '$one', Value: value, Flags: 9 }),
    all,
    kv({ Verb, Key: 'd/k', Session: '', Value: value }),
    all,
    put('/v1/session/destroy/$one'),
    put('/v1/session/destroy/$two'),
    clean,
  ],
});

const set = (Key: string, more: object = {}): object => ({ Verb: 'set', Key, Value: value, ...more });
const many = (count: number, verb = 'set'): Step =>
  kv(...Array.from({ length: count }, (_, i) => ({ ...set(`d/${i}`), Verb: verb })));

const flagBodies = [
  '0',
  '18446744073709551615',
  '16210313421097356768',
  '9007199254740993',
  '18446744073709551616',
  '-1',
  '1.5',
  '1e3',
  '"5"',
  'null',
  'true',
];
const values = [
  'null',
  '""',
  '"dmFsdWU="',
  '"dmFsdWU"',
  '"dmFs\\ndWU="',
  '"_-8="',
  '"+/8="',
  '"!"',
  '5',
  '[]',
  '[1,2]',
  '{}',
  'true',
  '" dmFsdWU="',
];

export const txnKeyCases: readonly Case[] = [
  ...verbs.map(ofVerb),
  ...['set', 'cas', 'check-index', 'delete-cas', 'get', 'delete'].map(withIndex),
  ...['set', 'cas', 'lock', 'unlock', 'check-session', 'check-not-exists', 'delete'].map(withSession),
  ...[63, 64, 65, 128].flatMap((count): readonly Case[] => [
    { name: `txn: ${count} operations`, steps: [many(count), get('/v1/kv/d/?keys'), clean] },
    { name: `txn: ${count} reads`, steps: [put('/v1/kv/d/0', 'x'), many(count, 'get-tree'), clean] },
  ]),
  ...flagBodies.map(
    (flags): Case => ({
      name: `txn: Flags ${flags}`,
      steps: [txn(`[{"KV":{"Verb":"set","Key":"d/k","Flags":${flags}}}]`), all, clean],
    }),
  ),
  ...flagBodies.map(
    (index): Case => ({
      name: `txn: Index ${index}`,
      steps: [txn(`[{"KV":{"Verb":"cas","Key":"d/k","Index":${index}}}]`), all, clean],
    }),
  ),
  ...values.map(
    (text): Case => ({
      name: `txn: Value ${text}`,
      steps: [txn(`[{"KV":{"Verb":"set","Key":"d/k","Value":${text}}}]`), all, clean],
    }),
  ),
  {
    name: 'txn: later operations see earlier ones',
    steps: [
      kv(
        set('d/a'),
        { Verb: 'get', Key: 'd/a' },
        { Verb: 'delete', Key: 'd/a' },
        { Verb: 'check-not-exists', Key: 'd/a' },
        set('d/b'),
        { Verb: 'get-tree', Key: 'd/' },
      ),
      all,
      kv(set('d/a', { Flags: 1 }), set('d/a', { Flags: 2 }), { Verb: 'get', Key: 'd/a' }),
      all,
      kv({ Verb: 'delete-tree', Key: 'd/' }, { Verb: 'get-tree', Key: 'd/' }),
      get('/v1/kv/d/?keys'),
      clean,
    ],
  },
  {
    name: 'txn: one failure undoes all, and every failure is listed',
    steps: [
      put('/v1/kv/d/k', 'before'),
      kv(
        set('d/new'),
        { Verb: 'get', Key: 'd/missing' },
        set('d/k'),
        { Verb: 'cas', Key: 'd/k', Index: 1 },
        { Verb: 'delete-tree', Key: 'd/' },
        { Verb: 'check-not-exists', Key: 'd/k' },
      ),
      all,
      kv(set('d/new'), { Verb: 'nonsense', Key: 'd/x' }),
      all,
      kv(set('d/new'), { Verb: 'set', Key: '' }, { Verb: 'get', Key: 'd/missing' }),
      all,
      clean,
    ],
  },
  {
    name: 'txn: the indexes of keys and prefixes after transactions',
    steps: [
      kv(set('d/a'), set('d/b/1')),
      get('/v1/kv/d/a'),
      get('/v1/kv/d/b/?keys'),
      kv(set('d/a')),
      get('/v1/kv/d/a'),
      kv({ Verb: 'get', Key: 'd/a' }),
      get('/v1/kv/d/?keys'),
      kv({ Verb: 'delete', Key: 'd/b/1' }),
      get('/v1/kv/d/b/?keys'),
      get('/v1/kv/d/b/1'),
      kv({ Verb: 'delete-tree', Key: 'd/' }),
      get('/v1/kv/d/?keys'),
      get('/v1/kv/d/a'),
      kv(set('d/a'), { Verb: 'get', Key: 'd/missing' }),
      get('/v1/kv/d/a'),
      clean,
    ],
  },
  {
    name: 'txn: reads alone',
    steps: [
      put('/v1/kv/d/k', 'v'),
      kv({ Verb: 'get', Key: 'd/k' }),
      put('/v1/txn?pretty', [{ KV: { Verb: 'get', Key: 'd/k' } }]),
      put('/v1/txn?stale', [{ KV: { Verb: 'get', Key: 'd/k' } }]),
      put('/v1/txn?consistent', [{ KV: { Verb: 'get', Key: 'd/k' } }]),
      put('/v1/txn?stale&consistent', [{ KV: { Verb: 'get', Key: 'd/k' } }]),
      put('/v1/txn?index=1&wait=1s', [{ KV: { Verb: 'get', Key: 'd/k' } }]),
      put('/v1/txn?index=x', [{ KV: { Verb: 'get', Key: 'd/k' } }]),
      put('/v1/txn', [{ KV: { Verb: 'get', Key: 'd/k' } }], { headers: { 'Accept-Encoding': 'gzip' } }),
      kv(
        { Verb: 'get-tree', Key: 'd/' },
        { Verb: 'get', Key: 'd/k' },
        { Verb: 'check-not-exists', Key: 'd/x' },
      ),
      kv({ Verb: 'get', Key: 'd/missing' }, { Verb: 'get', Key: 'd/k' }),
      kv({ Verb: 'get-tree', Key: 'd/missing' }),
      kv({ Verb: 'check-not-exists', Key: 'd/x' }),
      clean,
    ],
  },
  {
    name: 'txn: a lock delay',
    steps: [
      put('/v1/session/create', { LockDelay: '30s' }, { keepId: '$one' }),
      put('/v1/kv/d/k?acquire=$one', 'v'),
      put('/v1/session/destroy/$one'),
      put('/v1/session/create', { LockDelay: '0s' }, { keepId: '$two' }),
      kv(set('d/x'), { Verb: 'lock', Key: 'd/k', Session: '$two' }, { Verb: 'get', Key: 'd/missing' }),
      kv(set('d/k')),
      all,
      put('/v1/session/destroy/$two'),
      clean,
    ],
  },
  {
    name: 'txn: as Vault and the Go client send it',
    steps: [
      txn([
        {
          KV: { Verb: 'set', Key: 'd/vault/a', Value: value, Flags: 0, Index: 0, Session: '', Namespace: '' },
          Node: null,
          Service: null,
          Check: null,
          Intention: null,
        },
        {
          KV: { Verb: 'delete', Key: 'd/vault/b', Value: null, Flags: 0, Index: 0, Session: '' },
          Node: null,
          Service: null,
          Check: null,
        },
      ]),
      txn('[{"kv":{"verb":"set","key":"d/lower","value":"dg=="}}]'),
      txn('[{"KV":{"VERB":"set","KEY":"d/upper"}}]'),
      all,
      clean,
    ],
  },
  {
    name: 'txn: a value at the limit of a key, and a body at its own',
    steps: [
      kv({ Verb: 'set', Key: 'd/k', Value: Buffer.alloc(300_000, 1).toString('base64') }),
      large({ Verb: 'set', Key: 'd/k', Value: Buffer.alloc(400_000, 1).toString('base64') }),
      large({ Verb: 'set', Key: 'd/k', Value: Buffer.alloc(600_000, 1).toString('base64') }),
      txn(`[${' '.repeat(512 * 1024 - 2)}]`),
      txn(`[${' '.repeat(512 * 1024 - 1)}]`, { asksFirst: true }),
      get('/v1/kv/d/?keys'),
      clean,
    ],
  },
  ...each([
    txn(undefined),
    txn(''),
    txn('[]'),
    txn('null'),
    txn('{}'),
    txn('5'),
    txn('"x"'),
    txn('['),
    txn('[] x'),
    txn('[{}]'),
    txn('[5]'),
    txn('[[]]'),
    txn('["x"]'),
    txn('[{"KV":null}]'),
    txn('[{"KV":5}]'),
    txn('[{"KV":[]}]'),
    txn('[{"KV":{}}]'),
    txn('[{"KV":{"Verb":5}}]'),
    txn('[{"KV":{"Verb":"get","Key":5}}]'),
    txn('[{"KV":{"Verb":"get","Key":null}}]'),
    txn('[{"KV":{"Verb":"get","Key":"x","Session":5}}]'),
    txn('[{"KV":{"Verb":"get","Key":"x","Unknown":1}}]'),
    txn('[{"Unknown":{}}]'),
    txn('[{"KV":{"Verb":"get","Key":"x"},"Node":{"Verb":"get"}}]'),
    txn('[{"Session":{"Verb":"delete","Session":{"ID":"x"}}}]'),
    txn('[{"Intention":{"Op":"create"}}]'),
    txn('[{"KV":{"Verb":"get","Key":"\\u0000\\ud800"}}]'),
    put('/v1/txn?dc=dc2', '[]'),
    put('/v1/txn?dc=dc2', [{ KV: { Verb: 'get', Key: 'x' } }]),
    put('/v1/txn?dc=dc2', [{ KV: { Verb: 'set', Key: 'x' } }]),
    put('/v1/txn?ns=x', '[]'),
    put('/v1/txn', '[]', { headers: { 'X-Consul-Namespace': 'x' } }),
    put('/v1/txn', [{ KV: { Verb: 'get', Key: 'x' } }], { headers: { 'Accept-Encoding': 'gzip' } }),
    put('/v1/txn?pretty', '[]'),
    put('/v1/txn/', '[]'),
    put('/v1/txn/x', '[]'),
    { method: 'POST', path: '/v1/txn', body: '[]' },
    { method: 'GET', path: '/v1/txn' },
    { method: 'HEAD', path: '/v1/txn' },
    { method: 'DELETE', path: '/v1/txn' },
    { method: 'OPTIONS', path: '/v1/txn' },
  ]),
];
