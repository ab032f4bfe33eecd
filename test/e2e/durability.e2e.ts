import { describe, expect, test } from 'vitest';
import { DurableServer } from '../durability/durable-server.ts';
import { KillRounds } from '../durability/kill-rounds.ts';
import { type Lie, LyingProxy } from '../durability/lying-proxy.ts';
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
