import {
  type AgentClient,
  type AgentClientError,
  createClient,
  type HealthyInstance,
  type ReadAnswer,
  watch,
} from '@hobnob/agent/client';
import { createTestAgent } from '@hobnob/agent/testing';
import { describe, expect, test } from 'vitest';
import { waitUntilEntered } from './consul-agent.ts';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';

/** The typed client against a real Consul 1.8.7, and the same against our agent. */

const addresses = new LoopbackAddresses(3, 37);

const node = { Node: 'ext', Address: '10.1.1.1', NodeMeta: { rack: 'r1' } };
const service = { ID: 'web1', Service: 'web', Tags: ['v1'], Port: 80 };

async function idsOf(
  next: Promise<IteratorResult<ReadAnswer<readonly HealthyInstance[]>, undefined>>,
): Promise<readonly string[] | undefined> {
  return (await next).value?.value.map(({ Service }) => Service.ID);
}

/** What a consumer of services does; each read is checked by the client's own guards. */
async function useCatalog(client: AgentClient): Promise<unknown> {
  const stop = new AbortController();
  const changes = watch((options) => client.health.service('web', { passing: true, ...options }), {
    signal: stop.signal,
  });
  const seen = [await idsOf(changes.next())];
  await client.catalog.register({ ...node, Service: service });
  seen.push(await idsOf(changes.next()));
  await client.catalog.register({ ...node, Service: { ...service, ID: 'web2' } });
  seen.push(await idsOf(changes.next()));
  const critical = { Name: 'bad', Status: 'critical', ServiceID: 'web1' };
  await client.catalog.register({ ...node, Check: { Node: node.Node, ...critical } });
  seen.push(await idsOf(changes.next()));
  // A write that does not concern the service is no element.
  await client.catalog.register({ ...node, Service: { Service: 'other' } });
  await client.catalog.deregister({ Node: node.Node, ServiceID: 'web2' });
  seen.push(await idsOf(changes.next()));
  const ended = changes.next();
  stop.abort();
  seen.push(await idsOf(ended));

  const near = { near: '_agent', nodeMeta: { rack: 'r1' }, filter: 'Node == ext' } as const;
  const nodes = await client.catalog.nodes({ ...near, consistency: 'consistent' });
  const instances = await client.catalog.service('web', { tag: 'v1', consistency: 'stale' });
  const found = await client.catalog.node('ext');
  const checks = [
    await client.health.node('ext'),
    await client.health.checks('web'),
    await client.health.state('critical'),
  ].map(({ value }) => value.map(({ CheckID, Status }) => [CheckID, Status]));
  return {
    seen,
    nodes: nodes.value.map(({ Node, Meta }) => [Node, Meta]),
    knownLeader: nodes.knownLeader,
    lastContactMs: nodes.lastContactMs,
    instances: instances.value.map(({ ServiceID, ServiceTags }) => [ServiceID, ServiceTags]),
    services: (await client.catalog.services({ nodeMeta: { rack: 'r1' } })).value,
    ofNode: Object.keys(found.value?.Services ?? {}),
    list: (await client.catalog.nodeServices('ext', { filter: 'Service == other' })).value.Services?.length,
    unknown: [
      (await client.catalog.node('none')).value,
      (await client.catalog.nodeServices('none')).value,
      await client.coordinatesOf('none'),
    ],
    checks,
    cached: [await client.health.service('web', { consistency: 'cached' })].map(
      ({ cache }) => cache !== undefined,
    ),
    datacenters: await client.catalog.datacenters(),
    hasLeader: (await client.status.leader()) !== '',
    peers: (await client.status.peers()).length,
  };
}

const expected = {
  seen: [[], ['web1'], ['web1', 'web2'], ['web2'], [], undefined],
  nodes: [['ext', { rack: 'r1' }]],
  knownLeader: true,
  lastContactMs: 0,
  instances: [['web1', ['v1']]],
  services: { other: [], web: ['v1'] },
  ofNode: ['other', 'web1'],
  list: 1,
  unknown: [null, { Node: null, Services: null }, []],
  checks: [[['bad', 'critical']], [['bad', 'critical']], [['bad', 'critical']]],
  cached: [true],
  datacenters: ['dc1'],
  hasLeader: true,
  peers: 1,
};

