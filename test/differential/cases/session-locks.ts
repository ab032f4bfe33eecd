import { type Case, get, put, remove, type Step } from '../case.ts';

/** The locks of sessions, and what ends a session with its checks. */

const create = (body: unknown = {}, keepId = '$one'): Step => put('/v1/session/create', body, { keepId });
const destroy = (name = '$one'): Step => put(`/v1/session/destroy/${name}`);
const clean = remove('/v1/kv/d?recurse');
const key = get('/v1/kv/d/k');
const node = { Node: 's1', Address: '10.4.0.1' };
const cleanNode = put('/v1/catalog/deregister', { Node: 's1' });
const check = (Status: string, more: object = {}): Step =>
  put('/v1/catalog/register', { ...node, Check: { CheckID: 'c', Name: 'c', Status, ...more } });

/** Holds a key with a session, and what happens to it. */
const held = (name: string, body: object, ...steps: readonly Step[]): Case => ({
  name: `session: ${name}`,
  steps: [
    create(body),
    put('/v1/kv/d/k?acquire=$one', 'held'),
    key,
    ...steps,
    key,
    get('/v1/session/info/$one'),
    destroy(),
    clean,
  ],
});

/** A session on the checks of another node, and what ends it. */
const ended = (name: string, body: object, ...steps: readonly Step[]): Case => ({
  name: `session: ${name}`,
  steps: [
    check('passing'),
    create({ Node: 's1', NodeChecks: ['c'], LockDelay: '0s', ...body }),
    get('/v1/session/node/s1'),
    put('/v1/kv/d/k?acquire=$one', 'held'),
    ...steps,
    get('/v1/session/info/$one'),
    get('/v1/session/node/s1'),
    key,
    get('/v1/kv/d/?keys'),
    destroy(),
    cleanNode,
    clean,
  ],
});

