import { GossipError, SeedError } from '@hobnob/gossip';
import { afterEach, expect, test } from 'vitest';
import { agentOnFakes, closeAgents } from '../../test/agent-on-fakes.ts';
import { type FakeGossip, member, serverTags } from '../../test/fake-gossip.ts';

afterEach(closeAgents);

function lanOf(pools: readonly FakeGossip[]): FakeGossip {
  const lan = pools.find(({ name }) => name === 'me');
  if (lan === undefined) throw new Error('no LAN was opened');
  return lan;
}

test('a first join that fails ends the start, and everything is closed again', async () => {
  const { started, pools, lines } = agentOnFakes(
    { lanJoin: { startJoin: ['10.0.0.9'] } },
    {
      prepare: (gossip) => {
        const address = { host: '10.0.0.9', port: 8301 };
        const cause = new AggregateError([new SeedError('SEED_REFUSED', '10.0.0.9', 'no', { address })]);
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

test('a joiner with the node id of another member is refused by agents that know that member', async () => {
  const { started, pools } = agentOnFakes({});
  await started;
  const lan = lanOf(pools);
  lan.appear(member('owner', { tags: serverTags() }));
  const clone = { ...member('clone', { tags: serverTags({ role: 'node' }) }), status: 'alive' } as const;
  expect(lan.options.admission?.([clone])).toContain('conflicting node ID');
  expect(lan.options.admission?.([clone])).toContain("with member 'owner'");
});

test('our server probes a pool before it joins, and does not join real servers', async () => {
  const { started, pools } = agentOnFakes(
    { server: true, lanJoin: { startJoin: ['10.0.0.1'] } },
    {
      prepare: (gossip) => {
        gossip.found = [member('s1', { tags: serverTags() })];
      },
    },
  );
  await expect(started).rejects.toMatchObject({
    code: 'AGENT_MIXED_SERVERS',
    message:
      "1 error occurred:\n\t* Failed to join 10.0.0.1: Member 's1' at 10.0.0.1 is a real Consul server of this datacenter: run this agent as a client (without -server), or use a pool of its own\n\n",
  });
  const lan = pools.find(({ name }) => name === 'me');
  expect(lan?.calls).toEqual(['probePool 10.0.0.1', 'close']);
});

test('our server joins its own kind through the addresses that answered, as a server from the start', async () => {
  const { started, pools } = agentOnFakes({ server: true });
  const agent = await started;
  const lan = lanOf(pools);
  lan.found = [member('s1', { tags: serverTags({ build: '1.8.7:hobnob-1.0.0' }) })];
  await agent.join(['10.0.0.1']);
  expect(lan.calls).toEqual(['probePool 10.0.0.1', 'join 10.0.0.1:8301']);
  expect(lan.tagHistory).toEqual([]);
  expect(lan.options.tags?.['role']).toBe('consul');
});

test.each([
  ['a real server that has left', { server: true }, { status: 'left' }, {}],
  ['a real server of another datacenter on the WAN', { server: true }, {}, { dc: 'dc2' }],
] as const)('%s refuses no member', async (_, options, over, tags) => {
  const { started, pools } = agentOnFakes(options);
  const agent = await started;
  const pool = Object.hasOwn(tags, 'dc') ? 'wan' : 'lan';
  const gossip = pool === 'lan' ? lanOf(pools) : pools.find(({ name }) => name === 'me.dc1');
  if (gossip === undefined) throw new Error('no WAN was opened');
  gossip.found = [member('s1', { tags: serverTags(tags), ...over })];
  expect(await agent.join(['10.0.0.1'], { pool })).toBe(1);
});

test('a client does not probe the pool, and accepts real servers', async () => {
  const { started, pools } = agentOnFakes({ server: false });
  const agent = await started;
  const lan = lanOf(pools);
  lan.found = [member('s1', { tags: serverTags() })];
  expect(await agent.join(['10.0.0.1'])).toBe(1);
  expect(lan.calls).toEqual(['join 10.0.0.1']);
});

test('real servers that appear between probe and join are refused by admission', async () => {
  const { started, pools } = agentOnFakes({ server: true });
  const agent = await started;
  const lan = lanOf(pools);
  const join = lan.join.bind(lan);
  lan.join = (seeds) => {
    lan.found = [member('s1', { tags: serverTags() })];
    return join(seeds);
  };
  await expect(agent.join(['10.0.0.1'])).rejects.toMatchObject({ code: 'AGENT_MIXED_SERVERS' });
});

test('a name conflict during a join is a refusal', async () => {
  const at = (host: string) => ({ host, port: 8301 });
  const { started, pools } = agentOnFakes({});
  const agent = await started;
  const [lan] = pools;
  if (lan === undefined) throw new Error('no pool was opened');
  lan.join = async () => {
    lan.emit({ type: 'member-conflict', name: 'me', existing: at('127.0.0.1'), claimed: at('10.0.0.1') });
    throw new GossipError('GOSSIP_NOT_ADMITTED', 'the name is taken');
  };
  await expect(agent.join(['10.0.0.1'])).rejects.toMatchObject({
    code: 'AGENT_REFUSED',
    message: "the name 'me' belongs to the member at 10.0.0.1: give this agent another one with -node",
  });
});

test('a claim of its name by another during a join that succeeds is no refusal', async () => {
  const at = (host: string) => ({ host, port: 8301 });
  const { started, pools } = agentOnFakes({});
  const agent = await started;
  const lan = lanOf(pools);
  lan.join = async () => {
    lan.emit({ type: 'member-conflict', name: 'me', existing: at('127.0.0.1'), claimed: at('10.0.0.1') });
    return { joinedCount: 1, failures: [] };
  };
  expect(await agent.join(['10.0.0.1'])).toBe(1);
});

test('only servers join the WAN', async () => {
  const agent = await agentOnFakes({}).started;
  await expect(agent.join(['10.0.0.1'], { pool: 'wan' })).rejects.toMatchObject({
    code: 'AGENT_NO_WAN',
    message: 'Must be a server to join WAN cluster',
  });
});
