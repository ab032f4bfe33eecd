import { createTestCluster, type TestCluster } from '@hobnob/gossip/testing';
import { afterEach, describe, expect, test } from 'vitest';

const open: TestCluster[] = [];

async function clusterOf(nodes: number, seed: number, gossip = {}): Promise<TestCluster> {
  const cluster = await createTestCluster({ nodes, seed, gossip });
  open.push(cluster);
  return cluster;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((cluster) => cluster[Symbol.asyncDispose]()));
});

describe('messages in virtual time', () => {
  test('an event reaches every member exactly once', async () => {
    const cluster = await clusterOf(12, 21);
    const told: string[] = [];
    for (const name of cluster.names) {
      cluster.gossip(name).on('user-event', (event) => told.push(`${name} ${event.name}`));
    }
    cluster.gossip('m3').userEvent('deploy', Uint8Array.of(1));
    await cluster.advance(10_000);
    expect(told.toSorted()).toEqual(cluster.names.map((name) => `${name} deploy`).toSorted());
  });

  test('a query with a filter on tags collects an answer of each member that matches', async () => {
    const cluster = await clusterOf(8, 22);
    await cluster.settle(cluster.gossip('m2').setTags({ role: 'web-1' }));
    await cluster.settle(cluster.gossip('m5').setTags({ role: 'web-2' }));
    for (const name of cluster.names) {
      cluster.gossip(name).on('query', (query) => query.respond(Buffer.from(`${query.from} ${query.name}`)));
    }
    const options = { tags: { role: '^web-\\d$' }, ack: true, timeoutMs: 30_000 };
    const { acks, responses, membersCount, ended } = await cluster.settle(
      cluster.gossip('m1').query('load', undefined, options).done,
    );
    expect(acks.toSorted()).toEqual(['m2', 'm5']);
    expect(responses.map(({ payload }) => Buffer.from(payload).toString())).toEqual(['m1 load', 'm1 load']);
    expect({ membersCount, ended }).toEqual({ membersCount: 8, ended: 'time-over' });
  });

  test('keys rotate under traffic and not one packet is lost to it', async () => {
    const [before, after] = [new Uint8Array(16).fill(1), new Uint8Array(32).fill(2)];
    const cluster = await clusterOf(8, 23, { encryption: { keys: [before] } });
    const { keys } = cluster.gossip('m1');
    const isTraffic = { on: true };
    const chatter = (async () => {
      for (let i = 0; isTraffic.on; i += 1) {
        cluster.gossip(`m${(i % 8) + 1}`).userEvent('chatter', Uint8Array.of(i & 255));
        await new Promise<void>((resolve) => cluster.clock.wakeAt(cluster.clock.nowMs() + 50, resolve));
      }
    })();
    const whole = { nodes: 8, responded: 8, failed: 0 };
    const options = { timeoutMs: 20_000 };
    expect(await cluster.settle(keys.install(after, options))).toMatchObject(whole);
    expect(await cluster.settle(keys.use(after, options))).toMatchObject(whole);
    expect(await cluster.settle(keys.remove(before, options))).toMatchObject(whole);
    const text = Buffer.from(after).toString('base64');
    expect(await cluster.settle(keys.list(options))).toMatchObject({ ...whole, keys: { [text]: 8 } });
    await cluster.advance(5000);
    isTraffic.on = false;
    await cluster.settle(chatter);
    for (const name of cluster.names) {
      expect(cluster.gossip(name).stats().dropped).not.toHaveProperty('WIRE_DECRYPT');
    }
    expect(cluster.isConverged()).toBe(true);
  });
});
