import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from 'vitest';
import { type AnsweringAgent, startAnsweringAgent } from '../../test/answering-agent.ts';
import {
  type AgentCheckRecord,
  type AgentClient,
  type AgentServiceRecord,
  type CheckRegistration,
  createClient,
  type HealthCheckRecord,
  type ServiceRegistration,
} from './client.ts';

/** Requests and answers are those of real Consul 1.8.7. */

let agent: AnsweringAgent;
let client: AgentClient;
beforeEach(async () => {
  agent = await startAnsweringAgent();
  client = createClient({ address: agent.address, token: 'own' });
});
afterEach(() => agent[Symbol.asyncDispose]());

const node = { ID: '', Node: 'n', Address: '10.0.0.1', Datacenter: 'dc1', TaggedAddresses: null, Meta: null };
const check = { Node: 'n', CheckID: 'c', Name: 'c', Status: 'passing', ServiceID: 'web' };

describe('reads of the catalog', () => {
  test('carry every option as the HTTP API names it', async () => {
    agent.answer = { body: [] };
    await client.catalog.nodes({
      index: 18446744073709551615n,
      waitMs: 1500,
      consistency: 'stale',
      filter: 'Node == "a*"',
      near: '_agent',
      datacenter: 'dc 2',
      nodeMeta: { a: '1', b: 'x=y' },
      token: 'other',
    });
    await client.catalog.service('a/b c', { tag: ['v1', 'v2'], consistency: 'consistent' });
    await client.catalog.service('web', { connect: true, tag: 'v1', consistency: 'cached' });
    await client.health.service('web', { passing: true, tag: 'v1' });
    await client.health.service('web', { passing: false, connect: true });
    await client.health.node('n');
    await client.health.checks('web');
    await client.health.state('any');
    expect(agent.asked).toEqual([
      'GET /v1/catalog/nodes?dc=dc+2&filter=Node+%3D%3D+%22a%2A%22&index=18446744073709551615&near=_agent&node-meta=a%3A1&node-meta=b%3Ax%3Dy&stale=&wait=1500ms',
      'GET /v1/catalog/service/a%2Fb%20c?consistent=&tag=v1&tag=v2',
      'GET /v1/catalog/connect/web?cached=&tag=v1',
      'GET /v1/health/service/web?passing=&tag=v1',
      'GET /v1/health/connect/web',
      'GET /v1/health/node/n',
      'GET /v1/health/checks/web',
      'GET /v1/health/state/any',
    ]);
    expect(agent.tokens).toEqual(['other', ...Array.from({ length: 7 }, () => 'own')]);
  });

  test('say how current the answer is, with the whole index', async () => {
    agent.answer = {
      body: [node],
      headers: {
        'X-Consul-Index': '18446744073709551615',
        'X-Consul-Lastcontact': '12',
        'X-Consul-Knownleader': 'false',
        'X-Cache': 'HIT',
        Age: '3',
      },
    };
    expect(await client.catalog.nodes()).toEqual({
      value: [node],
      index: 18446744073709551615n,
      lastContactMs: 12,
      knownLeader: false,
      cache: { isHit: true, ageS: 3 },
    });
    agent.answer = { body: { web: ['v1'] } };
    expect(await client.catalog.services()).toEqual({
      value: { web: ['v1'] },
      index: 0n,
      lastContactMs: undefined,
      knownLeader: undefined,
      cache: undefined,
    });
  });

  test('an unknown node is null, and a list of nothing', async () => {
    agent.answer = { body: 'null' };
    expect((await client.catalog.node('x')).value).toBeNull();
    agent.answer = { body: { Node: null, Services: null } };
    expect((await client.catalog.nodeServices('x')).value).toEqual({ Node: null, Services: null });
  });

  test.each([
    ['nodes', [{ Node: 'a' }], () => client.catalog.nodes()],
    ['services', { web: null }, () => client.catalog.services()],
    ['a service', [node], () => client.catalog.service('web')],
    ['a node', {}, () => client.catalog.node('n')],
    ['the services of a node', { Node: 1, Services: [] }, () => client.catalog.nodeServices('n')],
    ['datacenters', [1], () => client.catalog.datacenters()],
    ['health', [{ Node: node, Service: {}, Checks: [{}] }], () => client.health.service('web')],
    ['checks', [{ CheckID: 1 }], () => client.health.state('any')],
    ['events', [{ ID: 1 }], () => client.listEvents()],
    ['services of the agent', { web: {} }, () => client.agent.services()],
    ['checks of the agent', [], () => client.agent.checks()],
    ['health of the agent', { AggregatedStatus: 'passing' }, () => client.agent.serviceHealth('web')],
    ['a leader', [], () => client.status.leader()],
    ['peers', 'null', () => client.status.peers()],
  ])('%j is refused where its records are not what they should be', async (_what, body, call) => {
    agent.answer = { body };
    await expect(call()).rejects.toMatchObject({ code: 'CLIENT_BODY', status: 200 });
  });

  test('an error of the agent keeps its status and text', async () => {
    agent.answer = { status: 500, body: 'No path to datacenter' };
    await expect(client.health.service('web', { datacenter: 'x' })).rejects.toMatchObject({
      code: 'CLIENT_STATUS',
      status: 500,
      body: 'No path to datacenter',
    });
  });
});

