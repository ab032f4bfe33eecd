import { afterEach, describe, expect, test } from 'vitest';
import { block, loss, streamsOnly, udpOnly } from '../../src/testing/index.ts';
import { everyoneSeesRole, expectUpdatesWithBlockedUdp, udpWarnings } from '../support/blocked-udp.ts';
import { healingPools } from '../support/healing-pools.ts';
import { effort } from '../support/many-seeds.ts';

const file = 'packages/gossip/test/sim/healing-udp.sim.ts';
const pools = healingPools();
afterEach(() => pools.close());

describe('a pool without UDP', () => {
  test('spreads an update in seconds, and each member warns of each other one once', async () => {
    const { logger, warnedOf } = udpWarnings();
    const cluster = await pools.of(6, 5, { logger });
    cluster.addRule(udpOnly(loss(1)));
    await cluster.advance(60_000);
    await cluster.settle(cluster.gossip('m3').setTags({ role: 'db' }));
    await cluster.advanceUntil(() => everyoneSeesRole(cluster, 'm3', 'db'), 15_000);
    await cluster.advance(240_000);
    expect(cluster.isConverged()).toBe(true);
    for (const name of cluster.names) expect(cluster.gossip(name).stats().udpBlocked).toHaveLength(5);
    const expected = cluster.names.flatMap((name) => Array.from({ length: 5 }, () => name));
    expect(warnedOf.toSorted()).toEqual(expected.toSorted());
  });

  test('takes longer to spread an update without push/pull fallback', async () => {
    const cluster = await pools.of(6, 5, {}, { disabledExtensions: new Set(['push-pull-fallback']) });
    cluster.addRule(udpOnly(loss(1)));
    await cluster.advance(60_000);
    await cluster.settle(cluster.gossip('m3').setTags({ role: 'db' }));
    await cluster.advance(15_000);
    expect(everyoneSeesRole(cluster, 'm3', 'db')).toBe(false);
  });

  test('blocked in any direction between any members, spreads updates, reports no failure and logs each path once', {
    timeout: 60_000 * effort,
  }, async ({ task }) => {
    await expectUpdatesWithBlockedUdp({ file, test: task.name }, 2);
  });

  test('reports which direction is blocked, until it works again', async () => {
    const cluster = await pools.of(2, 6);
    const heal = cluster.addRule(
      udpOnly(block([cluster.addressOf('m1').host], [cluster.addressOf('m2').host])),
    );
    await cluster.advance(30_000);
    expect(cluster.gossip('m1').stats().udpBlocked).toEqual([{ name: 'm2', direction: 'outgoing' }]);
    expect(cluster.gossip('m2').stats().udpBlocked).toEqual([{ name: 'm1', direction: 'incoming-or-both' }]);
    heal();
    await cluster.advance(10_000);
    expect(cluster.gossip('m1').stats().udpBlocked).toEqual([]);
    expect(cluster.gossip('m2').stats().udpBlocked).toEqual([]);
  });

  test('keeps every member alive though some streams are lost as well', async () => {
    const cluster = await pools.of(6, 7);
    cluster.addRule(udpOnly(loss(1)));
    cluster.addRule(streamsOnly(loss(0.05)));
    await cluster.advance(120_000);
    expect(cluster.isConverged()).toBe(true);
  });
});
