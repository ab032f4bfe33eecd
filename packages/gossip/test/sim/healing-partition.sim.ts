import { afterEach, describe, expect, test } from 'vitest';
import { block, type SeededRng, streamsOnly, type TestCluster, udpOnly } from '../../src/testing/index.ts';
import { apartForTenMinutes, healHalves, reapedWithinTenMinutes } from '../support/halves.ts';
import { healingPools } from '../support/healing-pools.ts';
import { effort, oneOf, overSeeds } from '../support/many-seeds.ts';

const file = 'packages/gossip/test/sim/healing-partition.sim.ts';
const pools = healingPools();
afterEach(() => pools.close());

describe('a pool in two halves for ten minutes', () => {
  test('is whole again within 30 s, without a list of seeds', async () => {
    expect(await healHalves(pools, 30, { seed: 1, reaped: false })).toBe('failed');
  }, 60_000);

  test('is whole again within 30 s, though each half has reaped the other', async () => {
    expect(await healHalves(pools, 30, { seed: 2, reaped: true })).toBeUndefined();
  }, 60_000);

  test('would stay apart for good if nobody sought the lost', async () => {
    const options = {
      nodes: 20,
      seed: 2,
      start: 'joined',
      gossip: { timing: reapedWithinTenMinutes },
    } as const;
    const pool = await pools.open(options, { disabledExtensions: new Set(['reconnect-pings']) });
    const heal = await apartForTenMinutes(pool);
    heal();
    await pool.advance(600_000);
    expect(pool.statusSeenBy('m1', 'm20')).toBeUndefined();
  }, 60_000);
});

describe('a member that was cut off', () => {
  // The moment decides how long Serf's own reconnects take, so that one seed alone proves nothing.
  const seeds = [1, 2, 3, 4, 5, 6];
  const backAfterMs = async (
    seed: number,
    disabledExtensions: readonly 'reconnect-pings'[],
  ): Promise<number> => {
    const pool = await pools.open({ nodes: 20, seed }, { disabledExtensions: new Set(disabledExtensions) });
    const heal = pool.partition(['m1'], pool.names.slice(1));
    await pool.advance(150_000 + seed * 3_700);
    heal();
    const healedMs = pool.clock.nowMs();
    await pool.advanceUntil(() => pool.isConverged(), 120_000);
    return pool.clock.nowMs() - healedMs;
  };

  test.each(seeds)('is back within 10 s (seed %i)', async (seed) => {
    expect(await backAfterMs(seed, [])).toBeLessThanOrEqual(10_000);
  });

  test('would be away for longer if nobody sought it', async () => {
    const sumOf = async (disabledExtensions: readonly 'reconnect-pings'[]): Promise<number> => {
      const times = await Promise.all(seeds.slice(0, 3).map((seed) => backAfterMs(seed, disabledExtensions)));
      return times.reduce((sum, ms) => sum + ms, 0);
    };
    expect(await sumOf(['reconnect-pings'])).toBeGreaterThan(2 * (await sumOf([])));
  });
});

interface Split {
  readonly nodes: number;
  readonly timing: { readonly reconnectTimeoutMs?: number; readonly tombstoneTimeoutMs?: number };
  readonly lossRate: number;
  /** Shares of the pool, the rest is the last group. */
  readonly groups: readonly number[];
  readonly apartMs: number;
  readonly meanwhile:
    | 'nothing'
    | 'a join'
    | 'a leave'
    | 'a restart'
    | 'a move'
    | 'a crash'
    | 'a short reunion';
  readonly healing: 'at once' | 'one way first' | 'UDP first' | 'streams first';
}

function drawSplit(rng: SeededRng): Split {
  const isReaped = rng.next() < 0.35;
  return {
    nodes: oneOf(rng, 2, 3, 4, 5, 8, 12, 20, 30),
    timing: isReaped ? { reconnectTimeoutMs: 60_000, tombstoneTimeoutMs: 60_000 } : {},
    lossRate: oneOf(rng, 0, 0, 0, 0.05, 0.15),
    groups: oneOf<readonly number[]>(rng, [0.5], [0.1], [0], [0.34, 0.33], [0.25, 0.25, 0.25]),
    apartMs: isReaped ? 240_000 : oneOf(rng, 3_000, 8_000, 15_000, 25_000, 60_000, 150_000),
    meanwhile: oneOf(
      rng,
      'nothing',
      'a join',
      'a leave',
      'a restart',
      'a move',
      'a crash',
      'a short reunion',
    ),
    healing: oneOf(rng, 'at once', 'one way first', 'UDP first', 'streams first'),
  };
}

test('a pool that was split in any way is whole within 30 s of its healing, whatever happened meanwhile', {
  timeout: 60_000 * effort,
}, async ({ task }) => {
  const replay = { file, test: task.name };
  await overSeeds({ seedsCount: 14, replay, draw: drawSplit }, async (pool, split, rng) => {
    const story = new SplitStory(pool, split, rng);
    await story.tellUntilHealed();
    await pool.advanceUntil(() => story.isWhole(), 30_000);
    await pool.advance(60_000);
    expect(story.isWhole(), 'the pool is still whole a minute later').toBe(true);
  });
});

