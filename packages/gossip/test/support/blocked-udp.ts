import { expect } from 'vitest';
import { shuffle } from '../../src/collections/random-choice.ts';
import type { GossipOptions } from '../../src/options/options.ts';
import {
  block,
  loss,
  partition,
  type Rule,
  type SeededRng,
  type SimulationOptions,
  type TestCluster,
  udpOnly,
  watchFailures,
} from '../../src/testing/index.ts';
import { oneOf, overSeeds } from './many-seeds.ts';

/**
 * Blocks for each seed UDP between other members of another pool.
 * @throws SimulationError when an update does not reach all members, a member fails, or one is warned of twice.
 */
export async function expectUpdatesWithBlockedUdp(
  replay: SimulationOptions['replay'],
  seedsCount: number,
): Promise<void> {
  const { logger, warnedOf } = udpWarnings();
  const draw = (rng: SeededRng) => {
    warnedOf.length = 0;
    return {
      nodes: oneOf(rng, 2, 3, 6, 12),
      blocked: oneOf<Blocked>(rng, 'all', 'one', 'from one', 'to one', 'a pair'),
    };
  };
  await overSeeds({ seedsCount, replay, gossip: { logger }, draw }, async (pool, plan, rng) => {
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
}

/** Mostly a second or two. A member that gossip misses by chance waits for the next periodic push/pull, every 30 s. */
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

/** Whether every running member knows this role of a member. */
export function everyoneSeesRole(pool: TestCluster, name: string, role: string): boolean {
  return pool.running.every((observer) => pool.gossip(observer).member(name)?.tags['role'] === role);
}

const nothing = (): void => undefined;
const silent = { error: nothing, warn: nothing, info: nothing, debug: nothing, trace: nothing };

/** A logger that records, for each warning about UDP, the name of the member that it is about. */
export function udpWarnings(): {
  readonly logger: NonNullable<GossipOptions['logger']>;
  readonly warnedOf: string[];
} {
  const warnedOf: string[] = [];
  const warn = (fields: object, message: string): void => {
    if (message.startsWith('Was able to connect') && 'member' in fields) warnedOf.push(String(fields.member));
  };
  return { logger: { ...silent, warn }, warnedOf };
}
