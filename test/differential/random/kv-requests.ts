import fc from 'fast-check';
import { get, put, type Step } from '../case.ts';
import { noSession } from './names.ts';
import type { StateRead } from './reads.ts';
import { mostly, someOf } from './values.ts';

/**
 * Requests about keys, sessions and transactions over few names, so that they meet. `$session1` to `$session3` stand for
 * the sessions that each agent made, and `$index:KEY` for the index that a key has there (see names.ts). Not among them are flags and indexes that are no numbers, a check that is
 * compared and set where there is no such node, and null for the delay and the checks of a session: docs/consul-differences.md
 * has them.
 */

const keys = ['a', 'a/', 'a/b', 'a/b/c', 'ab', 'b', '%C3%BC', 'a%20b%2Fc'] as const;
/** As they stand in a body. */
const plainKeys = ['a', 'a/', 'a/b', 'a/b/c', 'ab', 'b', 'ü', 'a b/c'] as const;
const sessions = ['$session1', '$session2', '$session3'] as const;
const checkIds = ['c1', 'c2'] as const;

const anyKey = fc.constantFrom(...keys);
const anyPlainKey = mostly(plainKeys, ['', '/a', null, 5]);
const anySession = mostly(sessions, [noSession, '', 'short']) as fc.Arbitrary<string>;
const anyCas = mostly(
  ['0', ...plainKeys.slice(0, 6).map((key) => `$index:${key}`)],
  ['1', '18446744073709551615'],
) as fc.Arbitrary<string>;
const anyFlags = mostly(
  ['0', '42', '18446744073709551615', '9007199254740993'],
  ['00', '7'],
) as fc.Arbitrary<string>;
const anyText = fc.constantFrom('', 'x', 'y', 'ü\u0000', '{"a":1}');

/** `?` and some of these options. */
function query(
  options: Readonly<Record<string, fc.Arbitrary<string>>>,
  requiredKeys: readonly string[] = [],
): fc.Arbitrary<string> {
  return fc.record(options, { requiredKeys: [...requiredKeys] }).map((chosen) => {
    const parts = Object.entries(chosen).map(([name, value]) => (value === '' ? name : `${name}=${value}`));
    return parts.length === 0 ? '' : `?${parts.join('&')}`;
  });
}
const flag = fc.constant('');

const putQuery = fc.oneof(
  query({ flags: anyFlags }),
  query({ cas: anyCas, flags: anyFlags }, ['cas']),
  query({ acquire: anySession, flags: anyFlags }, ['acquire']),
  query({ release: anySession, flags: anyFlags }, ['release']),
  {
    weight: 1,
    arbitrary: query({
      cas: anyCas,
      acquire: anySession,
      release: anySession,
      dc: fc.constantFrom('dc1', 'nope'),
    }),
  },
);
const putKey: fc.Arbitrary<Step> = fc
  .tuple(anyKey, putQuery, anyText)
  .map(([key, options, text]) => put(`/v1/kv/${key}${options}`, text));
const deleteKey: fc.Arbitrary<Step> = fc
  .tuple(
    fc.oneof(
      { weight: 8, arbitrary: anyKey },
      { weight: 1, arbitrary: fc.constantFrom('a%2F', 'nowhere', '') },
    ),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant('') },
      { weight: 1, arbitrary: query({ recurse: flag }) },
      { weight: 2, arbitrary: query({ cas: anyCas }) },
      { weight: 1, arbitrary: query({ cas: anyCas, recurse: flag }) },
    ),
  )
  .map(([key, options]) => ({ method: 'DELETE', path: `/v1/kv/${key}${options}` }));
const readKey: fc.Arbitrary<Step> = fc
  .tuple(
    fc.oneof(anyKey, fc.constantFrom('', 'nowhere', 'a%2F')),
    query({
      recurse: flag,
      keys: flag,
      separator: fc.constantFrom('/', 'b', '', '%C3', 'nope'),
      raw: flag,
      pretty: flag,
      consistent: flag,
      stale: flag,
      dc: fc.constantFrom('dc1', 'nope'),
    }),
  )
  .map(([key, options]) => get(`/v1/kv/${key}${options}`));

const sessionBody = someOf(
  {
    Name: mostly(['lock', ''], [5, null]),
    Node: mostly(['x1', 'n1', 'X1'], ['nowhere', '', null]),
    LockDelay: mostly(['0s', 0], ['61s', '1ms', 'x', -1, '15s']),
    Behavior: mostly(['release', 'delete'], ['', 'Delete', 'nope', null]),
    TTL: mostly(['', '10s', '1h'], ['9s', '24h1s', 'x', 10, null]),
    NodeChecks: mostly([[], ['c1'], ['serfHealth']], [['nowhere'], [''], 'c1']),
    ServiceChecks: mostly(
      [[], [{ ID: 'c2' }], null],
      [[{ ID: 'nowhere' }], [{ ID: 'c2', Namespace: 'default' }], [{}], 'c2'],
    ),
    Checks: mostly([[]], [['c1'], null]),
  },
  // Without both the health of the agent counts, and without the delay a key is blocked for longer than a sequence.
  ['LockDelay', 'NodeChecks'],
);
const sessionRequest: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: sessionBody.map((body) => put('/v1/session/create', body)) },
  { weight: 2, arbitrary: anySession.map((id) => put(`/v1/session/destroy/${id}`)) },
  { weight: 1, arbitrary: anySession.map((id) => put(`/v1/session/renew/${id}`)) },
  { weight: 1, arbitrary: anySession.map((id) => get(`/v1/session/info/${id}`)) },
);

