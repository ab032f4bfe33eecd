import { describe, expect, test } from 'vitest';
import { registration } from '../../test/requests.ts';
import { startEndpoints } from '../../test/start-endpoints.ts';
import {
  ConnectProxyConfig,
  Coordinate,
  CoordinateUpdateRequest,
  create,
  DeregisterRequest,
  HealthCheck,
  HealthCheckDefinition,
  type RegisterRequest,
  ServiceConnect,
} from '../records/index.ts';
import type { RpcMethods } from './methods.ts';
import { everything } from './rpc.ts';

const dc = { Datacenter: 'dc1' };
const web = { Service: 'web' };

describe('Catalog.Register', () => {
  const refusals: readonly (readonly [string, RegisterRequest, string])[] = [
    ['no node', registration({ node: '' }), 'Must provide node'],
    [
      'no address',
      registration({ node: 'n1', address: '' }),
      'Must provide address if SkipNodeUpdate is not set',
    ],
    ['a short id', registration({ node: 'n1', id: 'zz' }), 'Bad node ID: uuid string is wrong length'],
    [
      'an id without hyphens',
      registration({ node: 'n1', id: '0'.repeat(36) }),
      'Bad node ID: uuid is improperly formatted',
    ],
    [
      'an id with a letter',
      registration({ node: 'n1', id: '00000000-0000-0000-0000-00000000000g' }),
      "Bad node ID: encoding/hex: invalid byte: U+0067 'g'",
    ],
    [
      'a service without a name',
      registration({ node: 'n1', service: { ID: 'x' } }),
      'Must provide service name with ID',
    ],
    [
      'an empty service',
      registration({ node: 'n1', service: {} }),
      'failed inserting service: failed inserting service: object missing primary index',
    ],
    [
      'an any-address',
      registration({ node: 'n1', service: { Service: 'x', Address: '[::]' } }),
      'Invalid service address',
    ],
    [
      'an empty check',
      registration({ node: 'n1', check: {} }),
      'failed inserting check: failed inserting check: object missing primary index on node "n1"',
    ],
    [
      'a check of another node',
      registration({ node: 'n1', check: { Node: 'N1', Name: 'c' } }),
      'check node "N1" does not match node "n1"',
    ],
    [
      'a check without its service',
      registration({ node: 'n1', check: { Name: 'c', ServiceID: 'nowhere' } }),
      'failed inserting check: Missing service registration on node "n1"',
    ],
    [
      'reserved metadata',
      registration({ node: 'n1', service: { Service: 'x', Meta: { 'consul-x': 'v' } } }),
      'failed inserting service: Invalid Service Meta for node n1 and serviceID x: ' +
        "Couldn't load metadata pair ('consul-x', 'v'): Key prefix 'consul-' is reserved for internal use",
    ],
    [
      'a proxy of nothing',
      registration({
        node: 'n1',
        service: {
          Service: 'p',
          Kind: 'connect-proxy',
          Proxy: create(ConnectProxyConfig),
          Connect: create(ServiceConnect, { Native: true }),
        },
      }),
      '3 errors occurred:\n\t* Proxy.DestinationServiceName must be non-empty for Connect proxy services\n' +
        '\t* Port must be set for a Connect proxy\n' +
        '\t* A Proxy cannot also be Connect Native, only typical services\n\n',
    ],
    ['another datacenter', { ...registration({ node: 'n1' }), Datacenter: 'dc9' }, 'No path to datacenter'],
    ['no datacenter', { ...registration({ node: 'n1' }), Datacenter: '' }, 'No path to datacenter'],
  ];

  test.each(refusals)('refuses %s as Consul does, and stores nothing', async (_, request, message) => {
    const { call, state } = startEndpoints();
    await expect(call('Catalog.Register', request)).rejects.toMatchObject({
      code: 'CATALOG_REFUSED',
      message,
    });
    expect(state.tables.nodes.size).toBe(0);
  });

  test('fills in ids, the node, the status and the type of checks', async () => {
    const { call } = startEndpoints();
    const { Service: service } = registration({ node: 'n1', service: web });
    await call('Catalog.Register', {
      ...registration({
        node: 'n1',
        check: { Node: '', Name: 'last', ServiceID: '' },
      }),
      Service: service === null ? null : { ...service, ID: '' },
      Checks: [
        ...['http', 'tcp', 'grpc'].map((kind) => checkOf(kind, { [kind.toUpperCase()]: 'x', Interval: 10n })),
        checkOf('plain', { HTTP: 'x' }),
        checkOf('ttl', { TTL: 1n }),
        checkOf('alias', { AliasNode: 'x' }),
        checkOf('script', { ScriptArgs: ['x'], Interval: 10n }),
        checkOf('docker', { ScriptArgs: ['x'], DockerContainerID: 'x', Interval: 10n }),
      ],
    });
    const { HealthChecks } = await call('Health.NodeChecks', { ...dc, Node: 'n1' });
    expect(HealthChecks.map(({ CheckID, Type, Status }) => [CheckID, Type, Status])).toEqual(
      ['alias', 'docker', 'grpc', 'http', 'last', 'plain', 'script', 'tcp', 'ttl'].map((id) => [
        id,
        id === 'last' || id === 'plain' ? '' : id,
        'critical',
      ]),
    );
    const { NodeServices } = await call('Catalog.NodeServices', { ...dc, Node: 'n1' });
    expect(Object.keys(NodeServices?.Services ?? {})).toEqual(['web']);
  });

  function checkOf(name: string, definition: Partial<HealthCheckDefinition>): HealthCheck {
    return create(HealthCheck, { Name: name, Definition: create(HealthCheckDefinition, definition) });
  }
});

