import { readdirSync } from 'node:fs';
import { formatAddress } from '@hobnob/gossip';
import { expect, test, vi } from 'vitest';
import { recordingLogger } from '../../test/recording-logger.ts';
import { AgentClientError } from '../client/client.ts';
import { createTestAgent } from './test-agent.ts';

/** Agents on real sockets: what the test of an application gets. */

const answerOf = async (url: string): Promise<unknown> => (await fetch(url)).json();

test('the first request finds a leader, the node with its addresses, and its passing serfHealth', async () => {
  await using consul = await createTestAgent();
  const { nodeName } = consul.agent.config;
  expect(await answerOf(`${consul.httpAddress}/v1/status/leader`)).toBe('127.0.0.1:8300');
  expect(await answerOf(`${consul.httpAddress}/v1/catalog/node/${nodeName}`)).toMatchObject({
    Node: {
      ID: consul.agent.nodeId,
      Node: nodeName,
      TaggedAddresses: { lan: '127.0.0.1', lan_ipv4: '127.0.0.1' },
    },
    Services: { consul: { ID: 'consul' } },
  });
  expect(await answerOf(`${consul.httpAddress}/v1/health/node/${nodeName}`)).toMatchObject([
    { CheckID: 'serfHealth', Status: 'passing' },
  ]);
});

test('the client talks to this agent', async () => {
  await using consul = await createTestAgent();
  const { Config } = await consul.client.self();
  expect(Config).toMatchObject({ NodeName: consul.agent.config.nodeName, Server: true });
});

test('several run at once, on ports and with names of their own, and join each other', async () => {
  const agents = await Promise.all([
    createTestAgent(),
    createTestAgent({ server: false }),
    createTestAgent({ server: false }),
  ]);
  try {
    const [server, ...clients] = agents;
    expect(new Set(agents.map(({ httpAddress }) => httpAddress)).size).toBe(3);
    for (const { agent } of clients) await agent.join([formatAddress(server.agent.lan.bindAddress)]);
    const names = agents.map(({ agent }) => agent.config.nodeName).toSorted();
    expect((await server.client.members()).map(({ Name }) => Name).toSorted()).toEqual(names);
  } finally {
    await Promise.all(agents.map((one) => one.close()));
  }
});

test('options override the defaults, a single port leaves the others free', async () => {
  await using first = await createTestAgent();
  const { port } = first.agent.lan.bindAddress;
  await first.close();
  await using consul = await createTestAgent({
    nodeName: 'db-1',
    datacenter: 'dc9',
    nodeMeta: { rack: 'r1' },
    ports: { serfLan: port },
  });
  expect(consul.agent.lan.bindAddress.port).toBe(port);
  const { Config, Meta } = await consul.client.self();
  expect(Config).toMatchObject({ NodeName: 'db-1', Datacenter: 'dc9' });
  expect(Meta).toMatchObject({ rack: 'r1' });
});

test('the logger and the signal of the runtime are passed on', async () => {
  const { lines, ...logger } = recordingLogger();
  await using consul = await createTestAgent({}, { logger });
  await consul.close();
  expect(JSON.stringify(lines)).toContain('Started HTTP server');
  const reason = new Error('the test is over');
  await expect(createTestAgent({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test('an agent without HTTP is refused before anything starts', async () => {
  await expect(createTestAgent({ ports: { http: -1 } })).rejects.toMatchObject({ code: 'AGENT_CONFIG' });
});

test('closing twice is one close, and nothing answers afterwards', async () => {
  const consul = await createTestAgent();
  await Promise.all([consul.close(), consul.close(), consul[Symbol.asyncDispose]()]);
  expect(await consul.agent.stopped).toEqual({ reason: 'closed' });
  await expect(consul.client.self()).rejects.toThrow(AgentClientError);
});

test('a coordinate is entered after 100 ms, as in the development mode of Consul', async () => {
  await using consul = await createTestAgent();
  const { nodeName } = consul.agent.config;
  const Coord = { Vec: [0, 0, 0, 0, 0, 0, 0, 0], Error: 1.5, Adjustment: 0, Height: 0 };
  await fetch(`${consul.httpAddress}/v1/coordinate/update`, {
    method: 'PUT',
    body: JSON.stringify({ Node: nodeName, Coord }),
  });
  const read = async () => (await fetch(`${consul.httpAddress}/v1/coordinate/node/${nodeName}`)).status;
  // Other agents take five seconds.
  await vi.waitFor(async () => expect(await read()).toBe(200), { timeout: 4000, interval: 20 });
});

test('no file is written', async () => {
  const before = readdirSync('.').toSorted();
  await using consul = await createTestAgent();
  expect(consul.agent.config.dataDir).toBe('');
  await consul.close();
  expect(readdirSync('.').toSorted()).toEqual(before);
});
