import { afterEach, describe, expect, test } from 'vitest';
import { type TestCluster, udpOnly } from '../../src/testing/index.ts';
import { healingPools } from '../support/healing-pools.ts';

const pools = healingPools();
afterEach(() => pools.close());

/** Starts processes of another pool at addresses of members; they join each other, but not the pool. */
async function strangersAt(
  pool: TestCluster,
  hosts: readonly string[],
  gossip = {},
): Promise<readonly string[]> {
  const names = hosts.map((_, i) => `stranger-${i + 1}`);
  for (const [i, host] of hosts.entries()) await pool.restart(names[i] ?? '', { host, gossip });
  if (names.length > 1) await pool.join(names.slice(1), names[0]);
  return names;
}

/** Every member that lists a member of the other pool. */
function mergedIn(pool: TestCluster, strangers: readonly string[]): readonly string[] {
  const isStranger = (name: string): boolean => strangers.includes(name);
  return pool.running.flatMap((observer) =>
    pool
      .gossip(observer)
      .members()
      .filter(({ name }) => isStranger(name) !== isStranger(observer))
      .map(({ name }) => `${observer} lists ${name}`),
  );
}

/** Some members crash or leave, and strangers start at their addresses after a while. Lets ten minutes pass. */
async function takeOver(
  pool: TestCluster,
  lost: readonly string[],
  { how, afterMs }: { readonly how: 'crash' | 'leave'; readonly afterMs: number },
): Promise<readonly string[]> {
  const hosts = lost.map((name) => pool.addressOf(name).host);
  for (const name of lost) {
    if (how === 'leave') {
      await pool.settle(pool.gossip(name).leave());
      await pool.stop(name);
    } else pool.crash(name);
  }
  await pool.advance(afterMs);
  const strangers = await strangersAt(pool, hosts);
  for (let minute = 0; minute < 10; minute += 1) {
    // Broadcasts about live members must not reach the strangers either.
    await pool.settle(pool.gossip('m1').setTags({ minute: `${minute}` }));
    await pool.advance(60_000);
  }
  return strangers;
}

describe('a process of another pool at the address of a lost member', () => {
  test.each([
    ['crash', 10_000, 1],
    ['crash', 120_000, 1],
    ['leave', 10_000, 1],
    ['crash', 10_000, 3],
  ] as const)(
    'after a %s, %i ms later, never joins our pool, nor we its (%i lost)',
    async (how, afterMs, count) => {
      const pool = await pools.of(3 + count, 3);
      const lost = pool.names.slice(-count);
      const strangers = await takeOver(pool, lost, { how, afterMs });
      expect(mergedIn(pool, strangers)).toEqual([]);
      expect(pool.statusSeenBy('m1', 'm2')).toBe('alive');
    },
  );

  test('joins our pool without named push/pulls', async () => {
    const pool = await pools.of(4, 3, {}, { disabledExtensions: new Set(['named-push-pulls']) });
    const strangers = await takeOver(pool, ['m4'], { how: 'crash', afterMs: 10_000 });
    expect(mergedIn(pool, strangers)).not.toEqual([]);
  });

  test('does not join our pool when both pools reconnect to addresses of the other', async () => {
    const pool = await pools.of(4, 5);
    const theirs = ['10.5.0.1', '10.5.0.2', '10.5.0.3'];
    const strangers = [...(await strangersAt(pool, theirs))];
    await pool.advance(5_000);
    const here = pool.addressOf('m4').host;
    pool.crash('m4');
    pool.crash('stranger-3');
    await pool.advance(20_000);
    await pool.restart('stranger-4', { host: here });
    await pool.restart('m5', { host: '10.5.0.3' });
    strangers.push('stranger-4');
    await Promise.all([pool.join('stranger-4', 'stranger-1'), pool.join('m5', 'm1')]);
    await pool.advance(600_000);
    expect(mergedIn(pool, strangers)).toEqual([]);
  });

  test('joins our pool when an operator asks for it', async () => {
    const pool = await pools.of(3, 3);
    const { host } = pool.addressOf('m3');
    pool.crash('m3');
    await pool.advance(30_000);
    await pool.restart('newcomer', { host });
    await pool.settle(pool.gossip('m1').join([host]));
    await pool.advance(5_000);
    expect(pool.statusSeenBy('m2', 'newcomer')).toBe('alive');
  });

  test('causes one log line at the stranger and one at each of us, not one for every ping', async () => {
    const pool = await pools.of(3, 3);
    await takeOver(pool, ['m3'], { how: 'crash', afterMs: 10_000 });
    const lines = (text: string) => pool.history().filter((line) => line.includes(text));
    expect(lines('Got ping for unexpected node')).toHaveLength(1);
    expect(lines('another process has the address of a lost member').length).toBeLessThanOrEqual(2);
  });

  test('does not keep the lost member out: back at its address, the member is found though UDP is blocked', async () => {
    const pool = await pools.of(3, 3);
    const { host } = pool.addressOf('m3');
    await takeOver(pool, ['m3'], { how: 'crash', afterMs: 10_000 });
    pool.crash('stranger-1');
    pool.addRule(udpOnly(() => ({ type: 'drop' })));
    await pool.restart('m3', { host });
    await pool.advanceUntil(() => pool.statusSeenBy('m1', 'm3') === 'alive', 30 * 60_000);
  });
});
