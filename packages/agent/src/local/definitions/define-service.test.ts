import { CheckDefinition, create, NodeService, readJson, ServiceDefinition } from '@hobnob/catalog/records';
import { expect, test } from 'vitest';
import { defineCheck } from './define-check.ts';
import { defineService } from './define-service.ts';
import { defaultDefinitionSettings } from './setup.ts';
import type { ServiceContext } from './sidecar.ts';

/** The expectations are what a real Consul 1.8.7 stores and answers. */

const context: ServiceContext = {
  nodeName: 'n1',
  settings: defaultDefinitionSettings,
  services: new Map(),
  reservedPorts: new Set(),
};

function define(body: unknown, over: Partial<ServiceContext> = {}) {
  const definition = readJson(ServiceDefinition, Buffer.from(JSON.stringify(body)));
  return defineService(definition, { ...context, ...over });
}

const refusal = (code: string, message: string) => expect.objectContaining({ code, message });

test('the least definition gets its id, weights and nothing else', () => {
  const { value, warnings } = define({ Name: 'web' });
  expect(value.service.service).toEqual(
    create(NodeService, { ID: 'web', Service: 'web', Weights: { Passing: 1, Warning: 1 } }),
  );
  expect(value.service.checks).toEqual([]);
  expect(value.sidecar).toBeUndefined();
  expect(warnings).toEqual([]);
});

test.each<[string, unknown, string, string]>([
  ['a missing name', { ID: 'x' }, 'AGENT_SERVICE', 'Missing service name'],
  ['an address of every machine', { Name: 'w', Address: '[::]' }, 'AGENT_SERVICE', 'Invalid service address'],
  [
    'no weight',
    { Name: 'w', Weights: {}, Meta: { 'a b': 'c' }, Kind: 'connect-proxy' },
    'AGENT_SERVICE',
    'Invalid Weights: Passing must be greater than 0',
  ],
  [
    'a negative weight',
    { Name: 'w', Weights: { Passing: 70_000, Warning: -1 } },
    'AGENT_SERVICE',
    'Invalid Weights: Warning must be greater or equal than 0',
  ],
  [
    'a weight that DNS cannot carry',
    { Name: 'w', Weights: { Passing: 1, Warning: 65_536 } },
    'AGENT_SERVICE',
    'Invalid Weights: DNS Weight must be between 0 and 65535',
  ],
  [
    'bad metadata, before a bad proxy',
    { Name: 'w', Meta: { 'a b': 'c' }, Kind: 'connect-proxy' },
    'AGENT_SERVICE',
    "Invalid Service Meta: Couldn't load metadata pair ('a b', 'c'): Key contains invalid characters",
  ],
  [
    'a proxy for nothing, before a bad check',
    { Name: 'w', Kind: 'connect-proxy', Check: { TTL: '1s', Status: 'x' } },
    'AGENT_SERVICE',
    '2 errors occurred:\n' +
      '\t* Proxy.DestinationServiceName must be non-empty for Connect proxy services\n' +
      '\t* Port must be set for a Connect proxy\n\n',
  ],
  [
    'a bad check, before that of the sidecar',
    {
      Name: 'w',
      Check: { HTTP: 'x' },
      Connect: { SidecarService: { Check: { TTL: '1s', Interval: '1s' } } },
    },
    'AGENT_CHECK',
    'Invalid check: Interval must be > 0 for Script, HTTP, or TCP checks',
  ],
  [
    'a bad check of the sidecar',
    { Name: 'w', Connect: { SidecarService: { Check: { TTL: '1s', Interval: '1s' }, Meta: { 'a b': '' } } } },
    'AGENT_SIDECAR',
    'Bad request: Invalid check in sidecar_service: Interval and TTL cannot both be specified',
  ],
  [
    'a bad status of a check of the sidecar',
    { Name: 'w', Connect: { SidecarService: { Check: { TTL: '1s', Status: 'x' } } } },
    'AGENT_SIDECAR',
    "Bad request: Status for checks must 'passing', 'warning', 'critical'",
  ],
  [
    'bad metadata of the sidecar, before a tagged address',
    {
      Name: 'w',
      TaggedAddresses: { lan_ipv4: { Address: 'x' } },
      Connect: { SidecarService: { Meta: { 'a b': 'x' } } },
    },
    'AGENT_SIDECAR',
    "Bad request: Invalid SidecarService: Couldn't load metadata pair ('a b', 'x'): Key contains invalid characters",
  ],
  [
    'a tagged address of the sidecar',
    { Name: 'w', Connect: { SidecarService: { TaggedAddresses: { lan_ipv4: { Address: 'x' } } } } },
    'AGENT_SERVICE_ADDRESS',
    'Service tagged address "lan_ipv4" must be a valid ipv4 address',
  ],
  [
    'a script',
    { Name: 'w', Check: { Args: ['true'], Interval: '1s' } },
    'AGENT_CHECK_DISABLED',
    "Scripts are disabled on this agent from remote calls; to enable, configure 'enable_script_checks' to true",
  ],
])('%s is refused in the words of Consul', (_what, body, code, message) => {
  expect(() => define(body)).toThrow(refusal(code, message));
});

