import { setTimeout as delay } from 'node:timers/promises';
import { type SeededRng, seededRng } from '@hobnob/gossip/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitUntil } from '../interop/wait-until.ts';
import { LossyNetwork, shareThatArrives } from './lossy-network.ts';
import { type NodeKind, SoakPool } from './soak-pool.ts';

/**
 * Twenty real processes, most of them ours, in a network that loses 30 % of all datagrams and some pairs' datagrams
 * altogether, one way, while members are killed, leave and come back. `HOBNOB_SOAK_SECONDS` says how long,
 * `HOBNOB_SOAK_SEED` repeats the choices; what the kernel loses and when a process is scheduled differs each time.
 */

const soakSeconds = Number(process.env['HOBNOB_SOAK_SECONDS'] ?? 60);
const seed = Number(process.env['HOBNOB_SOAK_SEED'] ?? Date.now() % 1_000_000);
const lossProbability = 0.3;
const kinds: readonly NodeKind[] = [
  ...Array.from({ length: 15 }, () => 'ours' as const),
  ...['0.10.1', '0.10.1', '0.10.1', '0.9.4', '0.9.4'].map((version) => version as NodeKind),
];
/** Fewer would be another test: most of the pool is up at any time. */
const runningMin = 14;
/** Once nothing is lost: a suspicion's longest time, the reconnects of who was given up, and room for a busy machine. */
const agreementSecondsMax = 150;
/** A Node process that does nothing has about 50 MiB. */
const residentMiBMax = 160;
/** Of one core, the start of the process included. */
const cpuShareMax = 0.25;

function pick<T>(rng: SeededRng, from: readonly T[]): T {
  const picked = from[Math.floor(rng.next() * from.length)];
  if (picked === undefined) throw new RangeError('nothing to pick from');
  return picked;
}

describe(`a pool of ${kinds.length} processes, seed ${seed}, ${soakSeconds} s`, () => {
  const rng = seededRng(seed);
  const pool = new SoakPool(kinds);
  const counts = { kill: 0, leave: 0, start: 0, block: 0 };
  let network: LossyNetwork;

  const randomBlocks = () =>
    Array.from({ length: 4 }, () => {
      const from = pick(rng, pool.hosts);
      return {
        from,
        to: pick(
          rng,
          pool.hosts.filter((host) => host !== from),
        ),
      };
    });

  async function act(): Promise<void> {
    const choice = rng.next();
    const running = pool.running();
    const down = pool.down();
    if (choice < 0.2) {
      counts.block += 1;
      await network.set({ lossProbability, blocks: randomBlocks() });
    } else if (down.length > 0 && (choice < 0.6 || running.length <= runningMin)) {
      counts.start += 1;
      await pool.start(pick(rng, down), { through: pick(rng, running) });
    } else if (running.length > runningMin) {
      const how = choice < 0.85 ? 'kill' : 'leave';
      counts[how] += 1;
      await pool[how](pick(rng, running));
    }
  }

  beforeAll(async () => {
    process.stdout.write(`soak: HOBNOB_SOAK_SEED=${seed} HOBNOB_SOAK_SECONDS=${soakSeconds}\n`);
    // Every child process has a listener that ends it with this one.
    process.setMaxListeners(kinds.length + process.getMaxListeners());
    network = await LossyNetwork.open();
  });
  afterAll(() => pool.dispose());

  test('the network drops the configured datagrams, in one direction', async () => {
    const [from, to] = ['127.34.2.1', '127.34.2.2'] as const;
    await network.set({ lossProbability, blocks: [{ from, to }] });
    expect(await shareThatArrives(from, to)).toBe(0);
    expect(await shareThatArrives(to, from)).toBeGreaterThan(0.6);
    expect(await shareThatArrives(to, from)).toBeLessThan(0.8);
    await network.heal();
    expect(await shareThatArrives(from, to)).toBe(1);
  });

  test('all members find each other while a third of the datagrams is lost', async () => {
    await network.set({ lossProbability, blocks: randomBlocks() });
    const [first = '', ...others] = pool.down();
    await pool.start(first);
    // Two at a time: twenty processes that start at once would measure the machine.
    for (let i = 0; i < others.length; i += 2) {
      await Promise.all(others.slice(i, i + 2).map((name) => pool.start(name, { through: first })));
    }
    expect(pool.running()).toHaveLength(kinds.length);
  });

  test('the pool survives kills, departures, restarts and blocked pairs', async () => {
    const endAtMs = performance.now() + soakSeconds * 1000;
    while (performance.now() < endAtMs) {
      await act();
      pool.inspect();
      await delay(500 + rng.next() * 2500);
    }
    process.stdout.write(`soak: ${JSON.stringify(counts)}\n`);
    expect(counts.kill + counts.leave + counts.start).toBeGreaterThan(0);
  });

  test('when no datagram is lost any more, all running members agree on who is alive', async () => {
    await network.heal();
    const healedAtMs = performance.now();
    let last: string | undefined;
    await waitUntil(
      'all agree',
      async () => {
        last = await pool.disagreement();
        return last === undefined;
      },
      { timeoutMs: agreementSecondsMax * 1000, everyMs: 1000, explain: async () => last ?? '' },
    );
    const seconds = (performance.now() - healedAtMs) / 1000;
    process.stdout.write(`soak: ${pool.running().length} members agree after ${seconds.toFixed(1)} s\n`);
  });

  test('no process crashed, used too much memory or CPU, or reported an error', () => {
    pool.inspect();
    const { residentMiB, cpuShare } = pool.peaks;
    process.stdout.write(
      `soak: ours used up to ${residentMiB.toFixed(0)} MiB and ${(cpuShare * 100).toFixed(1)} % of a core\n`,
    );
    expect(pool.problems).toEqual([]);
    expect(residentMiB).toBeLessThan(residentMiBMax);
    expect(cpuShare).toBeLessThan(cpuShareMax);
  });
});
