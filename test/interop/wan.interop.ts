import { describe, expect, test } from 'vitest';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';
import { consulClientTags, fastTiming } from './pools.ts';

const addresses = new LoopbackAddresses(6);

/** What the WAN pool expects of a server. */
function serverOptions(name: string, tags: Readonly<Record<string, string>> = {}) {
  const server = { role: 'consul', port: '8300', raft_vsn: '3', ft_fs: '1', ...tags };
  const timing = fastTiming;
  return {
    name,
    profile: 'wan',
    port: 8302,
    serfProtocol: 4,
    timing,
    tags: consulClientTags(name, server),
  } as const;
}

describe.runIf(peersFolder !== undefined)('the WAN pool of real Consul servers', { concurrent: true }, () => {
  test('our server of a second datacenter joins it, and both real datacenters list it', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const [first, third] = await Promise.all([
      peers.consul({ name: 'first', datacenter: 'dc1' }),
      peers.consul({ name: 'third', datacenter: 'dc3' }),
    ]);
    const ours = await peers.hobnob(serverOptions('ours.dc2', { dc: 'dc2' }));
    await ours.join(first.wanAddress);
    await third.joinWan(ours.address);
    for (const server of [first, third]) {
      await peers.waitUntil(`${server.name} lists three datacenters`, async () => {
        const datacenters = await server.http<string[]>('/v1/catalog/datacenters');
        return datacenters.toSorted().join() === 'dc1,dc2,dc3';
      });
      await peers.waitUntil(`${server.name} sees three servers alive`, async () => {
        const members = await server.wanMembers();
        return members.length === 3 && members.every((member) => member.status === 'alive');
      });
    }
    const names = ours.gossip.members().map((member) => `${member.name} ${member.status}`);
    expect(names).toEqual(['first.dc1 alive', 'ours.dc2 alive', 'third.dc3 alive']);
  });

  test('our server that is killed is failed there, and one that leaves is left', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const first = await peers.consul({ name: 'first', datacenter: 'dc1' });
    const killed = await peers.hobnobProcess(serverOptions('killed.dc2', { dc: 'dc2' }));
    const leaver = await peers.hobnob(serverOptions('leaver.dc2', { dc: 'dc2' }));
    const wanStatus = async (name: string) =>
      (await first.wanMembers()).find((member) => member.name === name)?.status;
    for (const peer of [killed, leaver]) await peer.join(first.wanAddress);
    for (const { name } of [killed, leaver]) {
      await peers.waitUntil(`${name} is alive`, async () => (await wanStatus(name)) === 'alive');
    }
    await killed.crash();
    await peers.waitUntil('the killed one failed', async () => (await wanStatus(killed.name)) === 'failed', {
      timeoutMs: 40_000,
    });
    await leaver.leave();
    await peers.waitUntil('the leaver left', async () => (await wanStatus(leaver.name)) === 'left');
  });

  test.for([
    ['a client', { role: 'node' }],
    ['a server that names no port', { port: '' }],
    ['a server without a build', { build: '' }],
  ] as const)('%s is refused', async ([, tags], { onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const first = await peers.consul({ name: 'first', datacenter: 'dc1' });
    const ours = await peers.hobnob(serverOptions('ours.dc2', { dc: 'dc2', ...tags }));
    await expect(ours.join(first.wanAddress)).rejects.toMatchObject({ code: 'GOSSIP_NOT_ADMITTED' });
    expect((await first.wanMembers()).map((member) => member.name)).toEqual(['first.dc1']);
  });
});
