import { afterEach, describe, expect, test } from 'vitest';
import type { Gossip } from '../../src/gossip.ts';
import { createGossip } from '../../src/pool/create-gossip.ts';
import { randomBelow, shuffle } from '../../src/swim/random.ts';
import {
  loss,
  partition,
  type SeededRng,
  SimNetwork,
  seededEntropy,
  seededRng,
  udpOnly,
  VirtualClock,
} from '../../src/testing/index.ts';
import { MemoryStorage } from '../memory-storage.ts';
import { healingPools } from '../support/healing-pools.ts';
import { effort, oneOf, overSeeds } from '../support/many-seeds.ts';
import { expectOneTruth, isBack, Lives, nineOfTenRestart } from '../support/restarts.ts';

const file = 'packages/gossip/test/sim/healing-restart.sim.ts';
const pools = healingPools();
afterEach(() => pools.close());

describe('a restart of nearly all loses nobody', () => {
  test('of 60 members 54 restart within a second and know no seed', async () => {
    const { pool, restarted } = await nineOfTenRestart(pools, 60, 1, 0);
    expect(restarted).toHaveLength(54);
    await pool.advanceUntil(() => isBack(pool, restarted), 60_000);
    await pool.advance(15_000);
    await expectOneTruth(pool);
  }, 60_000);

  test('of 60 members 54 are away for three minutes first', async () => {
    const { pool, restarted } = await nineOfTenRestart(pools, 60, 1, 180_000);
    await pool.advanceUntil(() => isBack(pool, restarted), 60_000);
    await expectOneTruth(pool);
  }, 60_000);

  test('would lose some for longer if nobody sought the lost', async () => {
    const { pool, restarted } = await nineOfTenRestart(pools, 60, 1, 180_000, {
      disabledExtensions: new Set(['reconnect-pings']),
    });
    await pool.advance(60_000);
    expect(isBack(pool, restarted)).toBe(false);
  }, 60_000);

  test('in any share of any pool, after any outage, with lost datagrams and tags changed before', {
    timeout: 60_000 * effort,
  }, async ({ task }) => {
    const instances = new Lives();
    const draw = (rng: SeededRng) => {
      instances.tags['life'] = 'first';
      return {
        nodes: oneOf(rng, 3, 5, 10, 20, 40),
        share: oneOf(rng, 0.1, 0.5, 0.9, 0.99),
        awayMs: oneOf(rng, 0, 0, 500, 3_000, 10_000, 30_000, 90_000),
        lossRate: oneOf(rng, 0, 0, 0.1, 0.2),
        changesCount: oneOf(rng, 0, 1, 3),
      };
    };
    const replay = { file, test: task.name };
    await overSeeds(
      { seedsCount: 8, replay, gossip: { tags: instances.tags }, draw },
      async (pool, plan, rng) => {
        for (let i = 0; i < plan.changesCount; i += 1) {
          const some = pool.names.filter(() => rng.next() < 0.5);
          const changes = some.map((name) => pool.gossip(name).setTags({ instance: 'first', i: `${i}` }));
          await pool.settle(Promise.all(changes));
        }
        pool.addRule(udpOnly(loss(plan.lossRate)));
        const keptCount = Math.max(1, Math.round(plan.nodes * (1 - plan.share)));
        const restarted = shuffle([...pool.names], rng).slice(keptCount);
        await instances.restart(pool, restarted, plan.awayMs);
        await pool.advanceUntil(() => isBack(pool, restarted), 60_000);
        await pool.advance(20_000);
        expect(isBack(pool, restarted), 'they are still back 20 s later').toBe(true);
      },
    );
  });

  test('a member that restarts alone, without a seed, is met by whoever pings it', async () => {
    const timing = { pushPullIntervalMs: 0 };
    const pool = await pools.open({ nodes: 10, seed: 2, gossip: { timing } });
    await pool.advance(30_000); // until nobody gossips any more
    const back = await pool.restart('m10');
    expect(back.members()).toHaveLength(1);
    await pool.advanceUntil(() => pool.isConverged(), 10_000);
  });

  test('that nobody would meet otherwise', async () => {
    const timing = { pushPullIntervalMs: 0 };
    const disabledExtensions = new Set(['reconnect-pings', 'corrections'] as const);
    const pool = await pools.open({ nodes: 10, seed: 2, gossip: { timing } }, { disabledExtensions });
    await pool.advance(30_000);
    const back = await pool.restart('m10');
    await pool.advance(30_000);
    expect(back.members()).toHaveLength(1);
  });
});

test.each([1, 2, 3])(
  'halves that have both restarted while they were apart find each other by their snapshots (seed %i)',
  async (seed) => {
    const clock = new VirtualClock();
    const rng = seededRng(seed);
    const network = new SimNetwork({ clock, rng: rng.fork('network') });
    const hosts = Array.from({ length: 8 }, (_, i) => `10.0.0.${i + 1}`);
    const disks = hosts.map(() => new MemoryStorage());
    const running: Gossip[] = [];
    const start = async (host: string, instance: number): Promise<Gossip> => {
      const { packets, streams, clock: ownClock } = network.host({ host, port: 7946 });
      const i = hosts.indexOf(host);
      const own = rng.fork(`${host} ${instance}`);
      const disk = disks[i] ?? new MemoryStorage();
      const ports = {
        clock: ownClock,
        rng: own,
        entropy: seededEntropy(own),
        packets,
        streams,
        snapshot: disk,
      };
      const options = { name: host, bind: { host, port: 7946 }, snapshot: { path: host }, ports };
      const gossip = await createGossip(options);
      running[i] = gossip;
      return gossip;
    };
    const advance = async (durationMs: number): Promise<void> => {
      for (let passedMs = 0; passedMs < durationMs; passedMs += 20) {
        clock.advance(20);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const seesAll = () => running.every((gossip) => countAlive(gossip) === hosts.length);

    for (const host of hosts) {
      const joined = (await start(host, 1)).join(['10.0.0.1']);
      await advance(500);
      await joined;
    }
    await advance(5_000);
    expect(seesAll()).toBe(true);
    const heal = network.addRule(partition(hosts.slice(0, 4), hosts.slice(4)));
    await advance(1_000 * (20 + randomBelow(rng, 40)));
    for (const host of hosts) {
      network.crash({ host, port: 7946 });
      await start(host, 2);
    }
    await advance(90_000);
    expect(running.map(countAlive)).toEqual(hosts.map(() => 4));
    heal();
    await advance(30_000);
    expect(running.map(countAlive)).toEqual(hosts.map(() => hosts.length));
    await Promise.all(running.map((gossip) => gossip.close()));
  },
  60_000,
);

function countAlive(gossip: Gossip): number {
  return gossip.members().filter(({ status }) => status === 'alive').length;
}
