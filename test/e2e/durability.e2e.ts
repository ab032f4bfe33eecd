import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DurableServer } from '../durability/durable-server.ts';
import { KillRounds } from '../durability/kill-rounds.ts';
import { type Lie, LyingProxy } from '../durability/lying-proxy.ts';
import { cutPower } from '../durability/power-cut.ts';
import { canBuildShim, DiskShim } from '../durability/shim.ts';
import { LoopbackAddresses } from '../interop/peers.ts';

/**
 * A server that is killed under writes keeps what it acknowledged. A sample of the rounds; test/durability/run plays 100,
 * of a real Consul too.
 */

const addresses = new LoopbackAddresses(1, 30);
const rounds = Number(process.env['HOBNOB_KILL_ROUNDS'] ?? 20);
const seed = Number(process.env['HOBNOB_KILL_SEED'] ?? Math.floor(Math.random() * 1e9));
const program = process.env['HOBNOB_KILL_PROGRAM'] === 'consul' ? 'consul' : 'hobnob';
/** A round takes two seconds at most with a real Consul; the rest is for a busy machine. */
const timeout = 60_000 + rounds * 15_000;

test(`${rounds} rounds of writes, SIGKILL and restart, seed ${seed}`, { timeout, retry: 0 }, async () => {
  await using server = await DurableServer.create(program, addresses.next());
  const report = await KillRounds.run({ server, seed, rounds });
  expect(report.faults.join('\n\n')).toBe('');
  expect(report.undecided).toEqual([]);
  expect(report.answered).toBeGreaterThan(rounds * 50);
  expect(report.lost).toBeGreaterThan(rounds);
  // The kills met snapshots too.
  const snapshots = join(server.dataFolder, program === 'hobnob' ? 'hobnob' : 'raft', 'snapshots');
  expect(readdirSync(snapshots).length).toBeGreaterThan(0);
  process.stdout.write(`${program}: ${report.answered} answered, ${report.lost} without an answer\n`);
});

describe('the rounds find a server that', { timeout: 120_000, retry: 0 }, () => {
  test.each<readonly [Lie, string]>([
    ['early', 'acknowledges a write before it has it'],
    ['never', 'forgets some writes'],
    ['torn', 'makes the halves of a transaction one after the other'],
  ])('%s: %s', async (lie) => {
    await using server = await DurableServer.create(program, addresses.next());
    await using proxy = await LyingProxy.start(server, lie);
    const report = await KillRounds.run({ server, seed, rounds: 3, through: proxy });
    expect(report.faults.join('\n')).toMatch(
      /no order of the operations on (k|l|p)\/\d explains this answer/,
    );
  });
});

/** A real Consul is a static program, to which the shim says nothing. */
const canCutPower = canBuildShim() && program === 'hobnob';

describe.skipIf(!canCutPower)('a server whose power is cut', { timeout, retry: 0 }, () => {
  test(`keeps what it acknowledged, ${rounds / 2} rounds, seed ${seed}`, async () => {
    await using server = await DurableServer.create(program, addresses.next());
    await using disk = await DiskShim.create(server.dataFolder);
    // Most kills then meet writes that wait for their sync.
    disk.set({ syncDelayMs: 25 });
    let pages = 0;
    const report = await KillRounds.run({
      server,
      seed,
      rounds: rounds / 2,
      env: disk.env,
      afterKill: (random) => {
        pages += cutPower(server.dataFolder, disk.undoPath, random);
      },
    });
    expect(report.faults.join('\n\n')).toBe('');
    expect(report.undecided).toEqual([]);
    process.stdout.write(`${report.answered} answered, ${pages} pages taken back\n`);
    expect(pages).toBeGreaterThan(0);
  });

  test('is found out when its syncs keep nothing', async () => {
    await using server = await DurableServer.create(program, addresses.next());
    await using disk = await DiskShim.create(server.dataFolder);
    const lose = KillRounds.run({
      server,
      seed,
      rounds: 3,
      env: disk.env,
      afterKill: (random) => {
        cutPower(server.dataFolder, disk.undoPath, random);
        disk.set({ syncsLie: true });
      },
    });
    // It forgets, or cannot read what is left of its data.
    const outcome = await lose.then(
      ({ faults }) => faults.join('\n'),
      (error: Error) => error.message,
    );
    expect(outcome).toMatch(
      /no order of the operations|went back from|after the restart it is|ended by itself/,
    );
  });
});
