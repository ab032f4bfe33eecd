import { afterEach, describe, expect, test } from 'vitest';
import type { GossipEvent } from '../../src/events.ts';
import type { Gossip } from '../../src/gossip.ts';
import { createGossip } from '../../src/pool/create-gossip.ts';
import { seededEntropy, seededRng, type TestCluster } from '../../src/testing/index.ts';
import { formatAddress } from '../../src/wire/address.ts';
import { healingPools } from '../support/healing-pools.ts';
import { effort } from '../support/many-seeds.ts';
import { expectMovesAccepted } from '../support/moves.ts';

const file = 'packages/gossip/test/sim/healing-address.sim.ts';
const pools = healingPools();
afterEach(() => pools.close());

describe('a member takes its name to another address', () => {
  test('at once, when no process is at the old one', async () => {
    const cluster = await pools.of(8, 1);
    cluster.crash('m8');
    const back = await cluster.restart('m8', { host: '10.9.9.9' });
    await cluster.settle(back.join([cluster.addressOf('m1').host]));
    await cluster.advanceUntil(
      () => cluster.names.every((name) => cluster.gossip(name).member('m8')?.address.host === '10.9.9.9'),
      5_000,
    );
    await cluster.advance(60_000);
    expect(cluster.isConverged()).toBe(true);
  });

  test('not while the old one is believed, without address checks', async () => {
    const cluster = await pools.of(8, 1, {}, { disabledExtensions: new Set(['address-checks']) });
    cluster.crash('m8');
    const back = await cluster.restart('m8', { host: '10.9.9.9' });
    await expect(cluster.settle(back.join([cluster.addressOf('m1').host]))).rejects.toMatchObject({
      code: 'GOSSIP_NOT_ADMITTED',
    });
    await cluster.advance(20_000);
    expect(cluster.gossip('m1').member('m8')?.address.host).not.toBe('10.9.9.9');
  });

  test('and so do several, though strangers have their old addresses, after any time, with lost datagrams', {
    timeout: 60_000 * effort,
  }, async ({ task }) => {
    await expectMovesAccepted({ file, test: task.name }, 3);
  });

  test('never, while the old address answers to the name', async () => {
    const cluster = await pools.of(5, 2);
    const old = cluster.addressOf('m5');
    const second = await secondOf(cluster, 'm5');
    const conflicts: GossipEvent[] = [];
    second.on('member-conflict', (event) => conflicts.push(event));
    for (let i = 0; i < 10; i += 1) {
      const joined = cluster.settle(second.join([cluster.addressOf('m1').host]));
      await expect(joined).rejects.toMatchObject({
        code: 'GOSSIP_NOT_ADMITTED',
        message: expect.stringContaining(`lists the name "m5" for the member at ${formatAddress(old)}`),
      });
      await cluster.advance(2_000);
    }
    await second.close();
    expect(conflicts[0]).toEqual({
      type: 'member-conflict',
      name: 'm5',
      existing: second.bindAddress,
      claimed: old,
    });
    expect(cluster.names.map((name) => cluster.gossip(name).member('m5')?.address)).toEqual(
      cluster.names.map(() => old),
    );
    expect(cluster.isConverged()).toBe(true);
  });

  test('not during a partition, in which the old address is silent but not gone', async () => {
    const cluster = await pools.of(6, 3);
    const others = cluster.names.slice(0, 5);
    cluster.partition(others, ['m6']);
    const second = await secondOf(cluster, 'm6');
    await expect(cluster.settle(second.join([cluster.addressOf('m1').host]))).rejects.toMatchObject({
      code: 'GOSSIP_NOT_ADMITTED',
    });
    await cluster.advance(3_000);
    await second.close();
    expect(others.map((name) => cluster.gossip(name).member('m6')?.address)).toEqual(
      others.map(() => cluster.addressOf('m6')),
    );
  });
});

/** Starts another process with the name of a member. */
function secondOf(cluster: TestCluster, name: string): Promise<Gossip> {
  const address = { host: '10.66.6.6', port: 7946 };
  const { clock, packets, streams } = cluster.network.host(address);
  const rng = seededRng(cluster.seed);
  const ports = { clock, packets, streams, rng, entropy: seededEntropy(rng) };
  return createGossip({ name, bind: address, ports });
}
