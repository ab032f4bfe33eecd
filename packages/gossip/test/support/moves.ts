import { expect } from 'vitest';
import { shuffle } from '../../src/collections/random-choice.ts';
import {
  loss,
  type SeededRng,
  type SimulationOptions,
  type TestCluster,
  udpOnly,
} from '../../src/testing/index.ts';
import { oneOf, overSeeds } from './many-seeds.ts';

/**
 * Moves for each seed other members of another pool to other addresses.
 * @throws SimulationError when not every member knows them there after 20 s, or not any more half a minute later.
 */
export async function expectMovesAccepted(
  replay: SimulationOptions['replay'],
  seedsCount: number,
): Promise<void> {
  await overSeeds({ seedsCount, replay, draw: drawMove }, async (pool, plan, rng) => {
    pool.addRule(udpOnly(loss(plan.lossRate)));
    const isMoved = await moveSome(pool, plan, rng);
    await pool.advanceUntil(isMoved, 20_000);
    await pool.advance(30_000);
    expect(isMoved(), 'they are still there half a minute later').toBe(true);
  });
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

/** Up to a third of the pool crashes and starts elsewhere. Returns a check whether every member knows them there. */
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
    // The join may be refused for a moment; the simulation checks that the member is in the pool in the end.
    back.join(seeds).catch(() => undefined);
  }
  return () =>
    pool.isConverged() &&
    pool.running.every((observer) =>
      moving.every((name) => pool.gossip(observer).member(name)?.address.host === hostOf(name)),
    );
}
