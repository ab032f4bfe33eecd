import { describe, expect, test } from 'vitest';
import type { ConsulPeer } from './consul-agent.ts';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';
import { consulClientTags, fastTiming, nodeIdOf } from './pools.ts';

const addresses = new LoopbackAddresses(5);

interface CatalogNode {
  readonly ID: string;
  readonly Node: string;
  readonly Address: string;
}

interface HealthCheck {
  readonly CheckID: string;
  readonly Status: string;
}

/** What the pool of a Consul datacenter expects of a client. */
function clientOptions(name: string, tags: Readonly<Record<string, string>> = {}) {
  const timing = fastTiming;
  return {
    name,
    profile: 'lan',
    port: 8301,
    serfProtocol: 4,
    timing,
    tags: consulClientTags(name, tags),
  } as const;
}

async function catalogNode(server: ConsulPeer, name: string): Promise<CatalogNode | undefined> {
  return (await server.http<CatalogNode[]>('/v1/catalog/nodes')).find((node) => node.Node === name);
}

async function serfHealth(server: ConsulPeer, name: string): Promise<string | undefined> {
  const checks = await server.http<HealthCheck[]>(`/v1/health/node/${name}`);
  return checks.find((check) => check.CheckID === 'serfHealth')?.Status;
}

describe.runIf(peersFolder !== undefined)('a real Consul datacenter', { concurrent: true }, () => {
  test('its leader puts our client into the catalog with a passing serfHealth, critical when it is killed', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const server = await peers.consul({ name: 'server' });
    const ours = await peers.hobnobProcess(clientOptions('ours'));
    await ours.join(server.address);
    const node = await peers.waitUntil('ours is in the catalog', () => catalogNode(server, 'ours'));
    expect(node).toMatchObject({ ID: nodeIdOf('ours'), Address: ours.address.split(':')[0] });
    await peers.waitUntil('serfHealth passes', async () => (await serfHealth(server, 'ours')) === 'passing');
    await ours.crash();
    await peers.waitUntil(
      'serfHealth is critical',
      async () => (await serfHealth(server, 'ours')) === 'critical',
      {
        timeoutMs: 30_000,
      },
    );
  });

  test('a client of ours that leaves is taken out of the catalog', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const server = await peers.consul({ name: 'server' });
    const ours = await peers.hobnob(clientOptions('ours'));
    await ours.join(server.address);
    await peers.waitUntil('ours is in the catalog', () => catalogNode(server, 'ours'));
    await ours.leave();
    await peers.waitUntil(
      'ours is out of the catalog',
      async () => (await catalogNode(server, 'ours')) === undefined,
    );
    await peers.waitForStatus(server, 'ours', 'left');
  });

  test.for([
    ['another datacenter', { dc: 'dc2' }],
    ['another segment', { segment: 'alpha' }],
    ['the id of the server', { id: nodeIdOf('server') }],
  ] as const)('a client with %s is refused, and says so', async ([, tags], { onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const server = await peers.consul({ name: 'server', config: { node_id: nodeIdOf('server') } });
    const ours = await peers.hobnob(clientOptions('ours', tags));
    await expect(ours.join(server.address)).rejects.toMatchObject({ code: 'GOSSIP_NOT_ADMITTED' });
    expect((await server.members()).map((member) => member.name)).toEqual(['server']);
  });

  test('a dead client of ours may come back at another address, but only after its name was protected', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const server = await peers.consul({ name: 'server' });
    const ours = await peers.hobnobProcess(clientOptions('ours'));
    await ours.join(server.address);
    await peers.waitForStatus(server, 'ours', 'alive');
    await ours.crash();
    await peers.waitForStatus(server, 'ours', 'failed', { timeoutMs: 30_000 });
    const failedAtMs = performance.now();
    const moved = await peers.hobnob(clientOptions('ours'));
    await expect(moved.join(server.address)).rejects.toMatchObject({ code: 'GOSSIP_NOT_ADMITTED' });
    await peers.waitForStatus(server, 'ours', 'failed');
    const join = () => moved.join(server.address).then(() => true);
    await peers.waitUntil('the new address is let in', join, { timeoutMs: 60_000, everyMs: 2000 });
    expect(performance.now() - failedAtMs).toBeGreaterThan(20_000);
    await peers.waitUntil('the server sees the new address', async () =>
      (await server.members()).some(
        (member) =>
          member.name === 'ours' && member.status === 'alive' && moved.address.startsWith(member.host),
      ),
    );
  });
});
