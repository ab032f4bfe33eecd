import { expect, test } from 'vitest';
import { register } from '../../test/requests.ts';
import { nodeInfo } from '../store/queries/nodes.ts';
import { Store } from '../store/store.ts';
import { commandForMember, commandsForMembers, type LanMember } from './members.ts';

const view = { datacenter: 'dc1', node: 'leader' };
const protocol = { min: 1, max: 5, current: 2 };

function member(name: string, rest: Partial<LanMember> = {}): LanMember {
  const tags = { role: 'node', dc: 'dc1', id: '', ...rest.tags };
  return { name, address: '10.0.0.1', status: 'alive', protocol, ...rest, tags };
}

const server = member('leader', {
  tags: {
    role: 'consul',
    port: '8300',
    raft_vsn: '3',
    build: '1.8.7:abc',
    id: 'aa000000-0000-0000-0000-000000000001',
  },
});

/** Applies what the members ask for, and returns how many commands that were. */
function reconcile(store: Store, members: readonly LanMember[]): number {
  const commands = commandsForMembers(store.tables, members, view);
  for (const command of commands) expect(store.apply(store.index + 1, command).error).toBeUndefined();
  return commands.length;
}

const statusOf = (store: Store, name: string) => nodeInfo(store.tables, name).value?.checks[0]?.Status;

test('alive members become nodes with a passing serfHealth, and servers with their service; then nothing is left to do', () => {
  const store = new Store();
  expect(reconcile(store, [server, member('n1')])).toBe(2);
  expect(nodeInfo(store.tables, 'leader').value).toMatchObject({
    node: { ID: 'aa000000-0000-0000-0000-000000000001', Address: '10.0.0.1', Datacenter: 'dc1' },
    services: [
      {
        ID: 'consul',
        Port: 8300,
        Meta: {
          non_voter: 'false',
          raft_version: '3',
          serf_protocol_current: '2',
          serf_protocol_min: '1',
          serf_protocol_max: '5',
          version: '1.8.7',
        },
      },
    ],
    checks: [
      {
        CheckID: 'serfHealth',
        Name: 'Serf Health Status',
        Status: 'passing',
        Output: 'Agent alive and reachable',
      },
    ],
  });
  expect(nodeInfo(store.tables, 'n1').value?.services).toEqual([]);
  expect(reconcile(store, [server, member('n1')])).toBe(0);
});

test('a failed member turns critical once, if the catalog has it; alive again it passes', () => {
  const store = new Store();
  const failed = member('n1', { status: 'failed' });
  expect(reconcile(store, [failed])).toBe(0);
  reconcile(store, [member('n1')]);
  expect(reconcile(store, [failed])).toBe(1);
  expect(statusOf(store, 'n1')).toBe('critical');
  expect(reconcile(store, [failed])).toBe(0);
  expect(reconcile(store, [member('n1')])).toBe(1);
  expect(statusOf(store, 'n1')).toBe('passing');
});

test('what an agent registered of its node stays when its address changes', () => {
  const store = new Store();
  store.apply(1, register({ node: 'n1', meta: { rack: '1' }, service: { Service: 'web' } }));
  expect(reconcile(store, [member('n1', { address: '10.0.0.9' })])).toBe(1);
  expect(nodeInfo(store.tables, 'n1').value).toMatchObject({
    node: { Address: '10.0.0.9', Meta: { rack: '1' } },
    services: [{ ID: 'web' }],
  });
});

test('members that left or are forgotten vanish, but not the leader, and not nodes from outside', () => {
  const store = new Store();
  reconcile(store, [server, member('n1'), member('n2')]);
  store.apply(store.index + 1, register({ node: 'outside' }));
  const left = [{ ...server, status: 'left' } as const, member('n1', { status: 'left' })];
  expect(reconcile(store, left)).toBe(2);
  const names = ['leader', 'n1', 'n2', 'outside'].filter(
    (name) => nodeInfo(store.tables, name).value !== undefined,
  );
  expect(names).toEqual(['leader', 'outside']);
});

test('members of another datacenter, and servers that do not say where they listen, are passed over', () => {
  const { tables } = new Store();
  const others = [
    member('n1', { tags: { dc: 'dc2' } }),
    member('n2', { tags: { role: 'consul' } }),
    member('n3', { tags: { role: 'odd' } }),
    member('n4', { status: 'leaving' }),
  ];
  expect(others.map((other) => commandForMember(tables, other, view))).toEqual(others.map(() => undefined));
});
