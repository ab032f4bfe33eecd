import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GossipError } from '@hobnob/gossip';
import { afterEach, expect, test } from 'vitest';
import { agentOnFakes, closeAgents, settle } from '../../test/agent-on-fakes.ts';
import { member } from '../../test/fake-gossip.ts';
import { createClient } from '../client/client.ts';
import { createAgent } from './create-agent.ts';

afterEach(closeAgents);

test.each([
  [{ protocol: 9 }, "Failed to start Consul client: Protocol version '9' too high. Must be in range: [2, 3]"],
  [
    { protocol: 1, server: true },
    "Failed to start Consul server: Protocol version '1' too low. Must be in range: [2, 3]",
  ],
  [
    { raftProtocol: 9, server: true },
    'Failed to start Consul server: Failed to start Raft: Protocol version 9 must be >= 1 and <= 3',
  ],
  [
    { raftSnapshots: { intervalMs: 1 }, server: true },
    'Failed to start Consul server: Failed to start Raft: Snapshot interval is too low',
  ],
])('what Raft refuses opens nothing: %j', async (options, message) => {
  const { started, pools } = agentOnFakes(options);
  await expect(started).rejects.toMatchObject({ code: 'AGENT_CONFIG', message });
  expect(pools).toEqual([]);
});

test.each([
  [{}, '2'],
  [{ protocol: 0 }, '2'],
  [{ protocol: 3 }, '3'],
])('with %j it announces protocol %s', async (options, vsn) => {
  const { started, pools } = agentOnFakes(options);
  await started;
  expect(pools[0]?.options.tags?.['vsn']).toBe(vsn);
});

test('a client is on the LAN only, with the timings of Consul', async () => {
  const { started, pools } = agentOnFakes({});
  const agent = await started;
  expect(agent.wan).toBeUndefined();
  expect(pools.map(({ options }) => options)).toMatchObject([
    {
      name: 'me',
      profile: 'lan',
      serfProtocol: 4,
      bind: { host: '127.0.0.1', port: 8301 },
      advertise: { host: '127.0.0.1' },
      timing: {
        deadNodeReclaimMs: 30_000,
        leavePropagateDelayMs: 3_000,
        reconnectTimeoutMs: 259_200_000,
        queueDepthMin: 4_096,
        queueDepthWarning: 1_000_000,
        probeIntervalMs: 100,
      },
    },
  ]);
});

test('a server is on the LAN and the WAN, where its name has the datacenter', async () => {
  const { started, pools } = agentOnFakes({ server: true, datacenter: 'DC2' });
  const agent = await started;
  expect(pools.map(({ name }) => name).sort()).toEqual(['me', 'me.dc2']);
  expect(pools.find(({ name }) => name === 'me.dc2')?.options).toMatchObject({
    profile: 'wan',
    bind: { port: 8302 },
    timing: { gossipNodes: 3 },
    tags: { role: 'consul', id: agent.nodeId },
  });
});

test('a server without a WAN port stays off the WAN', async () => {
  const agent = await agentOnFakes({ server: true, ports: { http: -1, serfWan: -1 } }).started;
  expect(agent.wan).toBeUndefined();
});

test('the key encrypts both pools', async () => {
  const { started, pools } = agentOnFakes({ server: true, encrypt: 'pUqJrVyVRj5jsiYEkM/tFQ==' });
  await started;
  const encryption = { keys: ['pUqJrVyVRj5jsiYEkM/tFQ=='], verifyIncoming: true, verifyOutgoing: true };
  expect(pools.map(({ options }) => options.encryption)).toEqual([encryption, encryption]);
});

test('force-leave reaches both pools under their names', async () => {
  const { started, pools } = agentOnFakes({ server: true });
  const agent = await started;
  const [wan, lan] = pools;
  lan?.appear(member('s2', { status: 'failed' }));
  wan?.appear(member('s2.dc1', { status: 'failed' }));
  wan?.appear(member('s3.dc2', { status: 'failed' }));
  await agent.forceLeave('s2', { prune: true });
  await agent.forceLeave('s2.dc1');
  await agent.forceLeave('s3.dc2');
  expect(lan?.calls).toEqual(['force-leave s2 prune']);
  expect(wan?.calls).toEqual(['force-leave s2.dc1 prune', 'force-leave s2.dc1', 'force-leave s3.dc2']);
  await expect(agent.forceLeave('nosuch')).rejects.toMatchObject({
    code: 'AGENT_NO_SUCH_MEMBER',
    message: "agent: No node found with name 'nosuch'",
  });
});

test('a leave goes out in both pools at once, then the agent closes', async () => {
  const { started, pools } = agentOnFakes({ server: true });
  const agent = await started;
  await Promise.all([agent.leave(), agent.leave()]);
  expect(pools.map(({ calls }) => calls)).toEqual([
    ['leave', 'close'],
    ['leave', 'close'],
  ]);
  expect(await agent.stopped).toEqual({ reason: 'left' });
  await expect(agent.join(['10.0.0.1'])).rejects.toMatchObject({ code: 'AGENT_CLOSED' });
});

