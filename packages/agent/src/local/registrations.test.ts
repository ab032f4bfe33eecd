import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { everything } from '@hobnob/catalog';
import {
  create,
  DeregisterRequest,
  HealthCheck,
  NodeService,
  RegisterRequest,
} from '@hobnob/catalog/records';
import { expect, onTestFinished, test } from 'vitest';
import { adding, defined, localOnFakes, remote, service } from '../../test/local-on-fakes.ts';

const s = 1_000_000_000n;

test('a service and its checks are in the catalog when the registration is acknowledged', async () => {
  const { port, inCatalog, lines } = await localOnFakes();
  await port.registerService(
    service({ ID: 'w1', Service: 'web', Tags: ['a'] }, [{ Name: 'c', TTL: 10n * s }]),
    adding,
  );
  expect(await inCatalog.services()).toMatchObject([{ ID: 'w1', Service: 'web', Tags: ['a'] }]);
  expect(await inCatalog.checks()).toMatchObject([
    { Node: 'me', CheckID: 'c', Status: 'critical', ServiceID: 'w1', ServiceName: 'web', ServiceTags: ['a'] },
  ]);
  expect(lines).toContain('INFO agent: Synced node info');
  expect(lines).toContain('INFO agent: Synced service {"service":"w1"}');
});

test('a service that is removed takes its checks and its sidecar with it', async () => {
  const { port, inCatalog } = await localOnFakes();
  await port.registerService(service({ ID: 'w1' }, [{ Name: 'c', TTL: 10n * s }]), adding);
  const sidecar = { ID: 'w1-sidecar-proxy', LocallyRegisteredAsSidecar: true };
  await port.registerService(service(sidecar, [{ Name: 'd', AliasService: 'w1' }]), adding);
  await port.registerService(service({ ID: 'w2' }), adding);
  await port.deregisterService('w1');
  expect([...port.services().keys()]).toEqual(['w2']);
  expect(port.checks().size).toBe(0);
  expect(await inCatalog.services()).toMatchObject([{ ID: 'w2' }]);
  expect(await inCatalog.checks()).toEqual([]);
  await expect(port.deregisterService('w1')).rejects.toMatchObject({ code: 'AGENT_NO_SUCH_SERVICE' });
});

test('a check that is registered again keeps its state and history', async () => {
  const { port, inCatalog, clock } = await localOnFakes();
  const web = service({ ID: 'w1' }, [{ Name: 'c', TTL: 10n * s }]);
  await port.registerService(web, adding);
  clock.advance(1_000);
  await port.updateTtl('c', { status: 'passing', output: 'fine' });
  await port.registerService(web, adding);
  expect(await inCatalog.checks()).toMatchObject([{ Status: 'passing', Output: 'fine' }]);
  expect(port.checks().get('c')).toMatchObject({
    record: { Status: 'passing', Output: 'fine' },
    changedAtMs: 1_800_000_001_000,
    checkedAtMs: 1_800_000_001_000,
    transitions: [{ atMs: 1_800_000_001_000, status: 'passing', output: 'fine' }],
  });
});

test('checks that a registration does not name stay, unless it replaces them', async () => {
  const { port, inCatalog } = await localOnFakes();
  await port.registerService(
    service({ ID: 'w1' }, [
      { Name: 'a', TTL: s },
      { Name: 'b', TTL: s },
    ]),
    adding,
  );
  await port.registerService(service({ ID: 'w1' }, [{ Name: 'b', TTL: s }]), adding);
  expect((await inCatalog.checks()).map(({ CheckID }) => CheckID)).toEqual(['a', 'b']);
  const replacing = { ...adding, replaceExistingChecks: true };
  await port.registerService(service({ ID: 'w1' }, [{ Name: 'b', TTL: s }]), replacing);
  expect((await inCatalog.checks()).map(({ CheckID }) => CheckID)).toEqual(['b']);
});