describe('reads', () => {
  test('carry the index and what is known of the leader', async () => {
    const { call, register } = startEndpoints();
    await register({ node: 'n1', service: web });
    expect(await call('Catalog.ListNodes', dc)).toMatchObject({
      Nodes: [{ Node: 'n1' }],
      Index: 1,
      KnownLeader: true,
      LastContact: 0n,
    });
  });

  test('block until their answer changes', async () => {
    const { call, register, state } = startEndpoints();
    await register({ node: 'n1', service: web });
    const waiting = call('Health.ServiceNodes', { ...dc, ServiceName: 'web', MinQueryIndex: 1 });
    await register({ node: 'n2', service: { Service: 'api' } });
    expect(state.watches.stats.waiters).toBe(1);
    await register({ node: 'n1', check: { Name: 'c', ServiceID: 'web', Status: 'passing' } });
    expect(await waiting).toMatchObject({ Index: 3, Nodes: [{ Checks: [{ CheckID: 'c' }] }] });
  });

  test('filter by tag, metadata and expression', async () => {
    const { call, register, endpoints } = startEndpoints();
    await register({ node: 'n1', service: { ...web, Tags: ['A'] }, meta: { rack: '1' } });
    await register({ node: 'n2', service: { ...web, Tags: ['b'] }, meta: { rack: '2' } });
    const nodesOf = async (rest: Partial<RpcMethods['Health.ServiceNodes']['request']>) => {
      const request = { ...dc, ServiceName: 'web', ...rest };
      const health = await call('Health.ServiceNodes', request);
      const catalog = await call('Catalog.ServiceNodes', request);
      const nodes = health.Nodes.map(({ Node }) => Node?.Node);
      expect(catalog.ServiceNodes.map(({ Node }) => Node)).toEqual(nodes);
      return nodes;
    };
    expect(await nodesOf({})).toEqual(['n1', 'n2']);
    expect(await nodesOf({ ServiceTags: ['a'], TagFilter: true })).toEqual(['n1']);
    expect(await nodesOf({ ServiceTags: ['a'] })).toEqual(['n1', 'n2']);
    expect(await nodesOf({ ServiceTag: 'B', TagFilter: true })).toEqual(['n2']);
    expect(await nodesOf({ NodeMetaFilters: { rack: '2' } })).toEqual(['n2']);
    const byExpression = await call('Health.ServiceNodes', {
      ...dc,
      ServiceName: 'web',
      Filter: 'Node.Node == n2',
    });
    expect(byExpression.Nodes.map(({ Node }) => Node?.Node)).toEqual(['n2']);
    const matching = { ...dc, ServiceName: 'web', Filter: 'Node matches "2$"' };
    expect((await call('Catalog.ServiceNodes', matching)).ServiceNodes.map(({ Node }) => Node)).toEqual([
      'n2',
    ]);
    for (const method of ['Health.ServiceNodes', 'Catalog.ServiceNodes'] as const) {
      const request = { ...dc, ServiceName: 'web', Filter: 'Wrong == x' };
      await expect(endpoints.ask(method, request, { authority: everything })).rejects.toThrow(
        'Failed to create boolean expression evaluator: Selector "Wrong" is not valid',
      );
    }
  });

  test('are sorted by distance to the source, unknown nodes last', async () => {
    const { call, register, clock, endpoints } = startEndpoints();
    for (const [position, node] of ['n1', 'n2', 'n3', 'n4'].entries()) {
      await register({ node, service: web });
      if (node === 'n2') continue;
      const Coord = create(Coordinate, { Vec: [position * 0.01, 0, 0, 0, 0, 0, 0, 0], Height: 0.001 });
      await call('Coordinate.Update', create(CoordinateUpdateRequest, { ...dc, Node: node, Coord }));
    }
    clock.advance(5000);
    await Promise.resolve();
    const request = { ...dc, ServiceName: 'web', Source: { Datacenter: 'dc1', Node: 'n4' } };
    const { reply, topics } = await endpoints.ask('Health.ServiceNodes', request, { authority: everything });
    expect(reply.Nodes.map(({ Node }) => Node?.Node)).toEqual(['n4', 'n3', 'n1', 'n2']);
    expect(topics).toEqual(['service:web', 'coordinates']);
    const from = async (Node: string, Datacenter = 'dc1') => {
      const { Nodes } = await call('Catalog.ListNodes', { ...dc, Source: { Datacenter, Node } });
      return Nodes.map((node) => node.Node);
    };
    expect(await from('n1')).toEqual(['n1', 'n3', 'n4', 'n2']);
    expect(await from('n2')).toEqual(['n1', 'n2', 'n3', 'n4']);
    expect(await from('n4', 'dc2')).toEqual(['n1', 'n2', 'n3', 'n4']);
  });

  test.each([
    [{}, 5000],
    [{ coordinatePeriodMs: 100 }, 100],
  ])('coordinates are written after their period: %j', async (over, periodMs) => {
    const { call, register, clock } = startEndpoints(over);
    await register({ node: 'n1' });
    const Coord = create(Coordinate, { Vec: [0, 0, 0, 0, 0, 0, 0, 0] });
    await call('Coordinate.Update', create(CoordinateUpdateRequest, { ...dc, Node: 'n1', Coord }));
    const entered = async () => (await call('Coordinate.Node', { ...dc, Node: 'n1' })).Coordinates.length;
    clock.advance(periodMs - 1);
    await Promise.resolve();
    expect(await entered()).toBe(0);
    clock.advance(1);
    await Promise.resolve();
    expect(await entered()).toBe(1);
  });

  test('of unknown nodes are empty as Consul has them', async () => {
    const { call } = startEndpoints();
    const request = { ...dc, Node: 'nowhere' };
    expect(await call('Catalog.NodeServices', request)).toMatchObject({ NodeServices: null, Index: 1 });
    expect(await call('Catalog.NodeServiceList', request)).toMatchObject({
      NodeServices: { Node: null, Services: null },
    });
    expect(await call('Internal.NodeInfo', request)).toMatchObject({ Dump: [] });
  });

  test('the services of a node without any are nil, and an empty list when a filter takes all out', async () => {
    const { call, register } = startEndpoints();
    await register({ node: 'n1' });
    await register({ node: 'n2', service: web });
    const listed = async (Node: string, Filter = '') =>
      (await call('Catalog.NodeServiceList', { ...dc, Node, Filter })).NodeServices.Services;
    expect(await listed('n1')).toBeNull();
    expect(await listed('n1', 'Service == "x"')).toEqual([]);
    expect(await listed('n2', 'Service == "x"')).toEqual([]);
    expect(await listed('n2')).toHaveLength(1);
  });

  test('of all services are of one kind where a kind is asked for', async () => {
    const { call, register } = startEndpoints();
    await register({ node: 'n1', service: web });
    const proxy = create(ConnectProxyConfig, { DestinationServiceName: 'web' });
    const sidecar = { Service: 'web-proxy', Kind: 'connect-proxy', Port: 1, Proxy: proxy };
    await register({ node: 'n1', service: sidecar });
    const dumped = async (kind: Partial<RpcMethods['Internal.ServiceDump']['request']>) =>
      (await call('Internal.ServiceDump', { ...dc, ...kind })).Nodes.map(({ Service }) => Service?.Service);
    expect(await dumped({ ServiceKind: 'connect-proxy' })).toEqual(['web', 'web-proxy']);
    expect(await dumped({ ServiceKind: 'connect-proxy', UseServiceKind: true })).toEqual(['web-proxy']);
    expect(await dumped({ UseServiceKind: true })).toEqual(['web']);
  });

  test('without a name are refused', async () => {
    const { call } = startEndpoints();
    const service = { ...dc, ServiceName: '' };
    await expect(call('Health.ServiceNodes', service)).rejects.toThrow('Must provide service name');
    await expect(call('Catalog.ServiceNodes', service)).rejects.toThrow('Must provide service name');
    const node = { ...dc, Node: '' };
    await expect(call('Catalog.NodeServices', node)).rejects.toThrow('Must provide node');
    await expect(call('Catalog.Deregister', create(DeregisterRequest, dc))).rejects.toThrow(
      'Must provide node',
    );
  });
});

