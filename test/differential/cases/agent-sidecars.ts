import { type Case, get, put, type Step } from '../case.ts';

/** Services that register a proxy beside themselves, and services that are proxies. */

const register = (body: unknown): Step => put('/v1/agent/service/register', body);
const deregister = (id: string): Step => put(`/v1/agent/service/deregister/${id}`);

const withSidecar = (sidecar: unknown, more: object = {}): Step =>
  register({ Name: 'web', ...more, Connect: { SidecarService: sidecar } });

/** The check that listens has run within ten seconds on one of the two agents, and perhaps not on the other. */
const read: readonly Step[] = [
  get('/v1/agent/services'),
  get('/v1/agent/checks'),
  get('/v1/agent/service/web'),
  get('/v1/agent/service/web-sidecar-proxy'),
];
const end: readonly Step[] = [deregister('web'), get('/v1/agent/services'), get('/v1/agent/checks')];
const ttl = { Check: { TTL: '1h' } };

const stored: readonly (readonly [name: string, sidecar: unknown, service?: object])[] = [
  [
    'what it does not say comes from its service',
    ttl,
    { Port: 80, Address: '10.0.0.1', Tags: ['a'], Meta: { k: 'v' } },
  ],
  [
    'what it says is kept',
    {
      ...ttl,
      Name: 'front',
      Port: 99,
      Address: '1.2.3.4',
      Tags: ['b'],
      Meta: { m: 'n' },
      Weights: { Passing: 7, Warning: 3 },
      EnableTagOverride: true,
      Proxy: {
        LocalServiceAddress: '5.6.7.8',
        LocalServicePort: 81,
        DestinationServiceName: 'db',
        DestinationServiceID: 'db1',
        Config: { a: 1 },
        Upstreams: [{ DestinationName: 'u', LocalBindPort: 5 }],
      },
    },
    { Port: 80, Address: '10.0.0.1', Tags: ['a'], Meta: { k: 'v' } },
  ],
  ['an IPv6 address', { ...ttl, Address: '::1' }],
  ['an address of every machine', { ...ttl, Address: '0.0.0.0' }],
  ['an unknown kind', { ...ttl, Kind: 'nope' }],
  ['a gateway', { ...ttl, Kind: 'mesh-gateway' }],
  ['weights that its service could not have', { ...ttl, Weights: { Passing: -1 } }],
  ['two checks', { Checks: [{ TTL: '1h' }, { TTL: '2h', Status: 'passing' }] }],
  ['speaks Connect itself', { ...ttl, Connect: { Native: true } }],
  [
    'tagged addresses of the service stay with it',
    ttl,
    { TaggedAddresses: { wan: { Address: '5.5.5.5', Port: 5 } } },
  ],
  ['of a proxy', ttl, { Kind: 'connect-proxy', Port: 1, Proxy: { DestinationServiceName: 'x' } }],
  ['none', null],
];

const refused: readonly (readonly [name: string, sidecar: unknown, service?: object])[] = [
  ['an id', { ID: 'x' }],
  ['a sidecar of the sidecar', { Connect: { SidecarService: {} } }],
  ['a duration that is none', { Check: { TTL: 'x' } }],
  ['a bad check', { Check: { TTL: '1s', Interval: '1s' } }],
  ['a bad status', { Check: { TTL: '1s', Status: 'x' } }],
  ['bad metadata', { Meta: { 'a b': 'c' } }],
  ['an unknown field', { Nope: 1 }],
  ['a number', 5],
  ['a list', []],
  ['a bad check before bad metadata', { Check: { TTL: '1s', Interval: '1s' }, Meta: { 'a b': 'c' } }],
  [
    'bad metadata before a tagged address of the service',
    { Meta: { 'a b': 'c' } },
    { TaggedAddresses: { lan_ipv4: { Address: 'x' } } },
  ],
  [
    'a bad check of the service comes first',
    { Check: { TTL: '1s', Interval: '1s' } },
    { Check: { TTL: '1s', Status: 'x' } },
  ],
];