/** One split pool, from before the split until it is over. */
class SplitStory {
  readonly #pool: TestCluster;
  readonly #split: Split;
  readonly #rng: SeededRng;
  readonly #groups: string[][];
  #gone: string | undefined;

  constructor(pool: TestCluster, split: Split, rng: SeededRng) {
    this.#pool = pool;
    this.#split = split;
    this.#rng = rng;
    if (split.lossRate > 0) {
      pool.addRule(udpOnly((_, { next }) => ({ type: next() < split.lossRate ? 'drop' : 'pass' })));
    }
    const left = [...pool.names].map((name) => ({ name, order: rng.next() }));
    left.sort((a, b) => a.order - b.order);
    const groups = split.groups.map((share) => left.splice(0, Math.max(1, Math.floor(share * split.nodes))));
    this.#groups = [...groups, left].map((group) => group.map(({ name }) => name));
    this.#groups = this.#groups.filter((group) => group.length > 0);
  }

  isWhole(): boolean {
    const pool = this.#pool;
    const gone = this.#gone;
    if (!pool.isConverged()) return false;
    return gone === undefined || pool.running.every((name) => pool.statusSeenBy(name, gone) !== 'alive');
  }

  async tellUntilHealed(): Promise<void> {
    const { apartMs } = this.#split;
    await this.#beforeSplit();
    const heal = this.#cut((rule) => rule);
    await this.#pool.advance(apartMs / 2);
    const healNow = await this.#duringSplit(heal);
    await this.#pool.advance(apartMs / 2);
    await this.#heal(healNow);
  }

  get #first(): string[] {
    return this.#groups[0] ?? [];
  }

  get #last(): string[] {
    return this.#groups.at(-1) ?? [];
  }

  get #victim(): string {
    return this.#last.at(-1) ?? 'm1';
  }

  /** A join or a leave that the split interrupts, somewhere on its way. */
  async #beforeSplit(): Promise<void> {
    const pool = this.#pool;
    const victim = this.#victim;
    if (this.#split.meanwhile === 'a leave' && pool.names.length > 2) {
      this.#gone = victim;
      void pool.gossip(victim).leave();
      await pool.advance(this.#rng.next() * 1_200);
    }
    if (this.#split.meanwhile === 'a join') {
      const late = await pool.restart('late', { host: '10.77.0.1' });
      ignoreFailure(late.join([pool.addressOf(this.#first[0] ?? 'm1').host]));
      await pool.advance(this.#rng.next() * 40);
      this.#first.push('late');
    }
  }

  async #duringSplit(heal: () => void): Promise<() => void> {
    const pool = this.#pool;
    const victim = this.#victim;
    switch (this.#split.meanwhile) {
      case 'a leave':
        if (this.#gone !== undefined) await pool.stop(this.#gone);
        return heal;
      case 'a restart':
        await pool.restart(victim);
        return heal;
      case 'a crash':
        if (pool.names.length <= 2) return heal;
        pool.crash(victim);
        this.#gone = victim;
        return heal;
      case 'a move':
        // Alone it would know nobody, from an address that nobody knows.
        if (this.#last.length < 2) return heal;
        heal();
        ignoreFailure(
          (await pool.restart(victim, { host: '10.88.0.1' })).join([
            pool.addressOf(this.#last[0] ?? 'm1').host,
          ]),
        );
        return this.#cut((rule) => rule);
      case 'a short reunion':
        heal();
        await pool.advance(this.#rng.next() * 3_000);
        return this.#cut((rule) => rule);
      default:
        return heal;
    }
  }

  async #heal(heal: () => void): Promise<void> {
    const pool = this.#pool;
    const hostsOf = (names: readonly string[]) => names.map((name) => pool.addressOf(name).host);
    const rest = hostsOf(this.#groups.slice(1).flat());
    const healRest = {
      'at once': () => () => undefined,
      'one way first': () => pool.addRule(block(hostsOf(this.#first), rest)),
      'UDP first': () => this.#cut(streamsOnly),
      'streams first': () => this.#cut(udpOnly),
    }[this.#split.healing]();
    heal();
    if (this.#split.healing !== 'at once') await pool.advance(20_000);
    healRest();
  }

  /** Cuts every group from every other; returns what heals it. */
  #cut(narrow: (rule: ReturnType<typeof block>) => ReturnType<typeof block>): () => void {
    const pool = this.#pool;
    const hosts = this.#groups.map((group) => group.map((name) => pool.addressOf(name).host));
    const ends = hosts.flatMap((from) =>
      hosts.filter((to) => to !== from).map((to) => pool.addRule(narrow(block(from, to)))),
    );
    return () => {
      for (const end of ends) end();
    };
  }
}

/** A join across a split fails, and the split is what is looked at. */
function ignoreFailure(work: Promise<unknown>): void {
  work.catch(() => undefined);
}