describe('coordinates', () => {
  test('are written in batches, the last of each node and segment', async () => {
    const { call, register, clock, state } = startEndpoints();
    await register({ node: 'n1' });
    const update = (Node: string, Height: number) =>
      call(
        'Coordinate.Update',
        create(CoordinateUpdateRequest, {
          ...dc,
          Node,
          Coord: create(Coordinate, { Vec: Array.from({ length: 8 }, () => 0), Height }),
        }),
      );
    await update('n1', 1);
    await update('n1', 2);
    await update('nowhere', 3);
    clock.advance(4999);
    expect(state.index).toBe(1);
    clock.advance(1);
    await Promise.resolve();
    expect(state.index).toBe(2);
    const { Coordinates, Index } = await call('Coordinate.ListNodes', dc);
    expect({ Coordinates, Index }).toMatchObject({
      Coordinates: [{ Node: 'n1', Coord: { Height: 2 } }],
      Index: 2,
    });
    expect(Coordinates).toHaveLength(1);
    expect(await call('Coordinate.Node', { ...dc, Node: 'N1' })).toMatchObject({
      Coordinates: [{ Node: 'N1' }],
    });
  });

  test('that make no sense are refused', async () => {
    const { call } = startEndpoints();
    const update = (Coord: Coordinate | null) =>
      call('Coordinate.Update', create(CoordinateUpdateRequest, { ...dc, Node: 'n1', Coord }));
    await expect(update(create(Coordinate, { Vec: [1, 2] }))).rejects.toThrow('incompatible coordinate');
    await expect(update(create(Coordinate, { Vec: [Number.NaN] }))).rejects.toThrow('invalid coordinate');
    await expect(update(null)).rejects.toThrow('invalid coordinate');
  });
});

test('the status names the leader and the peers', async () => {
  const { call, log } = startEndpoints();
  expect(await call('Status.Ping', {})).toEqual({});
  expect(await call('Status.Leader', { Datacenter: '' })).toBe('127.0.0.1:8300');
  expect(await call('Status.Peers', dc)).toEqual(['127.0.0.1:8300']);
  expect(await call('Catalog.ListDatacenters', {})).toEqual(['dc1']);
  await log.close();
  const notStored = call('Catalog.Register', registration({ node: 'n1' }));
  await expect(notStored).rejects.toMatchObject({ code: 'CATALOG_CLOSED' });
  await expect(call('Catalog.ListNodes', dc)).rejects.toMatchObject({ message: 'No cluster leader' });
  expect((await call('Catalog.ListNodes', { ...dc, AllowStale: true })).KnownLeader).toBe(false);
});
