import { afterEach, describe, expect, test } from 'vitest';
import type { GossipOptions } from '../../src/options.ts';
import { shuffle } from '../../src/swim/random.ts';
import {
  block,
  loss,
  partition,
  type Rule,
  type SeededRng,
  streamsOnly,
  type TestCluster,
  udpOnly,
  watchFailures,
} from '../../src/testing/index.ts';
import { healingPools } from '../support/healing-pools.ts';
import { effort, oneOf, overSeeds } from '../support/many-seeds.ts';

const file = 'packages/gossip/test/sim/healing-udp.sim.ts';
const pools = healingPools();
afterEach(() => pools.close());

describe('a pool without UDP', () => {
  test('spreads news in seconds, and says once of each member what is wrong', async () => {
    const { logger, warnedOf } = udpWarnings();
    const cluster = await pools.of(12, 5, { logger });
    cluster.addRule(udpOnly(loss(1)));
    await cluster.advance(60_000);
    await cluster.settle(cluster.gossip('m3').setTags({ role: 'db' }));
    await cluster.advanceUntil(() => everyoneSeesRole(cluster, 'm3', 'db'), 15_000);
    await cluster.advance(240_000);
    expect(cluster.isConverged()).toBe(true);
    for (const name of cluster.names) expect(cluster.gossip(name).stats().udpBlocked).toHaveLength(11);
    const expected = cluster.names.flatMap((name) => Array.from({ length: 11 }, () => name));
    expect(warnedOf.toSorted()).toEqual(expected.toSorted());
  });

  test('would take longer to spread news if nothing carried them', async () => {
    const cluster = await pools.of(12, 5, {}, { disabledExtensions: new Set(['push-pull-fallback']) });
    cluster.addRule(udpOnly(loss(1)));
    await cluster.advance(60_000);
    await cluster.settle(cluster.gossip('m3').setTags({ role: 'db' }));
    await cluster.advance(15_000);
    expect(everyoneSeesRole(cluster, 'm3', 'db')).toBe(false);
  });

  test('blocked in any direction between any members, spreads news, fails nobody and warns once of each', {
    timeout: 60_000 * effort,
  }, async ({ task }) => {
    const replay = { file, test: task.name };
    const { logger, warnedOf } = udpWarnings();
    const draw = (rng: SeededRng) => {
      warnedOf.length = 0;
      return {
        nodes: oneOf(rng, 2, 3, 6, 12),
        blocked: oneOf<Blocked>(rng, 'all', 'one', 'from one', 'to one', 'a pair'),
      };
    };
    await overSeeds({ seedsCount: 8, replay, gossip: { logger }, draw }, async (pool, plan, rng) => {
      const failures = watchFailures(pool);
      const [one = 'm1', other = 'm2'] = shuffle([...pool.names], rng);
      pool.addRule(udpOnly(blockedRule(pool, plan.blocked, one, other)));
      await pool.advance(60_000);
      for (const name of [one, other]) {
        await pool.settle(pool.gossip(name).setTags({ role: 'db' }));
        await pool.advanceUntil(() => everyoneSeesRole(pool, name, 'db'), updateMsMax);
      }
      await pool.advance(120_000);
      expect(failures.seen).toEqual([]);
      const blockedCount = pool.names.flatMap((name) => pool.gossip(name).stats().udpBlocked).length;
      expect(blockedCount).toBeGreaterThan(0);
      expect(warnedOf).toHaveLength(blockedCount);
    });
  });

  test('one way blocked is told from both, and repaired when it heals', async () => {
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

  test('streams that are lost besides do not make members fail', async () => {
    const cluster = await pools.of(6, 7);
    cluster.addRule(udpOnly(loss(1)));
    cluster.addRule(streamsOnly(loss(0.05)));
    await cluster.advance(120_000);
    expect(cluster.isConverged()).toBe(true);
  });
});

/** Mostly a second or two; one whom gossip misses by chance has the next periodic exchange, every 30 s, left. */
const updateMsMax = 35_000;

type Blocked = 'all' | 'one' | 'from one' | 'to one' | 'a pair';

function blockedRule(pool: TestCluster, kind: Blocked, one: string, other: string): Rule {
  const host = [pool.addressOf(one).host];
  const rest = pool.names.filter((name) => name !== one).map((name) => pool.addressOf(name).host);
  switch (kind) {
    case 'all':
      return loss(1);
    case 'one':
      return partition(host, rest);
    case 'from one':
      return block(host, rest);
    case 'to one':
      return block(rest, host);
    case 'a pair':
      return partition(host, [pool.addressOf(other).host]);
  }
}

function everyoneSeesRole(pool: TestCluster, name: string, role: string): boolean {
  return pool.running.every((observer) => pool.gossip(observer).member(name)?.tags['role'] === role);
}

const nothing = (): void => undefined;
const silent = { error: nothing, warn: nothing, info: nothing, debug: nothing, trace: nothing };

/** Whom the members warn of because of UDP, once for each warning. */
function udpWarnings(): {
  readonly logger: NonNullable<GossipOptions['logger']>;
  readonly warnedOf: string[];
} {
  const warnedOf: string[] = [];
  const warn = (fields: object, message: string): void => {
    if (message.startsWith('UDP') && 'member' in fields) warnedOf.push(String(fields.member));
  };
  return { logger: { ...silent, warn }, warnedOf };
}