export const agentSidecarCases: readonly Case[] = [
  ...stored.map(([name, sidecar, service]) => ({
    name: `sidecar: ${name}`,
    steps: [withSidecar(sidecar, service), ...read, ...end],
  })),
  {
    name: 'sidecar: refused',
    steps: [
      ...refused.map(([, sidecar, service]) => withSidecar(sidecar, service)),
      get('/v1/agent/services'),
      get('/v1/agent/checks'),
    ],
  },
  {
    name: 'sidecar: snake-case and lower-case keys',
    steps: [
      register({ name: 'web', connect: { sidecar_service: { port: 7, check: { ttl: '1h' } } } }),
      ...read,
      ...end,
    ],
  },
  {
    name: 'sidecar: ports are given out and come back',
    steps: [
      ...['s0', 's1', 's2'].map((Name) =>
        register({
          Name,
          Connect: { SidecarService: { ...ttl, ...(Name === 's1' ? { Port: 21_001 } : {}) } },
        }),
      ),
      get('/v1/agent/services'),
      register({ Name: 's2', Connect: { SidecarService: ttl } }),
      get('/v1/agent/services'),
      deregister('s0'),
      register({ Name: 's3', Connect: { SidecarService: ttl } }),
      get('/v1/agent/services'),
      ...['s1', 's2', 's3'].map(deregister),
      get('/v1/agent/services'),
    ],
  },
  {
    name: 'sidecar: stays when its service is registered without one, goes with it, and may go alone',
    steps: [
      withSidecar(ttl),
      register({ Name: 'web' }),
      get('/v1/agent/services'),
      deregister('web-sidecar-proxy'),
      get('/v1/agent/services'),
      deregister('web'),
      register({ ID: 'web-sidecar-proxy', Name: 'other', Port: 21_000 }),
      register({ Name: 'web' }),
      deregister('web'),
      get('/v1/agent/services'),
      withSidecar(ttl),
      get('/v1/agent/services'),
      deregister('web'),
      get('/v1/agent/services'),
    ],
  },
  {
    name: 'proxies and gateways',
    steps: [
      register({
        Name: 'p',
        Kind: 'connect-proxy',
        Port: 9,
        Proxy: {
          DestinationServiceName: 'db',
          LocalServicePort: 3,
          Upstreams: [
            { DestinationName: 'u', LocalBindPort: 5 },
            {
              DestinationType: 'prepared_query',
              DestinationName: 'q',
              LocalBindPort: 6,
              LocalBindAddress: '1.1.1.1',
              Config: { a: { b: [1] } },
              MeshGateway: { Mode: 'local' },
            },
          ],
          MeshGateway: { Mode: 'remote' },
          Expose: {
            Checks: true,
            Paths: [
              { Path: '/x', ListenerPort: 1234, LocalPathPort: 80 },
              { Path: '/y', ListenerPort: 1235, LocalPathPort: 80, Protocol: 'HTTP2' },
            ],
          },
        },
      }),
      get('/v1/agent/services'),
      get('/v1/agent/service/p'),
      get('/v1/agent/health/service/id/p'),
      get('/v1/catalog/service/p', { until: (body) => body.includes('"p"') }),
      deregister('p'),
      ...['mesh-gateway', 'terminating-gateway', 'ingress-gateway', 'typical'].flatMap((Kind) => [
        register({ Name: 'g', Kind, Port: 9, Meta: { 'consul-wan-federation': '1' } }),
        register({ Name: 'g', Kind, Port: 9 }),
        get('/v1/agent/service/g'),
        register({ Name: 'g', Kind, Port: 9, Proxy: { DestinationServiceName: 'x', LocalServicePort: 1 } }),
        deregister('g'),
      ]),
      register({ Name: 'w', Proxy: { DestinationServiceName: 'db', Upstreams: [{ DestinationName: 'u' }] } }),
      get('/v1/agent/service/w'),
      get('/v1/catalog/service/w', { until: (body) => body.includes('"w"') }),
      deregister('w'),
      get('/v1/agent/services'),
    ],
  },
];