export const sessionLockCases: readonly Case[] = [
  held(
    'a lock, taken again by its holder',
    {},
    put('/v1/kv/d/k?acquire=$one', 'again'),
    put('/v1/kv/d/k?acquire=$one&flags=7', 'again'),
  ),
  held(
    'a lock, released',
    { LockDelay: '0s' },
    put('/v1/kv/d/k?release=$one', 'free'),
    key,
    put('/v1/kv/d/k?release=$one', 'x'),
  ),
  held(
    'a lock, released and taken again',
    {},
    put('/v1/kv/d/k?release=$one', 'free'),
    put('/v1/kv/d/k?acquire=$one', 'x'),
  ),
  held(
    'a lock, over a plain write',
    {},
    put('/v1/kv/d/k', 'plain'),
    key,
    put('/v1/kv/d/k?acquire=$one', 'x'),
  ),
  held(
    'a lock, over a cas',
    {},
    get('/v1/kv/d/k', { keepIndex: true }),
    put('/v1/kv/d/k?cas=$index', 'plain'),
  ),
  held('a lock, deleted', {}, remove('/v1/kv/d/k'), put('/v1/kv/d/k?acquire=$one', 'x')),
  held('a lock, deleted with its tree', {}, remove('/v1/kv/d?recurse'), put('/v1/kv/d/k?release=$one', 'x')),
  held('a lock of a released session', { LockDelay: '0s' }, destroy(), put('/v1/kv/d/k?acquire=$one', 'x')),
  held('a lock of a deleting session', { LockDelay: '0s', Behavior: 'delete' }, destroy()),
  held(
    'a lock, its session destroyed, with a delay',
    { LockDelay: '1h' },
    destroy(),
    create({}, '$two'),
    put('/v1/kv/d/k?acquire=$two', 'x'),
    destroy('$two'),
  ),
  held(
    'a delay does not stop plain writes',
    { LockDelay: '10s' },
    destroy(),
    put('/v1/kv/d/k', 'x'),
    remove('/v1/kv/d/k'),
  ),
  held(
    'a delay of a deleted key',
    { LockDelay: '10s', Behavior: 'delete' },
    destroy(),
    create({}, '$two'),
    put('/v1/kv/d/k?acquire=$two', 'x'),
    put('/v1/kv/d/other?acquire=$two', 'x'),
    destroy('$two'),
  ),
  held(
    'no delay after a release',
    { LockDelay: '10s' },
    put('/v1/kv/d/k?release=$one', ''),
    create({}, '$two'),
    put('/v1/kv/d/k?acquire=$two', 'x'),
    key,
    destroy('$two'),
  ),
  held(
    'a delay passes',
    { LockDelay: '400ms' },
    destroy(),
    create({ LockDelay: '0s' }, '$two'),
    put('/v1/kv/d/k?acquire=$two', 'x'),
    { ...put('/v1/kv/d/k?acquire=$two', 'x'), until: (body) => body === 'true' },
    key,
    destroy('$two'),
  ),
  held(
    'another session wants it',
    {},
    create({}, '$two'),
    put('/v1/kv/d/k?acquire=$two', 'x'),
    put('/v1/kv/d/k?release=$two', 'x'),
    key,
    destroy('$two'),
    key,
  ),
  held(
    'a lock of an empty value',
    {},
    put('/v1/kv/d/k?acquire=$one', ''),
    put('/v1/kv/d/k?acquire=$one&flags=3304740253564472344', ''),
  ),
  held(
    'a lock with an id in upper case',
    {},
    put('/v1/kv/d/k?acquire=11111111-AAAA-3333-4444-555555555555', ''),
  ),
  {
    name: 'session: a lock over a key that is there',
    steps: [
      put('/v1/kv/d/k?flags=5', 'before'),
      key,
      create({ LockDelay: '0s' }),
      put('/v1/kv/d/k?acquire=$one', 'held'),
      key,
      put('/v1/kv/d/k?release=$one', 'after'),
      key,
      put('/v1/kv/d/k?acquire=$one', 'held'),
      key,
      destroy(),
      key,
      clean,
    ],
  },
  ...['release', 'delete'].map(
    (Behavior): Case => ({
      name: `session: the keys of one that ends with ${Behavior}`,
      steps: [
        create({ Behavior, LockDelay: '0s' }),
        ...['a', 'b', 'c/x'].map((name) => put(`/v1/kv/d/${name}?acquire=$one`, name)),
        put('/v1/kv/d/free', 'x'),
        get('/v1/kv/d/?recurse'),
        get('/v1/kv/d/?keys', { keepIndex: true }),
        destroy(),
        get('/v1/kv/d/?recurse'),
        get('/v1/kv/d/a'),
        get('/v1/kv/d/?keys&index=$index&wait=5s'),
        get('/v1/kv/d/free'),
        clean,
      ],
    }),
  ),
  ended('a check that turns critical', {}, check('critical')),
  ended('a check that turns warning', {}, check('warning')),
  ended('a check that turns critical, and deletes', { Behavior: 'delete' }, check('critical')),
  ended('its check is deregistered', {}, put('/v1/catalog/deregister', { Node: 's1', CheckID: 'c' })),
  ended('its node is deregistered', {}, put('/v1/catalog/deregister', { Node: 's1' })),
  ended(
    'its node is deregistered, and it deletes',
    { Behavior: 'delete' },
    put('/v1/catalog/deregister', { Node: 's1' }),
  ),
  ended('another check turns critical', {}, check('critical', { CheckID: 'other', Name: 'other' })),
  ended('its node gets another address', {}, put('/v1/catalog/register', { ...node, Address: '10.4.0.9' })),
  {
    name: 'session: a check that is critical already',
    steps: [
      check('critical'),
      create({ Node: 's1', NodeChecks: ['c'] }),
      create({ Node: 's1', Checks: ['c'] }),
      create({ Node: 's1' }),
      create({ Node: 's1', NodeChecks: ['c', 'unknown'] }),
      create({ Node: 's1', NodeChecks: ['unknown', 'c'] }),
      create({ Node: 's1', NodeChecks: [] }),
      destroy(),
      cleanNode,
    ],
  },
  ...[{ Status: 'passing' }, { Status: 'critical' }, { Status: 'warning' }].map(
    ({ Status }): Case => ({
      name: `session: the check of a service that is ${Status}`,
      steps: [
        put('/v1/catalog/register', {
          ...node,
          Service: { Service: 'web' },
          Check: { CheckID: 'sc', Name: 'sc', Status, ServiceID: 'web' },
        }),
        create({ Node: 's1', NodeChecks: [], ServiceChecks: [{ ID: 'sc' }], LockDelay: '0s' }),
        get('/v1/session/info/$one'),
        put('/v1/kv/d/k?acquire=$one', 'v'),
        put('/v1/catalog/deregister', { Node: 's1', ServiceID: 'web' }),
        get('/v1/session/info/$one'),
        key,
        destroy(),
        cleanNode,
        clean,
      ],
    }),
  ),
  ...[
    { NodeChecks: ['sc'] },
    { ServiceChecks: [{ ID: 'nc' }] },
    { ServiceChecks: [{ ID: 'sc', Namespace: 'default' }] },
    { ServiceChecks: [{ id: 'sc' }] },
    { ServiceChecks: [{ ID: 'sc' }, { ID: 'sc' }] },
    { NodeChecks: ['nc'], ServiceChecks: [{ ID: 'sc' }] },
    { Checks: ['nc', 'sc'] },
    { Checks: ['nc'], NodeChecks: [] },
    { Checks: ['nc'], NodeChecks: ['sc'] },
    { Checks: ['sc'], NodeChecks: ['nc'] },
    { Checks: [], NodeChecks: ['nc'] },
    { checks: null, nodechecks: ['nc'] },
    { service_checks: [{ ID: 'sc' }] },
    { servicechecks: [{ id: 'sc' }], nodechecks: ['nc'] },
  ].map(
    (body): Case => ({
      name: `session: checks of a node and of a service as ${JSON.stringify(body)}`,
      steps: [
        put('/v1/catalog/register', {
          ...node,
          Service: { Service: 'web' },
          Checks: [
            { CheckID: 'nc', Name: 'nc', Status: 'passing' },
            { CheckID: 'sc', Name: 'sc', Status: 'passing', ServiceID: 'web' },
          ],
        }),
        create({ Node: 's1', ...body }),
        get('/v1/session/node/s1'),
        get('/v1/session/info/$one'),
        put('/v1/catalog/register', {
          ...node,
          Check: { CheckID: 'sc', Name: 'sc', Status: 'critical', ServiceID: 'web' },
        }),
        get('/v1/session/node/s1'),
        cleanNode,
        get('/v1/session/node/s1'),
      ],
    }),
  ),
];