test('only a mesh gateway may say that it federates', () => {
  const Meta = { 'consul-wan-federation': '1' };
  expect(() => define({ Name: 'g', Port: 1, Meta })).toThrow(/reserved for internal use/);
  expect(() => define({ Name: 'g', Port: 1, Meta, Kind: 'mesh-gateway' })).not.toThrow();
});

test('checks get ids and names, an empty Check is none, and of two with one id the later is kept', () => {
  const ids = (body: object) =>
    define({ ID: 'w1', Name: 'web', ...body }).value.service.checks.map(
      ({ record: { CheckID, Name, Status } }) => `${CheckID} ${Name} ${Status}`,
    );
  expect(ids({ Check: {} })).toEqual([]);
  expect(ids({ Check: { TTL: '1m', Status: 'passing' } })).toEqual([
    "service:w1 Service 'web' check passing",
  ]);
  expect(
    ids({ Check: { TTL: '1m' }, Checks: [{ TTL: '2m' }, { TTL: '3m', CheckID: 'c', Name: 'n' }] }),
  ).toEqual([
    "service:w1:1 Service 'web' check critical",
    "service:w1:2 Service 'web' check critical",
    'c n critical',
  ]);
  const two = [
    { TTL: '1m', CheckID: 'c', Name: 'a' },
    { TTL: '2m', CheckID: 'c', Name: 'b' },
  ];
  expect(ids({ Checks: two })).toEqual(['c b critical']);
});

test('more checks than an agent should run for one service are refused', () => {
  const checks = (count: number) => Array.from({ length: count }, () => ({ TTL: '1m' }));
  expect(define({ Name: 'w', Checks: checks(1_024) }).value.service.checks).toHaveLength(1_024);
  expect(() => define({ Name: 'w', Check: { TTL: '1m' }, Checks: checks(1_024) })).toThrow(
    refusal('AGENT_SERVICE', 'A service cannot have more than 1024 checks: 1025'),
  );
  expect(() => define({ Name: 'w', Connect: { SidecarService: { Checks: checks(1_025) } } })).toThrow(
    expect.objectContaining({ code: 'AGENT_SERVICE' }),
  );
});

test('a check keeps how it was registered, its record and how it is run', () => {
  const { value } = define({ Name: 'web', Check: { HTTP: 'http://x/', Interval: '0.5s', Notes: 'n' } });
  const [check] = value.service.checks;
  expect(check).toMatchObject({
    record: {
      Node: 'n1',
      ServiceID: 'web',
      ServiceName: '',
      ServiceTags: null,
      Type: 'http',
      Notes: 'n',
      Output: '',
    },
    fields: { HTTP: 'http://x/', Interval: 500_000_000n },
    definition: { kind: 'http', intervalMs: 1_000 },
  });
  expect(check?.record.Definition).toMatchObject({ HTTP: '' });
});

test('a sidecar takes from its service what it does not say', () => {
  const { value } = define({
    ID: 'w1',
    Name: 'web',
    Port: 80,
    Address: '10.0.0.1',
    Tags: ['a'],
    Meta: { k: 'v' },
    Connect: { SidecarService: { Token: 't' } },
  });
  expect(value.service.service.Connect).toEqual({ Native: false, SidecarService: null });
  const { defined, token } = value.sidecar ?? {};
  expect(token).toBe('t');
  expect(defined?.service).toMatchObject({
    Kind: 'connect-proxy',
    ID: 'w1-sidecar-proxy',
    Service: 'web-sidecar-proxy',
    Port: 21_000,
    Address: '10.0.0.1',
    Tags: ['a'],
    Meta: { k: 'v' },
    TaggedAddresses: {
      lan_ipv4: { Address: '10.0.0.1', Port: 21_000 },
      wan_ipv4: { Address: '10.0.0.1', Port: 21_000 },
    },
    Proxy: {
      DestinationServiceName: 'web',
      DestinationServiceID: 'w1',
      LocalServiceAddress: '127.0.0.1',
      LocalServicePort: 80,
    },
    LocallyRegisteredAsSidecar: true,
  });
  expect(defined?.checks.map(({ record, definition }) => [record.Name, definition])).toEqual([
    [
      'Connect Sidecar Listening',
      expect.objectContaining({ kind: 'tcp', address: '127.0.0.1:21000', intervalMs: 10_000 }),
    ],
    ['Connect Sidecar Aliasing w1', expect.objectContaining({ kind: 'alias', aliasService: 'w1' })],
  ]);
});

