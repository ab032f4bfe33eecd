import { expect, test } from 'vitest';
import type { GossipEvent, UserEvent } from '../events.ts';
import { createTestCluster } from '../testing/create-test-cluster.ts';
import { formatAddress } from '../wire/address.ts';

/** Whether a value and all plain objects and lists in it are frozen. */
function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}

test('members, their list and all events are deeply frozen', async () => {
  await using cluster = await createTestCluster({
    nodes: 3,
    seed: 1,
    gossip: (name) => ({ tags: { role: name } }),
  });
  const m1 = cluster.gossip('m1');
  const events: GossipEvent[] = [];
  for (const type of ['member-update', 'member-failed', 'member-leave', 'user-event', 'query'] as const) {
    m1.on(type, (event) => void events.push(event));
  }
  await cluster.settle(cluster.gossip('m2').setTags({ role: 'new' }));
  m1.userEvent('deploy', Buffer.from('v1'));
  m1.query('uptime');
  cluster.crash('m3');
  await cluster.advanceUntil(() => cluster.statusSeenBy('m1', 'm3') === 'failed', 60_000);
  await cluster.settle(cluster.gossip('m2').leave());
  await cluster.advance(5000);
  expect(new Set(events.map(({ type }) => type)).size).toBe(5);
  expect(events.filter((event) => !isDeeplyFrozen(event))).toEqual([]);
  const members = m1.members();
  expect(members.map(({ status }) => status)).toEqual(['alive', 'left', 'failed']);
  expect(isDeeplyFrozen(members)).toBe(true);
  expect(Object.isFrozen(m1.bindAddress) && Object.isFrozen(m1.advertiseAddress)).toBe(true);
});

test('a listener that writes into a payload changes neither the rebroadcast nor the detection of repeats', async () => {
  await using cluster = await createTestCluster({ nodes: 2, seed: 2 });
  const [m1, m2] = [cluster.gossip('m1'), cluster.gossip('m2')];
  let toldCount = 0;
  m1.on('user-event', ({ payload }) => {
    toldCount += 1;
    payload.fill(0);
  });
  m2.userEvent('deploy', Buffer.from('v1'));
  await cluster.advance(5000);
  const again = await cluster.restart('m2');
  const seen: UserEvent[] = [];
  again.on('user-event', (event) => void seen.push(event));
  await cluster.settle(again.join([formatAddress(cluster.addressOf('m1'))], { ignoreOldEvents: false }));
  await cluster.advance(35_000);
  expect(seen.map(({ payload }) => Buffer.from(payload).toString())).toEqual(['v1']);
  expect(toldCount).toBe(1);
});

test('a coordinate is a copy: writing into it does not move the member', async () => {
  await using cluster = await createTestCluster({ nodes: 2, seed: 3 });
  await cluster.advance(10_000);
  const m1 = cluster.gossip('m1');
  const before = m1.rttMs('m1', 'm2');
  const coordinate = m1.coordinate('m2') as unknown as { vec: number[]; height: number };
  coordinate.vec.fill(Number.NaN);
  coordinate.height = Number.NaN;
  expect(m1.rttMs('m1', 'm2')).toBe(before);
});

test('an admission policy that writes into its candidates does not change the member', async () => {
  await using cluster = await createTestCluster({
    nodes: 2,
    seed: 4,
    gossip: {
      tags: { role: 'web' },
      admission: (members) => {
        for (const member of members) expect(isDeeplyFrozen(member)).toBe(true);
        return undefined;
      },
    },
  });
  expect(cluster.gossip('m1').member('m2')?.tags).toEqual({ role: 'web' });
});