test('a leave that no pool completes ends after seven and a half seconds', async () => {
  const { started, clock, lines } = agentOnFakes(
    {},
    {
      prepare: (gossip) => {
        gossip.leaveTakes = new Promise(() => undefined);
      },
    },
  );
  const agent = await started;
  const left = agent.leave();
  await settle();
  clock.advance(7_499);
  await settle();
  expect(lines).not.toContain('INFO agent: shutdown complete');
  clock.advance(1);
  await left;
  expect(lines).toContain('WARN agent: Timeout on graceful leave. Exiting {"deadline_ms":7500}');
  expect(clock.pendingCount).toBe(0);
});

test('closing sends nothing, does no harm twice, and leaves no timer', async () => {
  const { started, pools, clock } = agentOnFakes(
    { server: true, lanJoin: { retryJoin: ['10.0.0.1'] } },
    {
      prepare: (gossip) => {
        gossip.found = new GossipError('GOSSIP_JOIN_FAILED', 'no');
      },
    },
  );
  const agent = await started;
  await settle();
  await Promise.all([agent.close(), agent.close(), agent[Symbol.asyncDispose]()]);
  expect(pools.map(({ calls }) => calls.at(-1))).toEqual(['close', 'close']);
  expect(pools.map(({ calls }) => calls.filter((call) => call === 'close').length)).toEqual([1, 1]);
  expect(await agent.stopped).toEqual({ reason: 'closed' });
  expect(clock.pendingCount).toBe(0);
});

test('when the retries are used up the agent stops and says why', async () => {
  const { started, clock } = agentOnFakes(
    { lanJoin: { retryJoin: ['10.0.0.1'], retryMaxAttempts: 1, retryIntervalMs: 1_000 } },
    {
      prepare: (gossip) => {
        gossip.found = new GossipError('GOSSIP_JOIN_FAILED', 'no answer');
      },
    },
  );
  const agent = await started;
  await settle();
  clock.advance(1_000);
  expect(await agent.stopped).toMatchObject({ reason: 'failed', error: { code: 'AGENT_JOIN' } });
});

test('over HTTP: members, join and a leave that is answered before the agent goes', async () => {
  const { started, pools } = agentOnFakes({ ports: { http: 0 } });
  const agent = await started;
  const client = createClient({ address: agent.httpAddresses[0] ?? '' });
  expect((await client.members()).map(({ Name }) => Name)).toEqual(['me']);
  expect(await client.members({ wan: true })).toEqual([]);
  expect(await client.self()).toMatchObject({
    Config: { NodeName: 'me', NodeID: agent.nodeId, Version: '1.8.7' },
    Stats: { serf_lan: { member_time: '7', failed: '4', health_score: '6', query_queue: '3' } },
    Meta: { 'consul-network-segment': '' },
  });
  await client.join('10.0.0.1');
  await client.leave();
  expect(await agent.stopped).toEqual({ reason: 'left' });
  expect(pools[0]?.calls).toEqual(['join 10.0.0.1', 'leave', 'close']);
  await expect(client.members()).rejects.toMatchObject({ code: 'CLIENT_CONNECTION' });
});

test('an HTTP port in use ends the start, and the pools are closed again', async () => {
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
  const address = squatter.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    const { started, pools } = agentOnFakes({ ports: { http: port } });
    await expect(started).rejects.toMatchObject({
      code: 'AGENT_BIND',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
    expect(pools.every(({ isClosed }) => isClosed)).toBe(true);
  } finally {
    await new Promise((resolve) => squatter.close(resolve));
  }
});

test('onPrepared is called before any pool opens, and an abort then stops the start', async () => {
  const stop = new AbortController();
  const dataDir = await mkdtemp(join(tmpdir(), 'hobnob-agent-'));
  try {
    let prepared = '';
    const started = createAgent(
      { dataDir, bindAddress: '127.0.0.1', nodeName: 'me' },
      {
        signal: stop.signal,
        onPrepared: ({ nodeId, config }) => {
          prepared = `${config.nodeName} ${nodeId.length}`;
          stop.abort(new Error('changed my mind'));
        },
        ports: { createGossip: () => Promise.reject(new Error('must not be called')) },
      },
    );
    await expect(started).rejects.toThrow('changed my mind');
    expect(prepared).toBe('me 36');
  } finally {
    await rm(dataDir, { recursive: true });
  }
});

test('the state of a Consul server is refused, with both ways out of it', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'hobnob-agent-'));
  try {
    await mkdir(join(dataDir, 'raft'));
    await writeFile(join(dataDir, 'raft', 'raft.db'), '');
    const { started } = agentOnFakes({ dev: false, server: true, bootstrap: true, dataDir });
    await expect(started).rejects.toMatchObject({
      code: 'AGENT_DATA_DIR',
      message: expect.stringContaining('move the folder raft away or start with another data_dir'),
    });
  } finally {
    await rm(dataDir, { recursive: true });
  }
});
