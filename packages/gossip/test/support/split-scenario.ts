import { expect } from 'vitest';
import {
  block,
  type SeededRng,
  type SimulationOptions,
  streamsOnly,
  type TestCluster,
  udpOnly,
} from '../../src/testing/index.ts';
import { oneOf, overSeeds } from './many-seeds.ts';

/** How many splits are tried, of pools of which sizes. */
interface SplitsOptions {
  readonly seedsCount: number;
  readonly sizes: readonly [number, ...(readonly number[])];
}

/**
 * Splits a pool for each seed in another way, and heals the network.
 * @throws SimulationError when a pool has not converged within 30 s, or has not stayed so a minute later.
 */
export async function expectSplitsToHeal(
  replay: SimulationOptions['replay'],
  { seedsCount, sizes }: SplitsOptions,
): Promise<void> {
  const draw = (rng: SeededRng): Split => drawSplit(rng, sizes);
  await overSeeds({ seedsCount, replay, draw }, async (pool, split, rng) => {
    const scenario = new SplitScenario(pool, split, rng);
    await scenario.playUntilHealed();
    await pool.advanceUntil(() => scenario.isWhole(), 30_000);
    await pool.advance(60_000);
    expect(scenario.isWhole(), 'the pool is still whole a minute later').toBe(true);
  });
}

/** How a pool is split, what happens meanwhile and how the network heals. */
interface Split {
  readonly nodes: number;
  readonly timing: { readonly reconnectTimeoutMs?: number; readonly tombstoneTimeoutMs?: number };
  readonly lossRate: number;
  /** The share of the pool in each group; the last group is the rest. */
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

function drawSplit(rng: SeededRng, sizes: SplitsOptions['sizes']): Split {
  const isReaped = rng.next() < 0.35;
  return {
    nodes: oneOf(rng, ...sizes),
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

/** Plays one split: what comes before it, the split itself, and how the network heals. */
class SplitScenario {
  readonly #pool: TestCluster;
  readonly #split: Split;
  readonly #rng: SeededRng;
  readonly #groups: string[][];
  /** The member that has left or crashed, if one has. */
  #departed: string | undefined;

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

  /** Whether the pool has converged, and no member lists the departed one as alive. */
  isWhole(): boolean {
    const pool = this.#pool;
    const departed = this.#departed;
    if (!pool.isConverged()) return false;
    return (
      departed === undefined || pool.running.every((name) => pool.statusSeenBy(name, departed) !== 'alive')
    );
  }

  /** Ends when the network has healed; the pool may not have. */
  async playUntilHealed(): Promise<void> {
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

  /** Begins a join or a leave that the split interrupts. */
  async #beforeSplit(): Promise<void> {
    const pool = this.#pool;
    const victim = this.#victim;
    if (this.#split.meanwhile === 'a leave' && pool.names.length > 2) {
      this.#departed = victim;
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
        if (this.#departed !== undefined) await pool.stop(this.#departed);
        return heal;
      case 'a restart':
        await pool.restart(victim);
        return heal;
      case 'a crash':
        if (pool.names.length <= 2) return heal;
        pool.crash(victim);
        this.#departed = victim;
        return heal;
      case 'a move':
        // A lone member that moves knows no other member, and no other member knows its new address.
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

  /** Cuts every group from every other; returns the function that heals the network. */
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

/** A join across a split fails; these simulations only check what follows. */
function ignoreFailure(work: Promise<unknown>): void {
  work.catch(() => undefined);
}