test('a check needs its service, and an update a TTL check', async () => {
  const { port } = await localOnFakes();
  const orphan = defined({ Name: 'c', TTL: s, ServiceID: 'nope' });
  await expect(port.registerCheck(orphan, remote)).rejects.toMatchObject({
    code: 'AGENT_NO_SUCH_SERVICE',
    message: 'ServiceID "nope" does not exist',
  });
  const ok = { status: 'passing', output: '' } as const;
  await expect(port.updateTtl('c', ok)).rejects.toMatchObject({ code: 'AGENT_NO_SUCH_CHECK' });
  await port.registerCheck(defined({ Name: 'c', TCP: '127.0.0.1:1', Interval: 10n * s }), remote);
  await expect(port.updateTtl('c', ok)).rejects.toMatchObject({
    code: 'AGENT_NO_TTL',
    message: 'CheckID "c" does not have associated TTL',
  });
  await port.deregisterCheck('unknown');
});

test('maintenance is a critical check with a reason, of the service or of the node', async () => {
  const { port, inCatalog, lines } = await localOnFakes();
  await expect(port.enableServiceMaintenance('w1', { reason: '', token: '' })).rejects.toMatchObject({
    code: 'AGENT_NO_SUCH_SERVICE',
  });
  await port.registerService(service({ ID: 'w1', Service: 'web', Tags: ['a'] }), adding);
  await port.enableServiceMaintenance('w1', { reason: '', token: '' });
  await port.enableServiceMaintenance('w1', { reason: 'other', token: '' });
  await port.enableNodeMaintenance({ reason: 'new disk', token: '' });
  expect(await inCatalog.checks()).toMatchObject([
    { CheckID: '_node_maintenance', Name: 'Node Maintenance Mode', Status: 'critical', Notes: 'new disk' },
    {
      CheckID: '_service_maintenance:w1',
      Name: 'Service Maintenance Mode',
      Notes:
        'Maintenance mode is enabled for this service, but no reason was provided. This is a default message.',
      Output: '',
      ServiceName: 'web',
      Type: 'maintenance',
    },
  ]);
  await port.disableServiceMaintenance('w1');
  await port.disableNodeMaintenance();
  await port.disableNodeMaintenance();
  expect(await inCatalog.checks()).toEqual([]);
  expect(lines.filter((line) => line.includes('maintenance mode'))).toEqual([
    'INFO agent: Service entered maintenance mode {"service":"w1"}',
    'INFO agent: Node entered maintenance mode',
    'INFO agent: Service left maintenance mode {"service":"w1"}',
    'INFO agent: Node left maintenance mode',
  ]);
});

test('a service whose check is critical for too long is removed', async () => {
  const { port, inCatalog, clock, lines } = await localOnFakes();
  const check = { Name: 'c', TTL: 10n * s, DeregisterCriticalServiceAfter: 60n * s };
  await port.registerService(service({ ID: 'w1' }, [check]), adding);
  await port.updateTtl('c', { status: 'passing', output: '' });
  clock.advance(69_999);
  await turn();
  expect(port.services().has('w1')).toBe(true);
  clock.advance(1);
  await turn();
  expect(await inCatalog.services()).toEqual([]);
  expect(lines).toContain('WARN agent: Check missed TTL, is now critical {"check":"c"}');
  expect(lines).toContain(
    'INFO agent: Check for service has been critical for too long; deregistered service {"service":"w1","check":"c"}',
  );
});

test('an alias has the state of its service, at once and after each change', async () => {
  const { port, inCatalog } = await localOnFakes();
  await port.registerService(service({ ID: 'w1' }), adding);
  await port.registerService(service({ ID: 'v' }, [{ Name: 'al', AliasService: 'w1' }]), adding);
  const alias = () => port.checks().get('al')?.record;
  expect(alias()).toMatchObject({ Status: 'passing', Output: 'No checks found.' });
  await port.registerCheck(defined({ Name: 'c', TTL: s, ServiceID: 'w1' }), remote);
  await turn();
  expect(alias()).toMatchObject({ Status: 'critical', Output: 'Aliased check "c" failing: ' });
  await port.updateTtl('c', { status: 'passing', output: '' });
  await turn();
  expect(alias()).toMatchObject({ Status: 'passing', Output: 'All checks passing.' });
  expect(await inCatalog.checks()).toMatchObject([{ CheckID: 'al', Status: 'passing' }, { CheckID: 'c' }]);
  await port.registerCheck(defined({ Name: 'ofNode', TTL: s }), remote);
  await turn();
  expect(alias()?.Status).toBe('critical');
  await port.deregisterCheck('ofNode');
  await port.deregisterService('w1');
  await turn();
  expect(alias()).toMatchObject({
    Status: 'critical',
    Output: 'Service w1 could not be found on node ',
  });
});

