import { expect } from 'vitest';
import { shuffle } from '../../src/collections/random-choice.ts';
import type { GossipInternals } from '../../src/pool/create-gossip.ts';
import {
  findGhosts,
  loss,
  type SeededRng,
  type SimulationOptions,
  seededRng,
  type TestCluster,
  udpOnly,
} from '../../src/testing/index.ts';
import type { HealingPools } from './healing-pools.ts';
import { oneOf, overSeeds } from './many-seeds.ts';
import { poolTables } from './pool-tables.ts';

/** Restarts members with other tags, so that a claim about their first instance differs from one about the second. */
class Restarts {
  /** The tags of every member; read whenever one starts. */
  readonly tags: Record<string, string> = { instance: 'first' };

  /** Crashes these members, and starts them again after a while, within a second and in this order, with empty memories. */
  async restart(pool: TestCluster, names: readonly string[], awayMs: number): Promise<void> {
    this.tags['instance'] = 'second';
    if (awayMs > 0) for (const name of names) pool.crash(name);
    await pool.advance(awayMs);
    for (const name of names) {
      await pool.restart(name);
      await pool.advance(900 / names.length);
    }
  }
}

/** Whether the pool has converged and every member knows the second instance of the restarted ones. */
export function isBack(pool: TestCluster, restarted: readonly string[]): boolean {
  if (!pool.isConverged()) return false;
  return pool.running.every((observer) =>
    restarted.every((name) => pool.gossip(observer).member(name)?.tags['instance'] === 'second'),
  );
}

/** Checks that every member's table says about every member what that member says itself. */
export async function expectOneTruth(pool: TestCluster): Promise<void> {
  const tables = await poolTables(pool);
  for (const [observer, table] of tables) {
    expect(new Set(table.keys()), observer).toEqual(new Set(pool.running));
    for (const [name, row] of table) {
      const own = tables.get(name)?.get(name);
      expect([observer, name, row.state, row.incarnation], observer).toEqual([
        observer,
        name,
        'alive',
        own?.incarnation,
      ]);
      expect(row.meta, `${observer} about ${name}`).toEqual(own?.meta);
    }
  }
  expect(findGhosts(pool)).toEqual([]);
}

/** Restarts nine of ten members of a pool, which are away for so long. */
export async function nineOfTenRestart(
  pools: HealingPools,
  nodes: number,
  awayMs: number,
  internals: GossipInternals = {},
): Promise<{ readonly pool: TestCluster; readonly restarted: readonly string[] }> {
  const restarts = new Restarts();
  const seed = 1;
  const pool = await pools.open({ nodes, seed, start: 'joined', gossip: { tags: restarts.tags } }, internals);
  await pool.advance(3_000);
  const restarted = shuffle([...pool.names], seededRng(seed).fork('who')).slice(nodes / 10);
  await restarts.restart(pool, restarted, awayMs);
  return { pool, restarted };
}

/**
 * Restarts for each seed another share of another pool, after another outage.
 * @throws SimulationError when they are not back within a minute, or not any more 20 s later.
 */
export async function expectRestartedToReturn(
  replay: SimulationOptions['replay'],
  seedsCount: number,
): Promise<void> {
  const restarts = new Restarts();
  const draw = (rng: SeededRng) => {
    restarts.tags['instance'] = 'first';
    return {
      nodes: oneOf(rng, 3, 5, 10, 20, 40),
      share: oneOf(rng, 0.1, 0.5, 0.9, 0.99),
      awayMs: oneOf(rng, 0, 0, 500, 3_000, 10_000, 30_000, 90_000),
      lossRate: oneOf(rng, 0, 0, 0.1, 0.2),
      changesCount: oneOf(rng, 0, 1, 3),
    };
  };
  const options = { seedsCount, replay, gossip: { tags: restarts.tags }, draw };
  await overSeeds(options, async (pool, plan, rng) => {
    for (let i = 0; i < plan.changesCount; i += 1) {
      const some = pool.names.filter(() => rng.next() < 0.5);
      const changes = some.map((name) => pool.gossip(name).setTags({ instance: 'first', i: `${i}` }));
      await pool.settle(Promise.all(changes));
    }
    pool.addRule(udpOnly(loss(plan.lossRate)));
    const survivorsCount = Math.max(1, Math.round(plan.nodes * (1 - plan.share)));
    const restarted = shuffle([...pool.names], rng).slice(survivorsCount);
    await restarts.restart(pool, restarted, plan.awayMs);
    await pool.advanceUntil(() => isBack(pool, restarted), 60_000);
    await pool.advance(20_000);
    expect(isBack(pool, restarted), 'they are still back 20 s later').toBe(true);
  });
}

/** Restarts both halves of a partitioned pool, whose members only know each other from their snapshots then. */
export async function expectHalvesToReturn(pools: HealingPools, seed: number): Promise<void> {
  const pool = await pools.open({ nodes: 8, seed, gossip: { snapshot: { path: 'pool.snapshot' } } });
  const countAlive = () =>
    pool.names.map(
      (observer) => pool.names.filter((name) => pool.statusSeenBy(observer, name) === 'alive').length,
    );
  await pool.advance(5_000);
  const heal = pool.partition(pool.names.slice(0, 4), pool.names.slice(4));
  await pool.advance(1_000 * (20 + 40 * seededRng(seed).next()));
  for (const name of pool.names) await pool.restart(name);
  await pool.advance(90_000);
  expect(countAlive()).toEqual(pool.names.map(() => 4));
  heal();
  await pool.advance(30_000);
  expect(countAlive()).toEqual(pool.names.map(() => 8));
}