const base64 = mostly(['', 'eA==', 'eQ==', 'w7wA'], ['x', null, 5, '%%%']);
const verbs = mostly(
  [
    ...['set', 'cas', 'lock', 'unlock', 'get', 'get-tree', 'check-index', 'check-session'],
    ...['check-not-exists', 'delete', 'delete-tree', 'delete-cas'],
  ],
  ['nope', '', null, 'SET'],
);
const kvOperation = someOf(
  {
    Verb: verbs,
    Key: anyPlainKey,
    Value: base64,
    Flags: mostly([0, 42], [-1, 'x', null, 1.5]),
    Index: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...plainKeys.slice(0, 6).map((key) => `$index:${key}`)) },
      { weight: 1, arbitrary: fc.constantFrom(0, 1, null) },
    ),
    Session: anySession,
  },
  ['Verb', 'Key'],
).map((KV) => ({ KV }));
const catalogVerbs = mostly(['get', 'set', 'delete', 'cas', 'delete-cas'], ['nope', '', 'get-tree']);
const nodeOperation = someOf(
  {
    Verb: catalogVerbs,
    Node: someOf(
      {
        ID: mostly([''], ['bad']),
        Node: mostly(['x1', 'x2'], ['', 'nowhere']),
        Address: mostly(['10.1.0.1', '10.1.0.2'], ['']),
        Meta: mostly([null, { rack: '1' }], [{ '': 'x' }]),
        ModifyIndex: fc.constantFrom(0, 1),
      },
      ['Node'],
    ),
  },
  ['Verb', 'Node'],
).map((Node) => ({ Node }));
const serviceOperation = someOf(
  {
    Verb: catalogVerbs,
    Node: mostly(['x1', 'x2'], ['', 'nowhere']),
    Service: someOf(
      {
        ID: mostly(['web', 'api'], ['']),
        Service: mostly(['web', 'api'], ['']),
        Port: fc.constantFrom(0, 80),
        Tags: mostly([null, ['a']], [[]]),
      },
      ['ID', 'Service'],
    ),
  },
  ['Verb', 'Node', 'Service'],
).map((Service) => ({ Service }));
const checkOperation = someOf(
  {
    Verb: mostly(['get', 'set', 'delete', 'delete-cas'], ['nope', '', 'get-tree']),
    Check: someOf(
      {
        Node: mostly(['x1', 'x2'], ['', 'nowhere']),
        CheckID: mostly(checkIds, ['']),
        Name: mostly(['check'], ['']),
        Status: mostly(['passing', 'critical'], ['odd']),
        ServiceID: mostly(['', 'web'], ['nowhere']),
      },
      ['Node', 'CheckID', 'Name'],
    ),
  },
  ['Verb', 'Check'],
).map((Check) => ({ Check }));
/** Not among them is null, for which a real Consul closes the connection. */
const oddOperation = fc.constantFrom({}, { KV: null }, { Nope: {} }, 5);

const transaction: fc.Arbitrary<Step> = fc
  .tuple(
    fc.array(
      fc.oneof(
        { weight: 24, arbitrary: kvOperation },
        { weight: 2, arbitrary: nodeOperation },
        { weight: 2, arbitrary: serviceOperation },
        { weight: 2, arbitrary: checkOperation },
        { weight: 1, arbitrary: oddOperation },
      ),
      { maxLength: 5 },
    ),
    fc.oneof(
      { weight: 4, arbitrary: fc.constant('') },
      query({ stale: flag, consistent: flag, pretty: flag }),
    ),
  )
  .map(([operations, options]) => put(`/v1/txn${options}`, operations));

/** What ends sessions: checks that turn critical or go, and nodes that go. */
const catalogRequest: fc.Arbitrary<Step> = fc.oneof(
  fc
    .tuple(fc.constantFrom('x1', 'x2'), fc.constantFrom(...checkIds), fc.constantFrom('passing', 'critical'))
    .map(([Node, CheckID, Status]) =>
      put('/v1/catalog/register', {
        Node,
        Address: '10.1.0.1',
        Service: { ID: 'web', Service: 'web' },
        Check: { CheckID, Name: 'check', Status, ServiceID: CheckID === 'c2' ? 'web' : '' },
      }),
    ),
  fc
    .constantFrom({ CheckID: 'c1' }, { CheckID: 'c2' }, { ServiceID: 'web' }, {})
    .map((what) => put('/v1/catalog/deregister', { Node: 'x1', ...what })),
);

/** One request about keys, sessions or transactions. */
export const kvRequest: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: putKey },
  { weight: 3, arbitrary: deleteKey },
  { weight: 4, arbitrary: readKey },
  { weight: 6, arbitrary: sessionRequest },
  { weight: 6, arbitrary: transaction },
  { weight: 3, arbitrary: catalogRequest },
);

/** Questions that show every key and session. */
export const kvReads: readonly StateRead[] = [
  ...['?recurse', '?keys', '?keys&separator=/', 'a?recurse', 'a/?keys', 'a/b?recurse', 'nowhere?recurse'].map(
    (rest): StateRead => ({ path: `/v1/kv/${rest}`, index: 'same' }),
  ),
  ...keys.map((key): StateRead => ({ path: `/v1/kv/${key}`, index: 'same' })),
  { path: '/v1/session/list', index: 'same' },
  { path: '/v1/session/node/x1', index: 'same' },
  { path: '/v1/session/info/$session1', index: 'same' },
  { path: '/v1/catalog/nodes', index: 'same' },
  { path: '/v1/health/node/x1', index: 'same' },
  { path: '/v1/catalog/node/x1', index: 'same' },
];
