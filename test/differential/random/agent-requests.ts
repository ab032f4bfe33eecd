import fc from 'fast-check';
import { get, put, type Step } from '../case.ts';
import { mostly, someOf } from './values.ts';

/**
 * Requests to an agent about its own services and checks, over few ids. Checks have no result of their own while a
 * sequence plays: TTLs are long, and the first run of others is far away. Not among them: aliases of services, which
 * block a real agent, and of nodes, whose results come when they like; and services with a script, which a real agent
 * refuses after it has changed some of their other checks.
 */

export const agentServiceIds = ['web', 'web-2', 'api'] as const;
const serviceIds = mostly(agentServiceIds, ['', 'nope', 'a b/ü']);
const checkIds = mostly(['c1', 'c2', 'service:web', 'service:web:1', 'service:web-2'], ['nope', '']);
const tags = mostly([null, [], ['a'], ['b', 'A']], ['a', [1]]);
const status = mostly(['passing', 'warning', 'critical'], ['', 'odd', 'Passing']);

const badWays = [
  {},
  { TTL: '-1s' },
  { TTL: 'x' },
  { TTL: '10m', Interval: '10s' },
  { HTTP: 'http://127.0.0.1:1/' },
  { Interval: '10s' },
  { TTL: '10m', Wrong: 1 },
  { GRPC: 5 },
];
/**
 * How a check is run depends on its id: a real agent that gets a check of another kind under the id of a TTL keeps the
 * TTL beside it.
 */
const waysOf = (id: unknown) =>
  id === 'c2'
    ? mostly(
        [
          { HTTP: 'http://127.0.0.1:1/', Interval: '100h', Timeout: '1s', Header: { a: ['b'] } },
          { TCP: '127.0.0.1:1', Interval: '100h' },
        ],
        badWays,
      )
    : mostly([{ TTL: '10m' }, { TTL: '20m' }, { ttl: '1h' }], badWays);

const aboutCheck = {
  Name: mostly(['c1'], ['', 5]),
  Notes: fc.constantFrom('', 'note'),
  Status: status,
  DeregisterCriticalServiceAfter: mostly(['10h', '0s'], ['x', '-1h', 5]),
  OutputMaxSize: mostly([0, 100], [-1, 'x']),
  SuccessBeforePassing: mostly([0, 2], [-1]),
};

const checkOf = (
  idField: string,
  ids: fc.Arbitrary<unknown>,
  more: Readonly<Record<string, fc.Arbitrary<unknown>>>,
) =>
  ids.chain((id) =>
    fc.tuple(waysOf(id), someOf({ ...more, ...aboutCheck }, [])).map(([how, rest]) => ({
      ...(id === undefined ? {} : { [idField]: id }),
      ...rest,
      ...(how as object),
    })),
  );
/** A check inside a service. */
const serviceCheck = checkOf('CheckID', mostly(['c1', 'c2', undefined], ['', 1]), {});

const registerService = fc
  .tuple(
    someOf(
      {
        ID: mostly(agentServiceIds, ['', null, 1]),
        Name: mostly(['web', 'api'], ['', 'Web', null, 'a b']),
        Tags: tags,
        Address: mostly(['', '10.0.0.9', 'host.example', '::1'], ['0.0.0.0', 5]),
        Port: mostly([0, 80], ['80', -1]),
        Meta: mostly([null, {}, { a: '1' }], [{ 'a b': '1' }, { a: 1 }, { 'consul-x': 'y' }]),
        Weights: mostly([null, { Passing: 2, Warning: 1 }], [{ Passing: 0 }, { Passing: -1, Warning: 1 }]),
        EnableTagOverride: fc.boolean(),
        TaggedAddresses: mostly([null, { lan: { Address: '10.0.0.9', Port: 1 } }], [{ lan: 'x' }]),
        Check: serviceCheck,
        Checks: fc.array(serviceCheck, { maxLength: 2 }),
        Kind: mostly(['', ''], ['nope', 'connect-proxy']),
        Connect: mostly([{ Native: false }, { Native: true }], [{ Native: 1 }]),
        Token: fc.constantFrom('', 't'),
      },
      ['Name'],
    ),
    mostly(
      ['', ''],
      ['?replace-existing-checks', '?replace-existing-checks=true', '?replace-existing-checks=x'],
    ),
  )
  .map(([body, query]) => put(`/v1/agent/service/register${query}`, body));

const registerCheck = checkOf('ID', mostly(['c1', 'c2'], ['', 'service:web']), { ServiceID: serviceIds }).map(
  (body) => put('/v1/agent/check/register', body),
);

const escaped = (id: unknown): string => encodeURIComponent(String(id));
const verb = fc
  .tuple(
    fc.constantFrom('pass', 'warn', 'fail'),
    checkIds,
    mostly(['', '?note=n1', '?note=%3Cb%3E'], ['?note=']),
  )
  .map(([how, id, note]) => put(`/v1/agent/check/${how}/${escaped(id)}${note}`));
const update = fc
  .tuple(checkIds, someOf({ Status: status, Output: mostly(['', 'out'], [5]) }, ['Status']))
  .map(([id, body]) => put(`/v1/agent/check/update/${escaped(id)}`, body));
const removal = fc.oneof(
  serviceIds.map((id) => put(`/v1/agent/service/deregister/${escaped(id)}`)),
  checkIds.map((id) => put(`/v1/agent/check/deregister/${escaped(id)}`)),
);
const enabling = mostly(
  ['?enable=true', '?enable=false', '?enable=true&reason=why'],
  ['', '?enable=x', '?enable'],
);
const maintenance = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(serviceIds, enabling)
      .map(([id, query]) => put(`/v1/agent/service/maintenance/${escaped(id)}${query}`)),
  },
  { weight: 1, arbitrary: enabling.map((query) => put(`/v1/agent/maintenance${query}`)) },
);
const reads = fc
  .constantFrom(
    '/v1/agent/services?filter=Service%20%3D%3D%20web',
    '/v1/agent/services?filter=%22a%22%20in%20Tags',
    '/v1/agent/checks?filter=Status%20!%3D%20passing',
    '/v1/agent/checks?filter=ServiceName%20is%20empty',
    '/v1/agent/health/service/name/web?format=text',
    '/v1/agent/health/service/id/nope',
    '/v1/agent/health/service/name/nope',
    '/v1/agent/service/nope',
  )
  .map((path) => get(path));

/** One request about the agent's own services and checks. */
export const agentRequest: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: registerService },
  { weight: 3, arbitrary: registerCheck },
  { weight: 4, arbitrary: verb },
  { weight: 2, arbitrary: update },
  { weight: 2, arbitrary: removal },
  { weight: 2, arbitrary: maintenance },
  { weight: 1, arbitrary: reads },
);