/** What a provider of services does. */
async function useAgent({ agent, health, catalog }: AgentClient): Promise<unknown> {
  await agent.registerService({
    Name: 'api',
    ID: 'api-1',
    Port: 80,
    Tags: ['v1'],
    Check: { CheckID: 'beat', TTL: '1h', DeregisterCriticalServiceAfter: '90m' },
  });
  const first = await agent.service('api-1');
  const healths = [await agent.serviceHealth('api-1')];
  await agent.updateCheck('beat', { status: 'warning', output: 'so so' });
  healths.push(await agent.serviceHealth('api-1'));
  await agent.updateCheck('beat', { status: 'passing' });
  healths.push(await agent.serviceHealth('api-1'));
  await agent.enableServiceMaintenance('api-1', { reason: 'why' });
  healths.push(await agent.serviceHealth('api-1'));
  await agent.disableServiceMaintenance('api-1');

  const changed = agent.service('api-1', { hash: first.ContentHash ?? '', waitMs: 60_000 });
  await agent.registerService({ Name: 'api', ID: 'api-1', Port: 81 }, { replaceExistingChecks: false });
  const second = await changed;
  await agent.registerCheck({ Name: 'disk', TTL: 3_600_000_000_000, Status: 'passing' });
  const checks = await agent.checks({ filter: 'Type == ttl' });
  const byName = await agent.serviceHealthByName('api');
  // The catalog follows its agent.
  const changes = watch((options) => health.service('api', options));
  const entered = await idsOf(changes.next());
  await agent.registerService({ Name: 'api', ID: 'api-1' }, { replaceExistingChecks: true });
  const withoutCheck = Object.keys(await agent.checks());
  await agent.deregisterCheck('disk');
  await agent.deregisterService('api-1');
  while ((await idsOf(changes.next()))?.length !== 0);
  await changes.return();
  return {
    ports: [first.Port, second.Port],
    isOtherHash: first.ContentHash !== second.ContentHash,
    healths: healths.map(({ AggregatedStatus, Checks }) => [
      AggregatedStatus,
      Checks?.map(({ Output }) => Output),
    ]),
    checks: Object.values(checks).map(({ CheckID, Status }) => [CheckID, Status]),
    byName: byName.map(({ Service }) => Service?.ID),
    entered,
    withoutCheck,
    left: [await agent.services(), await agent.checks()],
    unknown: [
      await agent.serviceHealthByName('api'),
      await agent.service('api-1').catch(({ status }: AgentClientError) => status),
      await agent.serviceHealth('api-1').catch(({ status }: AgentClientError) => status),
    ],
    inCatalog: Object.keys((await catalog.services({ consistency: 'consistent' })).value),
  };
}

const expectedOfAgent = {
  ports: [80, 81],
  isOtherHash: true,
  healths: [
    ['critical', ['']],
    ['warning', ['so so']],
    ['passing', ['']],
    ['maintenance', ['', '']],
  ],
  checks: [
    ['beat', 'passing'],
    ['disk', 'passing'],
  ],
  byName: ['api-1'],
  entered: ['api-1'],
  withoutCheck: ['disk'],
  left: [{}, {}],
  unknown: [[], 404, 404],
  inCatalog: ['consul'],
};

/** Events have an index of all 64 bits, which is no counter. */
async function useEvents(client: AgentClient): Promise<unknown> {
  const changes = watch((options) => client.listEvents({ name: 'deploy', ...options }));
  const names: unknown[] = [];
  const take = async () => {
    names.push((await changes.next()).value?.value.map(({ Payload }) => Payload));
  };
  await take();
  for (const text of ['a', 'b', 'c']) {
    await client.fireEvent({ name: 'deploy', payload: Buffer.from(text) });
    await take();
  }
  await changes.return();
  return names;
}

const expectedEvents = [[], ['YQ=='], ['YQ==', 'Yg=='], ['YQ==', 'Yg==', 'Yw==']];

describe.runIf(peersFolder !== undefined)('the client', () => {
  test('reads, writes and watches the catalog of a real Consul, and lists its events', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const real = await peers.consul({ name: 'real' });
    await waitUntilEntered(real);
    const client = createClient({ address: `${real.address.split(':')[0]}:8500` });
    expect(await useAgent(client)).toEqual(expectedOfAgent);
    expect(await useCatalog(client)).toEqual(expected);
    expect(await useEvents(client)).toEqual(expectedEvents);
  });

  test('does the same with our agent', async () => {
    await using ours = await createTestAgent();
    const client = createClient({ address: ours.httpAddress });
    expect(await useAgent(client)).toEqual(expectedOfAgent);
    expect(await useCatalog(client)).toEqual(expected);
    expect(await useEvents(client)).toEqual(expectedEvents);
  });

  test('goes on with a watch when a real agent is killed and another one begins at its address', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const host = addresses.next();
    const client = createClient({ address: `${host}:8500` });
    const first = await peers.consul({ name: 'first', host });
    // So many changes that the index of the next agent is behind.
    for (let i = 0; i < 20; i += 1)
      await client.catalog.register({ ...node, Service: { ...service, Port: i } });
    const lost: string[] = [];
    const changes = watch((options) => client.health.service('web', options), {
      onRetry: ({ code }) => lost.push(code),
      retryMsMax: 500,
    });
    const before = (await changes.next()).value;
    expect(before?.value.map(({ Service }) => Service.Port)).toEqual([19]);
    const next = changes.next();
    await first.crash();
    await peers.waitUntil('the watch has noticed', async () => lost.length > 0);
    await peers.consul({ name: 'second', host });
    const after = (await next).value;
    expect(after?.value).toEqual([]);
    expect(after?.index).toBeLessThan(before?.index ?? 0n);
    const entered = idsOf(changes.next());
    await client.catalog.register({ ...node, Service: service });
    expect(await entered).toEqual(['web1']);
    await changes.return();
  });
});