test('a sidecar gets the lowest port that is free, and keeps the one it has', () => {
  const service = (ID: string, Port: number) => [ID, create(NodeService, { ID, Port })] as const;
  const portOf = (over: Partial<ServiceContext>, sidecar: object = {}) =>
    define({ Name: 'w', Connect: { SidecarService: sidecar } }, over).value.sidecar?.defined.service.Port;
  const services = new Map([service('a', 21_000), service('b', 80)]);
  expect(portOf({ services })).toBe(21_001);
  expect(portOf({ services, reservedPorts: new Set([21_001]) })).toBe(21_002);
  expect(portOf({ services: new Map([service('w-sidecar-proxy', 21_007), ...services]) })).toBe(21_007);
  expect(portOf({ services: new Map([service('w-sidecar-proxy', 80)]) })).toBe(21_000);
  expect(portOf({ services }, { Port: 21_000 })).toBe(21_000);
  const withPorts = (min: number, max: number) => ({
    ...defaultDefinitionSettings,
    sidecarPorts: { min, max },
  });
  expect(() => portOf({ services, settings: withPorts(21_000, 21_000) })).toThrow(
    refusal(
      'AGENT_SIDECAR',
      'Bad request: Invalid SidecarService: no port provided for sidecar_service and none left in the configured ' +
        'range [21000, 21000]',
    ),
  );
  expect(() => portOf({ settings: withPorts(0, 0) })).toThrow(/auto-assignment disabled in config/);
});

test('names that DNS cannot ask for are told, with the warnings of the checks', () => {
  const { warnings } = define({ Name: 'we/b', Check: { TCP: 'x:1', Interval: '10ms' } });
  expect(warnings.map(({ message }) => message)).toEqual([
    'Service name will not be discoverable via DNS due to invalid characters. Valid characters include all ' +
      'alpha-numerics and dashes.',
    'check has interval below minimum',
  ]);
  expect(define({ Name: 'x'.repeat(64) }).warnings).toMatchObject([
    { message: expect.stringContaining('too long') },
  ]);
  expect(define({ Name: 'x'.repeat(63) }).warnings).toEqual([]);
});

test('a proxy that names no type of destination means a service', () => {
  const { value } = define({
    Name: 'p',
    Kind: 'connect-proxy',
    Port: 9,
    Proxy: { DestinationServiceName: 'db', Upstreams: [{ DestinationName: 'u', LocalBindPort: 5 }] },
  });
  expect(value.service.service.Proxy.Upstreams).toMatchObject([{ DestinationType: 'service' }]);
});

function defineOne(body: object, services: ServiceContext['services'] = new Map()) {
  const definition = readJson(CheckDefinition, Buffer.from(JSON.stringify(body)));
  return defineCheck(definition, { nodeName: 'n1', settings: {}, services }).value;
}

test('a check by itself is looked at first, then its service, then whether its kind runs', () => {
  const refused = (body: object, code: string, message: string) =>
    expect(() => defineOne(body)).toThrow(refusal(code, message));
  refused({ ServiceID: 'nope' }, 'AGENT_CHECK', 'Missing check name');
  refused({ Name: 'c', ServiceID: 'nope' }, 'AGENT_CHECK', 'Invalid check: TTL must be > 0 for TTL checks');
  const script = { Name: 'c', Args: ['x'], Interval: '1s' };
  refused({ ...script, ServiceID: 'nope' }, 'AGENT_NO_SUCH_SERVICE', 'ServiceID "nope" does not exist');
  expect(() => defineOne(script)).toThrow(expect.objectContaining({ code: 'AGENT_CHECK_DISABLED' }));
});

test('a check by itself keeps its id for the file on disk, and its name is its id without one', () => {
  const services = new Map([['web', create(NodeService, { ID: 'web' })]]);
  expect(
    defineOne({ ID: 'm', Name: 'Memory', TTL: '30s', ServiceID: 'web', Status: 'warning' }, services),
  ).toMatchObject({
    record: { CheckID: 'm', Name: 'Memory', ServiceID: 'web', Status: 'warning', Type: 'ttl' },
    fields: { CheckID: 'm', TTL: 30_000_000_000n },
  });
  expect(defineOne({ Name: 'mem', TTL: '30s' }).record.CheckID).toBe('mem');
});
