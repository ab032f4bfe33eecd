import { type Case, each, get, put, type Step } from '../case.ts';

/** PUT /v1/catalog/register and deregister: what is stored, what is refused, which indexes move. */

const register = (body: unknown): Step => put('/v1/catalog/register', body);
const deregister = (body: unknown): Step => put('/v1/catalog/deregister', body);
const id = (digit: string): string => `${digit.repeat(8)}-aaaa-bbbb-cccc-${digit.repeat(12)}`;
const readAll: readonly Step[] = [
  get('/v1/catalog/nodes'),
  get('/v1/catalog/services'),
  get('/v1/catalog/node/x1'),
  get('/v1/catalog/service/web'),
  get('/v1/health/service/web'),
  get('/v1/health/node/x1'),
  get('/v1/health/checks/web'),
  get('/v1/health/state/any'),
  get('/v1/internal/ui/nodes'),
  get('/v1/internal/ui/node/x1'),
  get('/v1/internal/ui/services'),
];
const node = { Node: 'x1', Address: '10.1.0.1' };
const clean = deregister({ Node: 'x1' });

const stored: readonly (readonly [name: string, body: unknown])[] = [
  ['a node alone', node],
  [
    'a node with everything',
    {
      ...node,
      ID: id('1'),
      TaggedAddresses: { lan: '10.1.0.1', wan: '1.2.3.4' },
      NodeMeta: { a: 'b', '': 'x', Rack: 'R1' },
    },
  ],
  ['a node with its datacenter', { ...node, Datacenter: 'dc1' }],
  ['a service with the least', { ...node, Service: { Service: 'web' } }],
  [
    'a service with everything',
    {
      ...node,
      Service: {
        ID: 'web-1',
        Service: 'web',
        Tags: ['a', 'b', 'a'],
        Address: '10.9.9.9',
        Port: 8080,
        Meta: { v: '1' },
        TaggedAddresses: { lan: { Address: '1.1.1.1', Port: 1 }, wan: { Address: '2.2.2.2', Port: 2 } },
        Weights: { Passing: 10, Warning: 3 },
        EnableTagOverride: true,
      },
    },
  ],
  [
    'a connect proxy',
    {
      ...node,
      Service: {
        Kind: 'connect-proxy',
        ID: 'web-p',
        Service: 'web',
        Port: 9,
        Proxy: {
          DestinationServiceName: 'db',
          DestinationServiceID: 'db1',
          LocalServiceAddress: '127.0.0.1',
          LocalServicePort: 5,
          Config: { a: 1, b: 'x', c: 2.5, d: true },
          Upstreams: [
            {
              DestinationType: 'service',
              DestinationName: 'u',
              LocalBindPort: 7,
              Datacenter: 'dc2',
              Config: { x: 'y' },
            },
          ],
          MeshGateway: { Mode: 'local' },
          Expose: {
            Checks: true,
            Paths: [{ Path: '/p', LocalPathPort: 1, ListenerPort: 2, Protocol: 'http' }],
          },
        },
      },
    },
  ],
  ['a native service', { ...node, Service: { ID: 'web-n', Service: 'web', Connect: { Native: true } } }],
  ['a mesh gateway', { ...node, Service: { Kind: 'mesh-gateway', ID: 'web-g', Service: 'web', Port: 443 } }],
  ['a service with a strange name', { ...node, Service: { ID: 'web 1/ü', Service: 'web', Tags: ['<b>&"'] } }],
  [
    'a node check',
    { ...node, Check: { CheckID: 'c1', Name: 'one', Status: 'warning', Notes: 'n', Output: 'o\n<b>' } },
  ],
  ['a check without a status', { ...node, Check: { Name: 'one' } }],
  ['a check with an unknown status', { ...node, Check: { Name: 'one', Status: 'wonky' } }],
  [
    'a check with a definition',
    {
      ...node,
      Check: {
        Name: 'one',
        Status: 'passing',
        Type: 'http',
        Definition: {
          HTTP: 'http://x/',
          Interval: '10s',
          Timeout: '5s',
          DeregisterCriticalServiceAfter: '1h30m',
          Header: { A: ['b', 'c'] },
          Method: 'POST',
          Body: 'b',
          TLSSkipVerify: true,
          TCP: 't',
        },
      },
    },
  ],
  [
    'a check with a definition in nanoseconds',
    { ...node, Check: { Name: 'one', Definition: { Interval: 1000000000, Timeout: 1 } } },
  ],
  [
    'several checks',
    {
      ...node,
      Service: { ID: 'web-1', Service: 'web', Tags: ['t'] },
      Checks: [
        { CheckID: 'b', Name: 'B', ServiceID: 'web-1', Status: 'passing' },
        { CheckID: 'a', Name: 'A', Status: 'critical' },
        { CheckID: 'c', Name: 'C', ServiceID: 'web-1', ServiceName: 'wrong', ServiceTags: ['wrong'] },
      ],
    },
  ],
  [
    'check and checks together',
    { ...node, Check: { CheckID: 'z', Name: 'Z' }, Checks: [{ CheckID: 'y', Name: 'Y' }] },
  ],
  [
    'lower-case keys',
    { node: 'x1', address: '10.1.0.1', service: { id: 'web-1', service: 'web', port: 8, tags: ['x'] } },
  ],
  [
    'snake-case keys',
    {
      Node: 'x1',
      Address: '10.1.0.1',
      tagged_addresses: { lan: '1.1.1.1' },
      node_meta: { a: 'b' },
      Service: {
        Service: 'web',
        enable_tag_override: true,
        tagged_addresses: { lan: { address: '1.1.1.1', port: 3 } },
      },
    },
  ],
  [
    'null for what may be absent',
    {
      ...node,
      ID: null,
      TaggedAddresses: null,
      NodeMeta: null,
      Service: { Service: 'web', Tags: null, Meta: null, Weights: null, TaggedAddresses: null },
      Check: null,
      Checks: null,
    },
  ],
  ['unknown fields', { ...node, Wrong: 1, Service: { Service: 'web', Wrong: [] } }],
];

