import { afterEach, describe, expect, test } from 'vitest';
import { healingPools } from '../support/healing-pools.ts';

const pools = healingPools();
afterEach(() => pools.close());

describe('a join means that a peer lists this life of this member', () => {
  test.each([
    ['at once', 0, {}],
    ['at once, with other tags', 0, { life: 'second' }],
    ['after it was found to have failed', 60_000, { life: 'second' }],
  ])('of a member that restarts %s: no error, and soon', async (_, awayMs, tags) => {
    const cluster = await pools.of(3, 1);
    for (const version of ['1', '2', '3']) await cluster.settle(cluster.gossip('m3').setTags({ version }));
    cluster.crash('m3');
    await cluster.advance(awayMs);
    const back = await cluster.restart('m3', { gossip: { tags } });
    const startedAtMs = cluster.clock.nowMs();
    await cluster.settle(back.join([cluster.addressOf('m1').host]));
    expect(cluster.clock.nowMs() - startedAtMs).toBeLessThan(500);
    expect(cluster.gossip('m1').member('m3')?.tags).toEqual(tags);
  });

  test('of a member that moved from an address that denies its name: no error', async () => {
    const cluster = await pools.of(3, 1);
    cluster.crash('m3');
    const back = await cluster.restart('m3', { host: '10.9.9.9' });
    expect(await cluster.settle(back.join([cluster.addressOf('m1').host]))).toMatchObject({ joinedCount: 1 });
    expect(cluster.gossip('m1').member('m3')?.address.host).toBe('10.9.9.9');
  });
});

test('a member that only reaches itself has joined nobody', async () => {
  const cluster = await pools.of(2, 1);
  const alone = await cluster.restart('alone', { host: '10.9.9.9' });
  expect(await cluster.settle(alone.join(['10.9.9.9', '10.9.9.8']))).toMatchObject({
    joinedCount: 0,
    failures: [{ seed: '10.9.9.8' }],
  });
});
