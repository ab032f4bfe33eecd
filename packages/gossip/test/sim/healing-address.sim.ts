import { afterEach, describe, expect, test } from 'vitest';
import type { GossipEvent } from '../../src/events.ts';
import type { Gossip } from '../../src/gossip.ts';
import { createGossip } from '../../src/pool/create-gossip.ts';
import { shuffle } from '../../src/swim/random.ts';
import {
  loss,
  type SeededRng,
  seededEntropy,
  seededRng,
  type TestCluster,
  udpOnly,
} from '../../src/testing/index.ts';
import { formatAddress } from '../../src/wire/address.ts';
import { healingPools } from '../support/healing-pools.ts';
import { effort, oneOf, overSeeds } from '../support/many-seeds.ts';

const file = 'packages/gossip/test/sim/healing-address.sim.ts';
const pools = healingPools();
afterEach(() => pools.close());

describe('a member comes back under its name from another address', () => {
  test('at once, when nobody is at the old one', async () => {
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

  test('would be a conflict for long if nobody looked who is where', async () => {
    const cluster = await pools.of(8, 1, {}, { disabledExtensions: new Set(['address-checks']) });
    cluster.crash('m8');
    const back = await cluster.restart('m8', { host: '10.9.9.9' });
    await expect(cluster.settle(back.join([cluster.addressOf('m1').host]))).rejects.toMatchObject({
      code: 'GOSSIP_NOT_ADMITTED',
    });
    await cluster.advance(20_000);
    expect(cluster.gossip('m1').member('m8')?.address.host).not.toBe('10.9.9.9');
  });

  test('and so do several of them, whoever has the old one now, after any time, with lost datagrams', {
    timeout: 60_000 * effort,
  }, async ({ task }) => {
    const replay = { file, test: task.name };
    await overSeeds({ seedsCount: 12, replay, draw: drawMove }, async (pool, plan, rng) => {
      pool.addRule(udpOnly(loss(plan.lossRate)));
      const isMoved = await moveSome(pool, plan, rng);
      await pool.advanceUntil(isMoved, 20_000);
      await pool.advance(30_000);
      expect(isMoved(), 'they are still there half a minute later').toBe(true);
    });
  });

  test('never, while the old one answers, though the new one does too', async () => {
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

  test('not by a partition, in which the old one is only silent', async () => {
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

/** Another process that has the name of a member, and answers to it. */
function secondOf(cluster: TestCluster, name: string): Promise<Gossip> {
  const address = { host: '10.66.6.6', port: 7946 };
  const { clock, packets, streams } = cluster.network.host(address);
  const rng = seededRng(cluster.seed);
  const ports = { clock, packets, streams, rng, entropy: seededEntropy(rng) };
  return createGossip({ name, bind: address, ports });
}

interface Move {
  readonly nodes: number;
  readonly awayMs: number;
  readonly lossRate: number;
  readonly changesCount: number;
  readonly oldPlace: 'refuses' | 'a stranger';
}

function drawMove(rng: SeededRng): Move {
  return {
    nodes: oneOf(rng, 2, 3, 5, 10, 25),
    awayMs: oneOf(rng, 0, 100, 1_000, 5_000, 20_000, 60_000),
    lossRate: oneOf(rng, 0, 0, 0.1),
    changesCount: oneOf(rng, 0, 2),
    oldPlace: oneOf(rng, 'refuses', 'a stranger'),
  };
}

/** Up to a third of the pool dies and starts elsewhere. Returns whether everybody sees them there. */
async function moveSome(pool: TestCluster, plan: Move, rng: SeededRng): Promise<() => boolean> {
  const moving = shuffle([...pool.names], rng).slice(0, Math.max(1, Math.floor(plan.nodes / 3)));
  const stays = pool.names.find((name) => !moving.includes(name)) ?? 'm1';
  const seeds = [pool.addressOf(stays).host];
  for (const [i, name] of moving.entries()) {
    for (let change = 0; change < plan.changesCount; change += 1) {
      await pool.settle(pool.gossip(name).setTags({ change: `${change}` }));
    }
    const { host } = pool.addressOf(name);
    pool.crash(name);
    if (plan.oldPlace === 'refuses') continue;
    await pool.settle((await pool.restart(`stranger-${i}`, { host })).join(seeds));
  }
  await pool.advance(plan.awayMs);
  const hostOf = (name: string): string => `10.99.0.${moving.indexOf(name) + 1}`;
  for (const name of moving) {
    const back = await pool.restart(name, { host: hostOf(name) });
    // That it is refused for a moment is part of the story; that it gets in is what is looked at.
    back.join(seeds).catch(() => undefined);
  }
  return () =>
    pool.isConverged() &&
    pool.running.every((observer) =>
      moving.every((name) => pool.gossip(observer).member(name)?.address.host === hostOf(name)),
    );
}
