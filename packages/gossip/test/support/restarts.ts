import { expect } from 'vitest';
import type { GossipInternals } from '../../src/pool/create-gossip.ts';
import { shuffle } from '../../src/swim/random.ts';
import { findGhosts, seededRng, type TestCluster } from '../../src/testing/index.ts';
import type { HealingPools } from './healing-pools.ts';
import { poolTables } from './pool-tables.ts';

/** Members that have other tags in their second life than in the first: what of the first is left can be told. */
export class Lives {
  /** Read at each start of a member. */
  readonly tags: Record<string, string> = { instance: 'first' };

  /** These die, are away, and start again within a second, in this order; they have forgotten everything. */
  async restart(pool: TestCluster, names: readonly string[], awayMs: number): Promise<void> {
    this.tags['life'] = 'second';
    if (awayMs > 0) for (const name of names) pool.crash(name);
    await pool.advance(awayMs);
    for (const name of names) {
      await pool.restart(name);
      await pool.advance(900 / names.length);
    }
  }
}

/** Whether everybody sees everybody alive, and the restarted in their second life. */
export function isBack(pool: TestCluster, restarted: readonly string[]): boolean {
  if (!pool.isConverged()) return false;
  return pool.running.every((observer) =>
    restarted.every((name) => pool.gossip(observer).member(name)?.tags['life'] === 'second'),
  );
}

/** Everybody tells of everybody what it tells of itself: no row of an earlier life is left. */
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

/** Nine of ten restart, away for so long. */
export async function nineOfTenRestart(
  pools: HealingPools,
  nodes: number,
  seed: number,
  awayMs: number,
  internals: GossipInternals = {},
): Promise<{ readonly pool: TestCluster; readonly restarted: readonly string[] }> {
  const instances = new Lives();
  const pool = await pools.open(
    { nodes, seed, start: 'joined', gossip: { tags: instances.tags } },
    internals,
  );
  await pool.advance(3_000);
  const restarted = shuffle([...pool.names], seededRng(seed).fork('who')).slice(nodes / 10);
  await instances.restart(pool, restarted, awayMs);
  return { pool, restarted };
}