const refused: readonly (readonly [name: string, body: unknown])[] = [
  ['no node', { Address: '1.1.1.1' }],
  ['no address', { Node: 'x1' }],
  ['a bad node id', { ...node, ID: 'nope' }],
  ['a service id without a name', { ...node, Service: { ID: 'a' } }],
  ['an any-address', { ...node, Service: { Service: 'web', Address: '0.0.0.0' } }],
  ['an any-address of IPv6', { ...node, Service: { Service: 'web', Address: '::' } }],
  ['another datacenter', { ...node, Datacenter: 'nope' }],
  ['a check of a service that is not there', { ...node, Check: { Name: 'c', ServiceID: 'nope' } }],
  ['a check of another node', { ...node, Check: { Node: 'x2', Name: 'c' } }],
  [
    'too many meta pairs',
    {
      ...node,
      Service: {
        Service: 'web',
        Meta: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, 'v'])),
      },
    },
  ],
  ['a long meta key', { ...node, Service: { Service: 'web', Meta: { ['k'.repeat(129)]: 'v' } } }],
  ['a long meta value', { ...node, Service: { Service: 'web', Meta: { k: 'v'.repeat(513) } } }],
  ['a bad meta key', { ...node, Service: { Service: 'web', Meta: { 'a b': 'v' } } }],
  ['a reserved meta key', { ...node, Service: { Service: 'web', Meta: { 'consul-x': 'v' } } }],
  ['negative weights', { ...node, Service: { Service: 'web', Weights: { Passing: -1, Warning: 1 } } }],
  ['zero weights', { ...node, Service: { Service: 'web', Weights: { Passing: 0, Warning: 0 } } }],
  ['a proxy without a destination', { ...node, Service: { Kind: 'connect-proxy', Service: 'web', Port: 1 } }],
  ['an unknown kind', { ...node, Service: { Kind: 'nope', Service: 'web' } }],
  ['a number for a text', { ...node, Node: 5 }],
  ['a text for a number', { ...node, Service: { Service: 'web', Port: '80' } }],
  ['a text for a list', { ...node, Service: { Service: 'web', Tags: 'a' } }],
  ['a list for a map', { ...node, NodeMeta: [] }],
  ['a bad duration', { ...node, Check: { Name: 'c', Definition: { Interval: '10 apples' } } }],
  ['an empty body', ''],
  ['an empty object', {}],
  ['a list', []],
  ['null', null],
  ['no JSON', '{"Node": x}'],
  ['JSON that ends early', '{"Node": "x1"'],
  ['something after the JSON', '{"Node":"x1","Address":"1.1.1.1"} x'],
];

