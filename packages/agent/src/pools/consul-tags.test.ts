import { expect, test } from 'vitest';
import { member, serverTags } from '../../test/fake-gossip.ts';
import { buildTag } from '../version.ts';
import { consulServerOf, describeServer } from './consul-server.ts';
import { consulTags, poolMemberName, type TagFacts } from './consul-tags.ts';

const id = '4c6360e1-febd-78a4-eb58-8626e23f50c4';
const facts = (over: Partial<TagFacts> = {}): TagFacts => ({
  server: true,
  datacenter: 'dc1',
  bootstrap: false,
  bootstrapExpect: 0,
  protocol: 2,
  raftProtocol: 3,
  ports: { http: 8500, https: -1, dns: 8600, grpc: -1, serfLan: 8301, serfWan: 8302, server: 8300 },
  ...over,
});

test('a bootstrap server announces what Consul 1.8.7 does, and its own build', () => {
  expect(consulTags(facts({ bootstrap: true }), id, 'lan')).toEqual({
    acls: '0',
    bootstrap: '1',
    build: buildTag,
    dc: 'dc1',
    ft_fs: '1',
    id,
    port: '8300',
    raft_vsn: '3',
    role: 'consul',
    segment: '',
    vsn: '2',
    vsn_max: '3',
    vsn_min: '2',
    wan_join_port: '8302',
  });
});

test('a client announces what Consul 1.8.7 does', () => {
  expect(consulTags(facts({ server: false }), id, 'lan')).toEqual({
    acls: '0',
    build: buildTag,
    dc: 'dc1',
    id,
    role: 'node',
    segment: '',
    vsn: '2',
    vsn_max: '3',
    vsn_min: '2',
  });
});

test('wan_join_port is for the LAN, and only with a WAN', () => {
  expect(consulTags(facts(), id, 'wan')).not.toHaveProperty('wan_join_port');
  const noWan = facts({ ports: { ...facts().ports, serfWan: -1 } });
  expect(consulTags(noWan, id, 'lan')).not.toHaveProperty('wan_join_port');
});

test('expect is announced from two servers on', () => {
  expect(consulTags(facts({ bootstrapExpect: 3 }), id, 'lan')).toMatchObject({ expect: '3' });
  expect(consulTags(facts({ bootstrapExpect: 1 }), id, 'lan')).not.toHaveProperty('expect');
});

test('the build tag is a Consul version followed by who we are', () => {
  expect(buildTag).toMatch(/^1\.8\.7:hobnob-\d+\.\d+\.\d+/);
});

test('a WAN name ends in the datacenter', () => {
  const config = { nodeName: 's1', datacenter: 'dc1' };
  expect([poolMemberName(config, 'lan'), poolMemberName(config, 'wan')]).toEqual(['s1', 's1.dc1']);
});

test('real and own servers are recognized', () => {
  expect(consulServerOf(member('s1', { tags: serverTags() }))).toMatchObject({
    rpcPort: 8300,
    wanJoinPort: 8302,
  });
  expect(consulServerOf(member('s1', { tags: consulTags(facts(), id, 'wan') }))).toMatchObject({ id });
});

test.each([
  ['a client', { role: 'node' }],
  ['no number for a port', { port: 'x' }],
  ['no number for a version', { vsn: '' }],
  ['a broken wan_join_port', { wan_join_port: 'x' }],
  ['a broken raft_vsn', { raft_vsn: 'x' }],
  ['a broken expect', { expect: 'x' }],
  ['a build without a version', { build: 'dev' }],
])('%s is no server', (_what, tags) => {
  expect(consulServerOf(member('s1', { tags: serverTags(tags) }))).toBeUndefined();
});

test('servers are described as in the log of Consul, on the WAN too', () => {
  const lan = consulServerOf(member('s1', { tags: serverTags() }));
  const wan = consulServerOf(member('s1.dc1', { tags: serverTags(), address: { host: '::1', port: 8302 } }));
  expect(lan && describeServer(lan)).toBe('s1 (Addr: tcp/10.0.0.1:8300) (DC: dc1)');
  expect(wan && describeServer(wan)).toBe('s1 (Addr: tcp/[::1]:8300) (DC: dc1)');
});
