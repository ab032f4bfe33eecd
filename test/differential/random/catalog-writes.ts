import fc from 'fast-check';
import { put, type Step } from '../case.ts';
import { mostly, someOf } from './values.ts';

/**
 * Writes to the catalog over few names, in either case, so that they meet: renames, conflicts, moves, repetitions and
 * refusals. Not among them is null in `Checks`, which ends a real Consul, and null for `Definition`, `Proxy` and `Connect`,
 * for which it closes the connection without an answer.
 */

export const nodeNames = ['x1', 'X1', 'x2', 'x2-b', 'x3'] as const;
export const serviceNames = ['web', 'API', 'db'] as const;
export const nodeIds = [
  'aa000000-0000-0000-0000-000000000001',
  'ab000000-0000-0000-0000-000000000002',
] as const;

const tags = mostly([null, [], ['a'], ['A', 'b'], ['b', 'A', 'b']], ['a', [1], [null], {}]);
const meta = mostly(
  [null, {}, { rack: '1' }, { rack: '2', row: '' }],
  [{ 'a b': '1' }, { '': 'x' }, { 'consul-x': '1' }, { a: 1 }, [], { a: null }, { long: 'v'.repeat(513) }],
);
const addresses = mostly(['10.1.0.1', '10.1.0.2'], ['', 'not an address', '::1', 5, null]);
const weights = mostly(
  [null, { Passing: 1, Warning: 1 }, { Passing: 7, Warning: 0 }],
  [{}, { Passing: 0, Warning: -1 }, { Passing: 65536, Warning: 1 }, { Passing: 1.5 }, 1],
);
const kinds = mostly(['', '', '', 'connect-proxy'], ['mesh-gateway', 'ingress-gateway', 'nope', 1]);
const proxies = mostly(
  [
    { DestinationServiceName: 'web' },
    { DestinationServiceName: 'DB', Upstreams: [{ DestinationName: 'db', LocalBindPort: 5 }] },
  ],
  [
    {},
    { Unknown: 1 },
    { DestinationServiceName: 'web', Upstreams: [{}] },
    { Expose: { Paths: [{ Path: 'p' }] } },
  ],
);

const service = someOf(
  {
    Kind: kinds,
    ID: mostly(['web', 'WEB', 'web-2', 'api'], ['', null, 1, 'a b/ü']),
    Service: mostly(['web', 'Web', 'api', 'db'], ['', null, 'a bü', []]),
    Tags: tags,
    Address: mostly(['', '10.9.0.1'], ['0.0.0.0', '::', 'host.example']),
    Port: mostly([0, 80], ['80', -1, 70_000, 1.5, 1e30]),
    Meta: meta,
    Weights: weights,
    EnableTagOverride: mostly([true, false], ['true', null]),
    TaggedAddresses: mostly(
      [null, { lan: { Address: '10.9.0.1', Port: 80 } }],
      [{}, { lan: null }, { lan: 'x' }],
    ),
    Proxy: proxies,
    Connect: mostly([{ Native: false }, { Native: true }], [{}, { Native: 'x' }, { Unknown: 1 }]),
  },
  ['Service'],
);

const check = someOf(
  {
    Node: mostly(['', 'x1', 'x2'], ['nowhere', null]),
    CheckID: mostly(['c1', 'C1', 'c2', 'serfHealth'], ['', null, 'a b/ü']),
    Name: mostly(['check', 'c3'], ['', null, 1]),
    Status: mostly(['', 'passing', 'warning', 'critical'], ['odd', 'Passing', null]),
    Notes: fc.constantFrom('', 'n'),
    Output: fc.constantFrom('', 'x', 'y\n<b>'),
    ServiceID: mostly(['', '', 'web', 'Web', 'web-2', 'api'], ['nowhere', null]),
    ServiceName: fc.constantFrom('', 'wrong'),
    ServiceTags: fc.constantFrom(null, ['wrong']),
    Type: fc.constantFrom('', 'own'),
    Definition: mostly(
      [
        {},
        { TTL: '5s' },
        { HTTP: 'http://x/', Interval: '10s', Header: { a: ['b'] } },
        { TCP: 'x:1', Interval: 1e9, Timeout: '1s' },
      ],
      [{ Interval: 'x' }, { Unknown: 1 }, { Header: { a: 'b' } }, { Interval: -1 }],
    ),
  },
  ['Name'],
);

const register = someOf(
  {
    Datacenter: mostly(['dc1', ''], ['nope', 5]),
    ID: mostly(['', ...nodeIds], ['bad', nodeIds[0].toUpperCase(), nodeIds[0].replaceAll('-', ''), 1]),
    Node: mostly(nodeNames, ['', null, 'nowhere at all', 1]),
    Address: addresses,
    TaggedAddresses: mostly([null, {}, { lan: '10.1.0.1' }], ['x', { lan: 5 }]),
    NodeMeta: meta,
    Service: mostly([null], ['x', []]).chain((odd) =>
      fc.oneof({ weight: 1, arbitrary: fc.constant(odd) }, { weight: 6, arbitrary: service }),
    ),
    Check: fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 3, arbitrary: check }),
    Checks: fc.option(fc.array(check, { maxLength: 3 })),
    SkipNodeUpdate: mostly([false, true], [null, 'x']),
  },
  ['Node', 'Address'],
).map((body) => put('/v1/catalog/register', body));

const deregister = someOf(
  {
    Datacenter: mostly(['dc1'], ['nope']),
    Node: mostly(nodeNames, ['', 'nowhere', 1]),
    ServiceID: mostly(['', 'web', 'WEB', 'web-2', 'api'], ['nowhere', null]),
    CheckID: mostly(['', 'c1', 'C2', 'serfHealth', 'check'], ['nowhere', null]),
    Address: mostly(['10.1.0.1'], [1]),
  },
  ['Node'],
).map((body) => put('/v1/catalog/deregister', body));

/** One request that may change the catalog. */
export const catalogWrite: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: register },
  { weight: 1, arbitrary: deregister },
);
