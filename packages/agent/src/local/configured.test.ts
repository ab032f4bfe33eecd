import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { everything } from '@hobnob/catalog';
import { VirtualClock } from '@hobnob/gossip/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { settle } from '../../test/agent-on-fakes.ts';
import { adding, defined, localOnFakes, remote, service } from '../../test/local-on-fakes.ts';

/** What 1.8.7 does with the same definitions, at its start and at a reload, was observed with it. */

const folders: string[] = [];

async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hobnob-configured-'));
  folders.push(folder);
  return folder;
}

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

const web = { Name: 'web', Port: 80, Tags: ['a'], Check: { TTL: '30s' } };
const passing = { status: 'passing', output: 'fine' } as const;

describe('the services and checks of a configuration', () => {
  test('do not hold the start up while the catalog does not answer', async () => {
    const clock = new VirtualClock();
    const started = localOnFakes({
      clock,
      definitions: { services: [{ Name: 'web' }] },
      wrapRpc: () => ({ call: () => new Promise<never>(() => undefined) }),
    });
    while (clock.pendingCount === 0) await settle();
    clock.advance(1_000);
    const { port } = await started;
    expect([...port.services().keys()]).toEqual(['web']);
  });

  test('are registered at the start, with their checks, sidecars and tokens', async () => {
    const { port, inCatalog, local } = await localOnFakes({
      definitions: {
        services: [
          { ...web, Connect: { SidecarService: {} } },
          { Name: 'db', Check: { TTL: '5s' } },
        ],
        checks: [
          { Name: 'disk', TTL: '1m', Status: 'passing' },
          { Name: 'more', ServiceID: 'web', TTL: '1m' },
        ],
      },
    });
    expect([...port.services().keys()]).toEqual(['web', 'web-sidecar-proxy', 'db']);
    expect(port.services().get('web-sidecar-proxy')?.Port).toBe(21_000);
    expect([...port.checks().keys()]).toEqual([
      'service:web',
      'service:web-sidecar-proxy:1',
      'service:web-sidecar-proxy:2',
      'service:db',
      'disk',
      'more',
    ]);
    expect((await inCatalog.services()).map(({ ID }) => ID)).toEqual(['db', 'web', 'web-sidecar-proxy']);
    const more = (await inCatalog.checks()).find(({ CheckID }) => CheckID === 'more');
    expect(more).toMatchObject({ ServiceName: 'web', ServiceTags: ['a'], Status: 'critical' });
    await local.close();
  });

  test('take the place of what the API registered before, whose files go', async () => {
    const dataDir = await dataFolder();
    const before = await localOnFakes({ dataDir });
    await before.port.registerService(
      service({ ID: 'web', Port: 1 }, [{ Name: 'old', TTL: 30_000_000_000n }]),
      adding,
    );
    await before.port.registerCheck(defined({ Name: 'disk', TTL: 30_000_000_000n }), remote);
    await before.port.updateTtl('disk', passing);
    await before.local.close();
    const after = await localOnFakes({
      dataDir,
      definitions: { services: [web], checks: [{ Name: 'disk', TTL: '1m' }] },
    });
    expect(after.port.services().get('web')?.Port).toBe(80);
    expect([...after.port.checks().keys()]).toEqual(['service:web', 'disk', 'old']);
    expect(await readdir(join(dataDir, 'services'))).toEqual([]);
    expect((await readdir(join(dataDir, 'checks'))).filter((name) => name !== 'state')).toHaveLength(1);
    // The last state of a TTL check is that of the check, whoever defines it.
    expect(after.port.checks().get('disk')?.record.Status).toBe('passing');
    await after.local.close();
    const without = await localOnFakes({ dataDir });
    expect([...without.port.services().keys()]).toEqual([]);
    await without.local.close();
  });

  test.each([
    [{ services: [{ Name: '' }] }, 'Failed to register service "": Service name missing'],
    [
      { services: [{ Name: 'web', Check: { HTTP: 'x' } }] },
      'Failed to validate checks for service "web": Interval must be > 0 for Script, HTTP, or TCP checks',
    ],
    [
      { services: [{ Name: 'web', Connect: { SidecarService: { Check: { HTTP: 'x' } } } }] },
      'Failed to validate sidecar for service "web": Interval must be > 0 for Script, HTTP, or TCP checks',
    ],
    [{ checks: [{ Name: '', TTL: '1s' }] }, "Failed to register check '': CheckID missing"],
    [
      { checks: [{ Name: 'x' }] },
      "Failed to register check 'x': Check is not valid: TTL must be > 0 for TTL checks",
    ],
    [
      { checks: [{ Name: 'x', TTL: '1s', ServiceID: 'zz' }] },
      `Failed to register check 'x': ServiceID "zz" does not exist`,
    ],
  ])('are refused with the sentence of Consul: %j', async (definitions, sentence) => {
    await expect(localOnFakes({ definitions })).rejects.toMatchObject({
      code: 'AGENT_CONFIG',
      message: sentence,
    });
  });
});