const renames: readonly Case[] = [
  {
    name: 'register: a node is renamed by its id',
    steps: [
      register({ ...node, ID: id('2'), Service: { Service: 'web' }, Check: { Name: 'c' } }),
      register({ Node: 'x2', Address: '10.1.0.1', ID: id('2') }),
      get('/v1/catalog/nodes'),
      get('/v1/catalog/node/x1'),
      get('/v1/catalog/node/x2'),
      get('/v1/catalog/service/web'),
      get('/v1/health/node/x2'),
      deregister({ Node: 'x2' }),
    ],
  },
  {
    name: 'register: a name that another id holds',
    steps: [
      register({ ...node, ID: id('3') }),
      register({ ...node, ID: id('4') }),
      get('/v1/catalog/nodes'),
      register({ ...node, ID: id('4'), Check: { CheckID: 'serfHealth', Name: 's', Status: 'passing' } }),
      register({ ...node, ID: id('5') }),
      register({ ...node, Address: '10.1.0.9' }),
      get('/v1/catalog/nodes'),
      clean,
    ],
  },
  {
    name: 'register: case of a node name',
    steps: [
      register({ ...node, Service: { ID: 'Web-1', Service: 'Web' } }),
      register({ Node: 'X1', Address: '10.1.0.1' }),
      get('/v1/catalog/nodes'),
      get('/v1/catalog/node/X1'),
      get('/v1/catalog/service/web'),
      get('/v1/catalog/service/WEB'),
      get('/v1/catalog/services'),
      get('/v1/health/service/wEb'),
      register({ ...node, Service: { ID: 'web-1', Service: 'web' } }),
      get('/v1/catalog/services'),
      deregister({ Node: 'X1' }),
    ],
  },
  {
    name: 'register: the same again moves no index of the node',
    steps: [
      register({ ...node, Service: { Service: 'web', Tags: ['a'] }, Check: { Name: 'c', ServiceID: 'web' } }),
      ...readAll,
      register({ ...node, Service: { Service: 'web', Tags: ['a'] }, Check: { Name: 'c', ServiceID: 'web' } }),
      ...readAll,
      register({ ...node, Service: { Service: 'web', Tags: ['a'] } }),
      ...readAll,
      register({ ...node, Check: { CheckID: 'node', Name: 'n', Status: 'passing' } }),
      ...readAll,
      register({ ...node, Address: '10.1.0.2' }),
      ...readAll,
      clean,
      ...readAll,
    ],
  },
  {
    name: 'register: SkipNodeUpdate',
    steps: [
      register({ Node: 'x1', SkipNodeUpdate: true, Service: { Service: 'web' } }),
      get('/v1/catalog/node/x1'),
      register({ ...node, Address: '10.7.7.7', SkipNodeUpdate: true, Service: { Service: 'web', Port: 5 } }),
      get('/v1/catalog/node/x1'),
      clean,
    ],
  },
  {
    name: 'register: a service that changes its name takes its checks along',
    steps: [
      register({
        ...node,
        Service: { ID: 'w', Service: 'web', Tags: ['a'] },
        Check: { Name: 'c', ServiceID: 'w' },
      }),
      register({ ...node, Service: { ID: 'w', Service: 'web2', Tags: ['b'] } }),
      get('/v1/catalog/services'),
      get('/v1/health/service/web2'),
      get('/v1/health/checks/web'),
      get('/v1/health/checks/web2'),
      get('/v1/health/service/web'),
      clean,
    ],
  },
  {
    name: 'deregister: a check, a service, a node, and what is not there',
    steps: [
      register({
        ...node,
        Service: { ID: 'w', Service: 'web' },
        Checks: [{ Name: 'c', ServiceID: 'w' }, { Name: 'd' }],
      }),
      deregister({ Node: 'x1', CheckID: 'd' }),
      ...readAll,
      deregister({ Node: 'x1', ServiceID: 'w' }),
      ...readAll,
      deregister({ Node: 'x1', ServiceID: 'w' }),
      deregister({ Node: 'x1', CheckID: 'nope' }),
      deregister({ Node: 'nope' }),
      deregister({}),
      deregister({ Node: 'x1', Datacenter: 'nope' }),
      deregister({ Node: 'X1' }),
      ...readAll,
    ],
  },
];

export const catalogRegisterCases: readonly Case[] = [
  ...stored.map(([name, body]) => ({
    name: `register: ${name}`,
    steps: [register(body), ...readAll, clean, ...readAll],
  })),
  ...refused.map(([name, body]) => ({
    name: `register: refused, ${name}`,
    steps: [register(body), get('/v1/catalog/nodes'), get('/v1/catalog/services'), clean],
  })),
  ...renames,
  ...each([
    get('/v1/catalog/register'),
    get('/v1/catalog/deregister'),
    deregister('{'),
    deregister(''),
    deregister({ Node: 1 }),
    { method: 'POST', path: '/v1/catalog/register', body: node },
    { method: 'DELETE', path: '/v1/catalog/register' },
    { method: 'OPTIONS', path: '/v1/catalog/register' },
    { method: 'HEAD', path: '/v1/catalog/register' },
  ]),
];