test('the catalog, coordinates and events', async () => {
  await client.catalog.register({ Node: 'n', Address: '10.0.0.1', Service: { Service: 'web', Port: 80 } });
  await client.catalog.deregister({ Node: 'n', ServiceID: 'web' }, { datacenter: 'dc2', namespace: 'a' });
  const Coord = { Vec: [0], Error: 1, Adjustment: 0, Height: 0 };
  await client.updateCoordinate({ Node: 'n', Coord });
  agent.answer = { body: [] };
  await client.listEvents({ name: 'deploy', index: 7n });
  agent.answer = { status: 404 };
  expect(await client.coordinatesOf('n')).toEqual([]);
  agent.answer = { body: [{ Node: 'n', Segment: '', Coord }] };
  expect(await client.coordinatesOf('n')).toMatchObject([{ Coord }]);
  agent.answer = { body: '"10.0.0.1:8300"' };
  expect(await client.status.leader()).toBe('10.0.0.1:8300');
  agent.answer = { body: ['10.0.0.1:8300'] };
  expect(await client.status.peers()).toEqual(['10.0.0.1:8300']);
  agent.answer = { body: ['dc1'] };
  expect(await client.catalog.datacenters()).toEqual(['dc1']);
  expect(agent.asked).toEqual([
    'PUT /v1/catalog/register {"Node":"n","Address":"10.0.0.1","Service":{"Service":"web","Port":80}}',
    'PUT /v1/catalog/deregister?dc=dc2&ns=a {"Node":"n","ServiceID":"web"}',
    'PUT /v1/coordinate/update {"Node":"n","Coord":{"Vec":[0],"Error":1,"Adjustment":0,"Height":0}}',
    'GET /v1/event/list?index=7&name=deploy',
    'GET /v1/coordinate/node/n',
    'GET /v1/coordinate/node/n',
    'GET /v1/status/leader',
    'GET /v1/status/peers',
    'GET /v1/catalog/datacenters',
  ]);
});

