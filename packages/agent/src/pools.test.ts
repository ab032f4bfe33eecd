import { GossipError } from '@hobnob/gossip';
import { afterEach, expect, test } from 'vitest';
import { agentOnFakes, closeAgents } from '../test/agent-on-fakes.ts';
import { member, serverTags } from '../test/fake-gossip.ts';

afterEach(closeAgents);

test('a first join that fails ends the start, and everything is closed again', async () => {
  const { started, pools, lines } = agentOnFakes(
    { lanJoin: { startJoin: ['10.0.0.9'] } },
    {
      prepare: (gossip) => {
        const cause = new AggregateError([new Error('10.0.0.9:8301: connect ECONNREFUSED 10.0.0.9:8301')]);
        gossip.found = new GossipError('GOSSIP_JOIN_FAILED', 'no', { cause });
      },
    },
  );
  await expect(started).rejects.toMatchObject({
    code: 'AGENT_JOIN',
    message:
      '1 error occurred:\n\t* Failed to join 10.0.0.9: dial tcp 10.0.0.9:8301: connect: connection refused\n\n',
  });
  expect(pools.every(({ isClosed }) => isClosed)).toBe(true);
  expect(lines).toContain('INFO agent: (LAN) joining {"lan_addresses":["10.0.0.9"]}');
});

test('a pool of another datacenter is named as the reason', async () => {
  const { started } = agentOnFakes(
    { lanJoin: { startJoin: ['10.0.0.1'] } },
    {
      prepare: (gossip) => {
        gossip.found = [member('s1', { tags: serverTags({ dc: 'dc9' }) })];
      },
    },
  );
  await expect(started).rejects.toMatchObject({
    code: 'AGENT_REFUSED',
    message: "1 error occurred:\n\t* Failed to join 10.0.0.1: Member 's1' part of wrong datacenter 'dc9'\n\n",
  });
});

test('our server never shows itself as one to real servers', async () => {
  const { started, pools } = agentOnFakes(
    { server: true, lanJoin: { startJoin: ['10.0.0.1'] } },
    {
      prepare: (gossip) => {
        gossip.found = [member('s1', { tags: serverTags() })];
      },
    },
  );
  await expect(started).rejects.toMatchObject({ code: 'AGENT_MIXED_SERVERS' });
  const lan = pools.find(({ name }) => name === 'me');
  expect(lan?.tagHistory).toHaveLength(1);
  expect(lan?.tagHistory[0]).not.toHaveProperty('role');
});

test('our server becomes one once it knows whom it met', async () => {
  const { started, pools } = agentOnFakes(
    { server: true, lanJoin: { startJoin: ['10.0.0.1'] } },
    {
      prepare: (gossip) => {
        if (gossip.name === 'me')
          gossip.found = [member('s1', { tags: serverTags({ build: '1.8.7:hobnob-1.0.0' }) })];
      },
    },
  );
  await started;
  const lan = pools.find(({ name }) => name === 'me');
  expect(lan?.tagHistory.map((tags) => tags['role'])).toEqual([undefined, 'consul']);
});

test('a server that met real ones stays undecided, and says so', async () => {
  const { started, pools, lines } = agentOnFakes({ server: true });
  const agent = await started;
  const lan = pools.find(({ name }) => name === 'me');
  if (lan === undefined) throw new Error('no LAN was opened');
  lan.found = [member('s1', { tags: serverTags() })];
  await expect(agent.join(['10.0.0.1'])).rejects.toMatchObject({ code: 'AGENT_MIXED_SERVERS' });
  lan.found = [];
  await agent.join(['10.0.0.2']);
  expect(lan.tagHistory.some((tags) => tags['role'] === 'consul')).toBe(false);
  expect(lines).toContain(
    'ERROR agent.server: met real Consul servers, so this server stays out of service until it is restarted',
  );
});

test('a join that is given up leaves the server what it was', async () => {
  const { started, pools } = agentOnFakes({ server: true });
  const agent = await started;
  const lan = pools.find(({ name }) => name === 'me');
  if (lan === undefined) throw new Error('no LAN was opened');
  const stop = new AbortController();
  lan.join = async () => {
    stop.abort(new Error('enough'));
    throw stop.signal.reason;
  };
  await expect(agent.join(['10.0.0.1'], { signal: stop.signal })).rejects.toThrow('enough');
  expect(lan.member('me')?.tags['role']).toBe('consul');
});

test('a name conflict during a join is a refusal', async () => {
  const at = (host: string) => ({ host, port: 8301 });
  const { started, pools } = agentOnFakes({});
  const agent = await started;
  const [lan] = pools;
  if (lan === undefined) throw new Error('no pool was opened');
  lan.join = async () => {
    lan.emit({ type: 'member-conflict', name: 'me', existing: at('127.0.0.1'), claimed: at('10.0.0.1') });
    return { joinedCount: 1, failures: [] };
  };
  await expect(agent.join(['10.0.0.1'])).rejects.toMatchObject({
    code: 'AGENT_REFUSED',
    message: "the name 'me' belongs to the member at 10.0.0.1: give this agent another one with -node",
  });
});

test('only servers join the WAN', async () => {
  const agent = await agentOnFakes({}).started;
  await expect(agent.join(['10.0.0.1'], { pool: 'wan' })).rejects.toMatchObject({
    code: 'AGENT_NO_WAN',
    message: 'Must be a server to join WAN cluster',
  });
});