describe('a reload', () => {
  const start = {
    services: [web, { Name: 'db' }],
    checks: [{ Name: 'disk', TTL: '1m' }],
  };

  test('adds, changes and removes, and keeps the states of checks', async () => {
    const { port, inCatalog, reload, local } = await localOnFakes({ definitions: start });
    await port.updateTtl('service:web', passing);
    await port.updateTtl('disk', passing);
    await reload({
      services: [{ ...web, Port: 81, Tags: ['b'] }, { Name: 'cache' }],
      checks: [{ Name: 'disk', TTL: '2m', Notes: 'new' }],
    });
    expect([...port.services().keys()]).toEqual(['web', 'cache']);
    expect(port.services().get('web')).toMatchObject({ Port: 81, Tags: ['b'] });
    const checks = await inCatalog.checks();
    expect(checks.map(({ CheckID, Status, Notes }) => [CheckID, Status, Notes])).toEqual([
      ['disk', 'passing', 'new'],
      ['service:web', 'passing', ''],
    ]);
    expect(checks[1]?.ServiceTags).toEqual(['b']);
    expect((await inCatalog.services()).map(({ ID }) => ID)).toEqual(['cache', 'web']);
    await local.close();
  });

  test('touches nothing that stays as it is', async () => {
    const { port, reload, local } = await localOnFakes({ definitions: start });
    const changed: string[] = [];
    for (const id of ['web', 'db', '']) port.onChange(id, () => void changed.push(id));
    const before = [...port.services().values(), ...port.checks().values()];
    await reload(structuredClone(start));
    expect([...port.services().values(), ...port.checks().values()]).toEqual(before);
    expect(changed).toEqual([]);
    await local.close();
  });

  test('leaves what the API registered, and takes back what it overrode or removed', async () => {
    const dataDir = await dataFolder();
    const { port, reload, local } = await localOnFakes({ dataDir, definitions: start });
    await port.registerService(service({ ID: 'api' }), adding);
    await port.registerService(service({ ID: 'web', Port: 9 }), adding);
    await port.deregisterService('db');
    await port.deregisterCheck('disk');
    await port.enableNodeMaintenance({ reason: '', token: '' });
    await reload(start);
    expect([...port.services().keys()].sort()).toEqual(['api', 'db', 'web']);
    expect(port.services().get('web')?.Port).toBe(80);
    expect([...port.checks().keys()].sort()).toEqual(['_node_maintenance', 'disk', 'service:web']);
    expect(await readdir(join(dataDir, 'services'))).toHaveLength(1);
    // A service that the API took over is the API's.
    await port.registerService(service({ ID: 'db', Port: 5 }), adding);
    await reload({});
    expect([...port.services().keys()].sort()).toEqual(['api', 'db']);
    await local.close();
  });

  test('leaves what the API registers while it waits for its turn', async () => {
    const { port, reload, local } = await localOnFakes({ dataDir: await dataFolder(), definitions: start });
    const registered = [
      port.registerService(service({ ID: 'db', Port: 5 }), adding),
      port.registerCheck(defined({ Name: 'disk', TTL: 30_000_000_000n }), remote),
    ];
    await reload({});
    await Promise.all(registered);
    expect([...port.services().keys()]).toEqual(['db']);
    expect([...port.checks().keys()]).toEqual(['disk']);
    await local.close();
  });

  test('does not fail when the API removes a service that it registers', async () => {
    const { port, reload, local } = await localOnFakes({ dataDir: await dataFolder() });
    let removed: Promise<void> | undefined;
    port.onChange('web', () => {
      removed ??= port.deregisterService('web');
    });
    await reload({ services: [web], checks: [{ Name: 'more', ServiceID: 'web', TTL: '1m' }] });
    await removed;
    expect([...port.services().keys(), ...port.checks().keys()]).toEqual([]);
    await local.close();
  });

  test('gives the ports of sidecars that go to those that come', async () => {
    const withSidecar = (Name: string) => ({ Name, Connect: { SidecarService: {} } });
    const all = Array.from({ length: 256 }, (_, i) => withSidecar(`s${i}`));
    const { port, reload, local } = await localOnFakes({ definitions: { services: all } });
    const portOf = (id: string) => port.services().get(`${id}-sidecar-proxy`)?.Port;
    expect(portOf('s255')).toBe(21_255);
    await reload({ services: [withSidecar('new'), ...all.slice(0, 255)] });
    expect([portOf('new'), portOf('s0'), portOf('s254')]).toEqual([21_255, 21_000, 21_254]);
    await expect(async () => reload({ services: [withSidecar('more'), ...all] })).rejects.toThrow(
      'none left in the configured range [21000, 21255]',
    );
    await local.close();
  });

  test('of many services lets the event loop serve others', async () => {
    const { own, port, local } = await localOnFakes();
    const services = Array.from({ length: 1_000 }, (_, i) => ({ ...web, ID: `web-${i}` }));
    let turnsCount = 0;
    let isRead = false;
    const turn = (): void => {
      turnsCount += 1;
      if (!isRead) setImmediate(turn);
    };
    setImmediate(turn);
    const definitions = { services, checks: [] };
    const apply = await local.prepareReload({ own, definitions, discardsOutput: false });
    isRead = true;
    // At most 64 in one turn.
    expect(turnsCount).toBeGreaterThan(1_000 / 64);
    await apply();
    expect(port.services().size).toBe(1_000);
    await local.close();
  });

  test('that is refused changes nothing', async () => {
    const { port, reload, local } = await localOnFakes({ definitions: start });
    const before = [...port.services().values(), ...port.checks().values()];
    const bad = { services: [{ ...web, Port: 7 }], checks: [{ Name: 'x' }] };
    await expect(async () => reload(bad)).rejects.toThrow("Failed to register check 'x'");
    // The check of a service that goes with this reload has no service.
    const lost = { services: [web], checks: [{ Name: 'y', TTL: '1s', ServiceID: 'db' }] };
    await expect(async () => reload(lost)).rejects.toThrow('ServiceID "db" does not exist');
    expect([...port.services().values(), ...port.checks().values()]).toEqual(before);
    await local.close();
  });

  test('moves a check between the node and a service', async () => {
    const { inCatalog, reload, local } = await localOnFakes({ definitions: start });
    await reload({ ...start, checks: [{ Name: 'disk', TTL: '1m', ServiceID: 'db' }] });
    const disk = (await inCatalog.checks()).find(({ CheckID }) => CheckID === 'disk');
    expect(disk).toMatchObject({ ServiceID: 'db', ServiceName: 'db' });
    await local.close();
  });

  test('gives the node other metadata', async () => {
    const { catalog, local, own } = await localOnFakes({ definitions: start });
    const NodeMeta = { ...own.NodeMeta, rack: '7' };
    const definitions = { services: [], checks: [] };
    const apply = await local.prepareReload({
      own: { ...own, NodeMeta },
      definitions,
      discardsOutput: false,
    });
    await apply();
    const request = { Datacenter: 'dc1', Node: 'me' };
    const { NodeServices } = await catalog.rpc.call('Catalog.NodeServiceList', request, {
      authority: everything,
    });
    expect(NodeServices.Node?.Meta).toEqual(NodeMeta);
    await local.close();
  });
});