describe("an agent's own services and checks", () => {
  test('are written as the HTTP API takes them', async () => {
    const service: ServiceRegistration = {
      Name: 'web',
      Tags: ['v1'],
      Check: { TTL: '10s', DeregisterCriticalServiceAfter: '90m' },
    };
    await client.agent.registerService(service);
    await client.agent.registerService(service, { replaceExistingChecks: true });
    await client.agent.deregisterService('a/b');
    await client.agent.registerCheck({ Name: 'disk', TTL: 1_000_000_000, ServiceID: 'web' });
    await client.agent.updateCheck('disk', { status: 'warning', output: '90 %' });
    await client.agent.updateCheck('disk', { status: 'passing' });
    await client.agent.deregisterCheck('disk');
    await client.agent.enableServiceMaintenance('web', { reason: 'a b' });
    await client.agent.disableServiceMaintenance('web');
    await client.agent.enableNodeMaintenance();
    await client.agent.disableNodeMaintenance({ token: 't' });
    const body = JSON.stringify(service);
    expect(agent.asked).toEqual([
      `PUT /v1/agent/service/register ${body}`,
      `PUT /v1/agent/service/register?replace-existing-checks=true ${body}`,
      'PUT /v1/agent/service/deregister/a%2Fb',
      'PUT /v1/agent/check/register {"Name":"disk","TTL":1000000000,"ServiceID":"web"}',
      'PUT /v1/agent/check/update/disk {"Status":"warning","Output":"90 %"}',
      'PUT /v1/agent/check/update/disk {"Status":"passing","Output":""}',
      'PUT /v1/agent/check/deregister/disk',
      'PUT /v1/agent/service/maintenance/web?enable=true&reason=a+b',
      'PUT /v1/agent/service/maintenance/web?enable=false',
      'PUT /v1/agent/maintenance?enable=true&reason=',
      'PUT /v1/agent/maintenance?enable=false',
    ]);
    expect(agent.tokens.at(-1)).toBe('t');
  });

  test('are read by id', async () => {
    const service = { ID: 'web', Service: 'web' };
    agent.answer = { body: { web: service } };
    expect(await client.agent.services({ filter: 'Service == web' })).toEqual({ web: service });
    agent.answer = { body: { c: check } };
    expect(await client.agent.checks()).toEqual({ c: check });
    agent.answer = { body: service };
    expect(await client.agent.service('web', { hash: 'abc', waitMs: 60_000 })).toEqual(service);
    expect(agent.asked).toEqual([
      'GET /v1/agent/services?filter=Service+%3D%3D+web',
      'GET /v1/agent/checks',
      'GET /v1/agent/service/web?hash=abc&wait=60000ms',
    ]);
    agent.answer = { status: 404, body: 'unknown service ID: x' };
    await expect(client.agent.service('x')).rejects.toMatchObject({ code: 'CLIENT_STATUS', status: 404 });
  });

  test.each([
    [200, 'passing'],
    [429, 'warning'],
    [503, 'critical'],
  ])('a service whose health is answered with %i is %s', async (status, AggregatedStatus) => {
    const health = { AggregatedStatus, Service: { ID: 'web', Service: 'web' }, Checks: [check] };
    agent.answer = { status, body: health };
    expect(await client.agent.serviceHealth('web')).toEqual(health);
    agent.answer = { status, body: [health] };
    expect(await client.agent.serviceHealthByName('web')).toEqual([health]);
  });

  test('an unknown id has no health, an unknown name no services', async () => {
    agent.answer = { status: 404, body: { AggregatedStatus: 'critical', Service: null, Checks: null } };
    await expect(client.agent.serviceHealth('x')).rejects.toMatchObject({ status: 404 });
    agent.answer = { status: 404, body: [] };
    expect(await client.agent.serviceHealthByName('x')).toEqual([]);
  });

  test('a page in answer to a registration is no success', async () => {
    agent.answer = { body: '<html>' };
    await expect(client.agent.registerService({ Name: 'web' })).rejects.toMatchObject({
      code: 'CLIENT_BODY',
    });
  });
});

test('the types are those of the JSON: text for durations, undefined for what Consul omits', () => {
  expectTypeOf<HealthCheckRecord['Definition']['Interval']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<HealthCheckRecord['Definition']['TTL']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<HealthCheckRecord['ServiceTags']>().toEqualTypeOf<readonly string[] | null>();
  expectTypeOf<AgentCheckRecord['LastChangeTime']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<AgentServiceRecord['Kind']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<AgentServiceRecord['Weights']['Passing']>().toEqualTypeOf<number>();
  expectTypeOf<CheckRegistration['Interval']>().toEqualTypeOf<string | number | undefined>();
  expectTypeOf<ServiceRegistration>().not.toHaveProperty('LocallyRegisteredAsSidecar');
});
