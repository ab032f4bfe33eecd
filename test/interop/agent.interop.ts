import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Agent, type AgentOptions, createAgent } from '@hobnob/agent';
import { describe, expect, test } from 'vitest';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';
import { fastTiming } from './pools.ts';

/** Our whole agent beside real Consul agents, and the rules of who may be in its pools. */

const addresses = new LoopbackAddresses(12);

type OnEnd = (dispose: () => Promise<void>) => void;

/** Starts our agent on an address of its own. */
async function startAgent(onEnd: OnEnd, options: AgentOptions): Promise<Agent> {
  const host = addresses.next();
  const dataDir = await mkdtemp(join(tmpdir(), 'hobnob-interop-'));
  onEnd(() => rm(dataDir, { recursive: true, force: true }));
  const timing = { lanTiming: fastTiming, wanTiming: fastTiming };
  const agent = await createAgent({ bindAddress: host, clientAddress: host, dataDir, ...timing, ...options });
  onEnd(() => agent.close());
  return agent;
}

const lanAddress = (agent: Agent) => `${agent.lan.advertiseAddress.host}:${agent.lan.advertiseAddress.port}`;
const namesOf = (agent: Agent) => agent.lan.members().map((member) => `${member.name} ${member.status}`);

async function get<T>(agent: Agent, path: string): Promise<T> {
  const response = await fetch(`${agent.httpAddresses[0]}${path}`);
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json() as Promise<T>;
}

describe.runIf(peersFolder !== undefined)('our agent beside real Consul', { concurrent: true }, () => {
  test('as a client it is taken into the catalog, lists the server, and is gone after leaving', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const server = await peers.consul({ name: 'server' });
    const agent = await startAgent(onTestFinished, { nodeName: 'ours' });
    await agent.join([server.address]);
    const inCatalog = async () =>
      (await server.http<{ Node: string; ID: string }[]>('/v1/catalog/nodes')).find(
        (node) => node.Node === 'ours',
      );
    const node = await peers.waitUntil('ours is in the catalog', inCatalog);
    expect(node.ID).toBe(agent.nodeId);
    const listed = await get<{ Name: string; Status: number }[]>(agent, '/v1/agent/members');
    expect(listed.map(({ Name, Status }) => `${Name} ${Status}`).toSorted()).toEqual(['ours 1', 'server 1']);
    await agent.leave();
    await peers.waitUntil('ours is out of the catalog', async () => (await inCatalog()) === undefined);
    await peers.waitForStatus(server, 'ours', 'left');
  });

  test('a real client joins through ours and finds the server', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const server = await peers.consul({ name: 'server' });
    const agent = await startAgent(onTestFinished, { nodeName: 'ours' });
    await agent.join([server.address]);
    const client = await peers.consul({ name: 'client', server: false });
    await client.join(lanAddress(agent));
    await peers.waitForStatus(server, 'client', 'alive');
    await peers.waitForStatus(client, 'server', 'alive');
    await peers.waitUntil(
      'ours sees all',
      () => namesOf(agent).join() === 'client alive,ours alive,server alive',
    );
  });

  test.for([
    ['a client of another datacenter', { datacenter: 'dc2' }],
    ['a node with our own id', { config: { node_id: '11111111-2222-3333-4444-555555555555' } }],
  ] as const)('%s that joins it is refused', async ([, options], { onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const nodeId = '11111111-2222-3333-4444-555555555555';
    const agent = await startAgent(onTestFinished, { nodeName: 'ours', nodeId });
    const friend = await peers.consul({ name: 'friend', server: false });
    const stranger = await peers.consul({ name: 'stranger', server: false, ...options });
    await stranger.join(lanAddress(agent)).catch((error: unknown) => error);
    await friend.join(lanAddress(agent));
    await peers.waitUntil('the friend is in', () => namesOf(agent).includes('friend alive'));
    expect(namesOf(agent)).toEqual(['friend alive', 'ours alive']);
  });

  test('as a server of a second datacenter it joins the WAN of a real one', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const server = await peers.consul({ name: 'server', datacenter: 'dc1' });
    const agent = await startAgent(onTestFinished, { nodeName: 'ours', server: true, datacenter: 'dc2' });
    await agent.join([server.wanAddress], { pool: 'wan' });
    await peers.waitUntil('the real server lists both datacenters', async () => {
      const datacenters = await server.http<string[]>('/v1/catalog/datacenters');
      return datacenters.toSorted().join() === 'dc1,dc2';
    });
    const wan = (agent.wan?.members() ?? []).map((member) => `${member.name} ${member.status}`);
    expect(wan).toEqual(['ours.dc2 alive', 'server.dc1 alive']);
  });

  test('as a server it refuses the LAN of real servers of its own datacenter, which never list it', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const server = await peers.consul({ name: 'server' });
    const agent = await startAgent(onTestFinished, { nodeName: 'ours', server: true });
    const linesBefore = server.log().length;
    await expect(agent.join([server.address])).rejects.toMatchObject({ code: 'AGENT_MIXED_SERVERS' });
    const viaHttp = await fetch(`${agent.httpAddresses[0]}/v1/agent/join/${server.address}`, {
      method: 'PUT',
    });
    expect(await viaHttp.text()).toContain('is a real Consul server of this datacenter');
    expect((await server.members()).map(({ name }) => name)).toEqual(['server']);
    expect(server.log().slice(linesBefore).join('\n')).not.toContain('ours');
    expect(namesOf(agent)).toEqual(['ours alive']);
    const raft = await server.http<{ Servers: { Node: string }[] }>('/v1/operator/raft/configuration');
    expect(raft.Servers.map((one) => one.Node)).toEqual(['server']);
  });
});