test.each([
  ['of the service that it follows', { ServiceID: 'w1' }],
  ['of the node', {}],
])('an alias check %s counts itself, as in Consul 1.8.7, and does not wake itself', async (_what, fields) => {
  const { port } = await localOnFakes({ updateIntervalMs: 0 });
  await port.registerService(service({ ID: 'w1' }), adding);
  await port.registerCheck(defined({ Name: 'al', AliasService: 'w1', ...fields }), remote);
  for (let n = 0; n < 5; n += 1) await turn();
  expect(port.checks().get('al')?.record).toMatchObject({
    Status: 'critical',
    Output: 'Aliased check "al" failing: ',
  });
});

test('the catalog is corrected towards the agent: what is missing comes back, what is foreign goes', async () => {
  const { port, catalog, inCatalog, clock } = await localOnFakes();
  await port.registerService(service({ ID: 'w1' }, [{ Name: 'c', TTL: 1_000n * s }]), adding);
  const write = { authority: everything };
  const me = { Datacenter: 'dc1', Node: 'me' };
  await catalog.rpc.call('Catalog.Deregister', create(DeregisterRequest, { ...me, ServiceID: 'w1' }), write);
  const foreign = create(RegisterRequest, {
    ...me,
    SkipNodeUpdate: true,
    Service: create(NodeService, { ID: 'alien', Service: 'alien' }),
    Checks: [
      create(HealthCheck, { Node: 'me', CheckID: 'x', Name: 'x' }),
      create(HealthCheck, { Node: 'me', CheckID: 'serfHealth', Name: 's', Status: 'passing' }),
    ],
  });
  await catalog.rpc.call('Catalog.Register', foreign, write);
  clock.advance(90_000);
  await turn();
  expect((await inCatalog.services()).map(({ ID }) => ID)).toEqual(['w1']);
  expect((await inCatalog.checks()).map(({ CheckID }) => CheckID)).toEqual(['c', 'serfHealth']);
});

test('with EnableTagOverride the tags of the catalog win', async () => {
  const { port, catalog, inCatalog, clock } = await localOnFakes();
  const web = service({ ID: 'w1', Tags: ['own'], EnableTagOverride: true });
  await port.registerService(web, adding);
  const changes: string[] = [];
  port.onChange('w1', () => changes.push('w1'));
  const request = create(RegisterRequest, {
    Datacenter: 'dc1',
    Node: 'me',
    SkipNodeUpdate: true,
    Service: { ...web.service, Tags: ['theirs'] },
  });
  await catalog.rpc.call('Catalog.Register', request, { authority: everything });
  clock.advance(90_000);
  await turn();
  expect(port.services().get('w1')?.Tags).toEqual(['theirs']);
  expect(await inCatalog.services()).toMatchObject([{ Tags: ['theirs'] }]);
  expect(changes).toEqual(['w1']);
});

test('a check that two services register at once is of the same one on disk as in memory', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'hobnob-registrations-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const { port } = await localOnFakes({ dataDir });
  const shared = { Name: 'shared', TTL: 10n * s };
  const others = Array.from({ length: 300 }, (_, at) => ({ Name: `c${at}`, TTL: 10n * s }));
  // The first one has more to write, and ends later.
  await Promise.all([
    port.registerService(service({ ID: 'w1' }, [shared, ...others]), adding),
    port.registerService(service({ ID: 'w2' }, [shared]), adding),
  ]);
  const owner = port.checks().get('shared')?.record.ServiceID;
  const restarted = await localOnFakes({ dataDir });
  expect(restarted.port.checks().get('shared')?.record.ServiceID).toBe(owner);
});

test('services that exchange their checks at once do not wait for each other for ever', async () => {
  const { port } = await localOnFakes();
  const replacing = { ...adding, replaceExistingChecks: true };
  const both = [
    { Name: 'a', TTL: s },
    { Name: 'b', TTL: s },
  ];
  await Promise.all(
    Array.from({ length: 20 }, async (_, at) => {
      const checks = at % 3 === 0 ? both : both.slice(0, 1 + (at % 2));
      await port.registerService(service({ ID: `w${at % 2}` }, checks.toReversed()), replacing);
    }),
  );
  expect([...port.checks().keys()].toSorted()).toEqual(['a', 'b']);
});
