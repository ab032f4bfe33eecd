import type { AdmissionCandidate, Member } from '@hobnob/gossip';
import { expect, test } from 'vitest';
import { member, serverTags } from '../../test/fake-gossip.ts';
import { buildTag } from '../version.ts';
import { lanAdmission, mixedServersAdmission, wanAdmission } from './admission.ts';
import type { KnownMembers } from './members-by-id.ts';

const self = {
  nodeName: 'me',
  nodeId: 'aaaaaaaa-0000-0000-0000-000000000000',
  datacenter: 'dc1',
  server: false,
  address: '10.0.0.9',
};
const lan = lanAdmission(self, knowing());

function knowing(...members: readonly Member[]): KnownMembers {
  return {
    has: (name) => members.some((known) => known.name === name),
    withId: (id) => members.filter(({ tags }) => tags['id'] === id),
  };
}

function candidate(
  name: string,
  tags: Readonly<Record<string, string>>,
  status: AdmissionCandidate['status'] = 'alive',
): AdmissionCandidate {
  return { ...member(name), tags, status };
}

const client = (over: Record<string, string> = {}) => ({
  role: 'node',
  dc: 'dc1',
  build: '1.8.7:',
  id: 'x',
  ...over,
});

test('servers and clients of our datacenter are welcome', () => {
  const list = [
    candidate('s1', serverTags()),
    candidate('c1', client()),
    candidate('c2', client({ id: 'y' })),
  ];
  expect(lan(list)).toBeUndefined();
});

test('another datacenter is refused', () => {
  expect(lan([candidate('s1', serverTags({ dc: 'dc2' }))])).toBe(
    "Member 's1' part of wrong datacenter 'dc2'",
  );
  expect(lan([candidate('c1', client({ dc: 'dc2' }))])).toBe("Member 'c1' part of wrong datacenter 'dc2'");
});

test('another segment is refused', () => {
  expect(lan([candidate('c1', client({ segment: 'alpha' }))])).toBe(
    "Member 'c1' part of wrong segment 'alpha' (expected '')",
  );
});

test('our id under another name is refused', () => {
  expect(lan([candidate('c1', client({ id: self.nodeId }))])).toBe(
    `Member 'c1' has conflicting node ID '${self.nodeId}' with this agent's ID`,
  );
  expect(lan([candidate('c1', client({ id: self.nodeId.toUpperCase() }))])).toContain("with this agent's ID");
});

test('one id under two names is refused', () => {
  expect(lan([candidate('c1', client()), candidate('c2', client())])).toBe(
    "Member 'c2' has conflicting node ID 'x' with member 'c1'",
  );
});

test('a newcomer with the id of a member that we know is refused, also of one that has failed', () => {
  for (const status of ['alive', 'failed'] as const) {
    const judge = lanAdmission(self, knowing(member('c1', { tags: client(), status })));
    expect(judge([candidate('clone', client({ id: 'X' }))])).toBe(
      "Member 'clone' has conflicting node ID 'x' with member 'c1'",
    );
    expect(judge([candidate('c1', client())])).toBeUndefined();
    expect(judge([candidate('other', client({ id: 'y' }))])).toBeUndefined();
  }
});

test('an id is free when its owner has left, and both who share one already may go on', () => {
  const gone = lanAdmission(self, knowing(member('c1', { tags: client(), status: 'left' })));
  expect(gone([candidate('c2', client())])).toBeUndefined();
  const both = lanAdmission(
    self,
    knowing(member('c1', { tags: client() }), member('c2', { tags: client() })),
  );
  expect(both([candidate('c2', client())])).toBeUndefined();
  expect(both([candidate('c1', client())])).toBeUndefined();
});

test('before Consul 0.8.5 two agents could share an id', () => {
  const old = client({ build: '0.8.4:abc' });
  expect(lan([candidate('c1', old), candidate('c2', old)])).toBeUndefined();
});

test('members that left hold neither ids nor datacenters', () => {
  const left = [
    candidate('c1', client({ id: self.nodeId }), 'left'),
    candidate('c2', client({ dc: 'dc2' }), 'left'),
  ];
  expect(lan(left)).toBeUndefined();
});

test('foreign members without Consul tags are admitted', () => {
  expect(lan([candidate('serf', { role: 'web' }), candidate('bare', {})])).toBeUndefined();
});

test('our name at another address under another id is refused', () => {
  expect(lan([candidate('me', client())])).toBe(
    "the agents at 10.0.0.9 and 10.0.0.1 are both named 'me': start the newcomer with another -node",
  );
});

test('our name is ours after a restart: same id, same address, or long gone', () => {
  expect(lan([candidate('me', client({ id: self.nodeId }))])).toBeUndefined();
  expect(
    lan([{ ...candidate('me', client()), address: { host: self.address, port: 8301 } }]),
  ).toBeUndefined();
  expect(lan([candidate('me', client(), 'dead')])).toBeUndefined();
});

test('our server refuses real servers of its datacenter, even failed ones, but no others', () => {
  const mixed = mixedServersAdmission({ ...self, server: true });
  const sentence =
    "Member 's1' at 10.0.0.1 is a real Consul server of this datacenter: run this agent as a client (without -server), or use a pool of its own";
  expect(mixed([candidate('s1', serverTags())])).toBe(sentence);
  expect(mixed([candidate('s1', serverTags(), 'dead')])).toBe(sentence);
  expect(mixed([candidate('s1', serverTags(), 'left')])).toBeUndefined();
  expect(mixed([candidate('s1', serverTags({ build: buildTag }))])).toBeUndefined();
  expect(mixed([candidate('s1', serverTags({ dc: 'dc2' }))])).toBeUndefined();
  expect(mixed([candidate('c1', client())])).toBeUndefined();
});

test('our client lives with real servers', () => {
  expect(mixedServersAdmission(self)([candidate('s1', serverTags())])).toBeUndefined();
});

test('the WAN holds servers only', () => {
  expect(
    wanAdmission([candidate('s1.dc1', serverTags()), candidate('s2.dc2', serverTags({ dc: 'dc2' }))]),
  ).toBeUndefined();
  expect(wanAdmission([candidate('c1', client())])).toBe("Member 'c1' is not a server");
  const { port: _port, ...noPort } = serverTags();
  const { build: _build, ...noBuild } = serverTags();
  expect(wanAdmission([candidate('s1', noPort)])).toBe("Member 's1' is not a server");
  expect(wanAdmission([candidate('s1', noBuild)])).toBe("Member 's1' is not a server");
});
