import { afterEach, describe, expect, test } from 'vitest';
import { delay, loss, udpOnly } from '../../src/testing/index.ts';
import { healingPools } from '../support/healing-pools.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const pools = healingPools();
afterEach(() => pools.close());

describe('a join resolves when a peer lists this instance of the member', () => {
  test.each([
    ['at once', 0, {}],
    ['at once, with other tags', 0, { instance: 'second' }],
    ['after it was found to have failed', 60_000, { instance: 'second' }],
  ])('of a member that restarts %s: within 500 ms, without an error', async (_, awayMs, tags) => {
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

  test('of a member that moved, when its old address answers to no name: no error', async () => {
    const cluster = await pools.of(3, 1);
    cluster.crash('m3');
    const back = await cluster.restart('m3', { host: '10.9.9.9' });
    expect(await cluster.settle(back.join([cluster.addressOf('m1').host]))).toMatchObject({ joinedCount: 1 });
    expect(cluster.gossip('m1').member('m3')?.address.host).toBe('10.9.9.9');
  });
});

test('a join succeeds on a busy machine, on which one answer takes longer than the local stream timeout', async () => {
  const cluster = await pools.of(2, 1);
  const late = await cluster.restart('late', { host: '10.9.9.9', gossip: { profile: 'local' } });
  cluster.addRule(delay({ minMs: 600, maxMs: 600 }));
  const { host } = cluster.addressOf('m1');
  expect(await cluster.settle(late.join([host]))).toMatchObject({ joinedCount: 1 });
  expect(cluster.statusSeenBy('m1', 'late')).toBe('alive');
});

test('a member that only reaches itself has joined no other', async () => {
  const cluster = await pools.of(2, 1);
  const alone = await cluster.restart('alone', { host: '10.9.9.9' });
  expect(await cluster.settle(alone.join(['10.9.9.9', '10.9.9.8']))).toMatchObject({
    joinedCount: 0,
    failures: [{ seed: '10.9.9.8' }],
  });
});

describe('a join with retries', () => {
  test('goes on until a seed answers, and logs why each attempt failed', async () => {
    const cluster = await pools.of(2, 1);
    const { logger, lines } = recordingLogger();
    const early = await cluster.restart('early', { host: '10.9.9.9', gossip: { logger } });
    const joined = early.join(['10.9.9.8'], { retry: {} });
    await cluster.advance(20_000);
    expect(lines.filter(({ level }) => level === 'warn')).toMatchObject(
      [1, 2, 3, 4, 5].map((attempts) => ({
        message: 'Join cluster failed, will retry',
        fields: { attempts, reason: 'no seed could be joined: 10.9.9.8:7946: connection refused' },
      })),
    );
    await cluster.restart('seed', { host: '10.9.9.8' });
    expect(await cluster.settle(joined)).toMatchObject({ joinedCount: 1 });
  });

  test('goes on while only we answer, with one log line, and resolves when another has joined us', async () => {
    const cluster = await pools.of(2, 1);
    const { logger, lines } = recordingLogger();
    const first = await cluster.restart('first', { host: '10.9.9.9', gossip: { logger } });
    const joined = first.join(['10.9.9.9'], { retry: {} });
    await cluster.advance(600_000);
    expect(lines.filter(({ level }) => level !== 'debug')).toMatchObject([
      { level: 'info', message: 'Only this member itself answered a join, will retry' },
    ]);
    const second = await cluster.restart('second', { host: '10.9.9.8' });
    await cluster.settle(second.join(['10.9.9.9']));
    expect(await cluster.settle(joined)).toMatchObject({ joinedCount: 0 });
  });

  test('ends after its last attempt, with the outcome of that', async () => {
    const cluster = await pools.of(2, 1);
    const alone = await cluster.restart('alone', { host: '10.9.9.9' });
    const retry = { maxAttempts: 3 };
    await expect(cluster.settle(alone.join(['10.9.9.8'], { retry }))).rejects.toMatchObject({
      code: 'GOSSIP_JOIN_FAILED',
    });
    expect(await cluster.settle(alone.join(['10.9.9.9'], { retry }))).toMatchObject({ joinedCount: 0 });
  });

  test.each([
    ['aborted', { message: 'enough' }],
    ['closed', { code: 'GOSSIP_CLOSED' }],
  ])('ends at once when it is %s', async (how, reason) => {
    const cluster = await pools.of(2, 1);
    const alone = await cluster.restart('alone', { host: '10.9.9.9' });
    const giveUp = new AbortController();
    const joined = alone.join(['10.9.9.8'], { retry: {}, signal: giveUp.signal });
    const ended = expect(joined).rejects.toMatchObject(reason);
    await cluster.advance(10_000);
    const atMs = cluster.clock.nowMs();
    if (how === 'aborted') giveUp.abort(new Error('enough'));
    else await cluster.stop('alone');
    await ended;
    expect(cluster.clock.nowMs()).toBe(atMs);
  });

  test.each([
    ['seeds that are none', ['a b'], {}, 'GOSSIP_JOIN_FAILED'],
    ['no seeds', [], {}, 'GOSSIP_JOIN_FAILED'],
    ['options that are none', ['10.9.9.8'], { maxAttempts: -1 }, 'GOSSIP_ARGUMENT'],
  ])('does not begin with %s', async (_, seeds, retry, code) => {
    const cluster = await pools.of(2, 1);
    await expect(cluster.gossip('m1').join(seeds, { retry })).rejects.toMatchObject({ code });
  });
});

describe('a member that advertises an address of another host', () => {
  test('gets the reason as the error of its join, warns once, and does not flap', async () => {
    const cluster = await pools.of(3, 1);
    const { logger, lines } = recordingLogger();
    const advertise = { host: '10.66.6.6' };
    const lost = await cluster.restart('lost', { host: '10.9.9.9', gossip: { advertise, logger } });
    await expect(cluster.settle(lost.join([cluster.addressOf('m1').host]))).rejects.toMatchObject({
      code: 'GOSSIP_NOT_ADMITTED',
      message: expect.stringContaining('cannot reach this member at 10.66.6.6:7946'),
    });
    const seen: string[] = [];
    for (const type of ['member-join', 'member-failed'] as const) {
      cluster
        .gossip('m2')
        .on(type, ({ members }) => seen.push(...members.map(({ name }) => `${type} ${name}`)));
    }
    await cluster.advance(600_000);
    expect(seen).toEqual(['member-failed lost']);
    expect(lines.filter(({ message }) => message.startsWith('no member reaches'))).toHaveLength(1);
  });

  test('and has not joined, warns once, and flaps once at most', async () => {
    const cluster = await pools.of(3, 1);
    const { logger, lines } = recordingLogger();
    const advertise = { host: '10.66.6.6' };
    await cluster.restart('lost', { host: '10.9.9.9', gossip: { advertise, logger } });
    const seen: string[] = [];
    cluster.gossip('m2').on('member-failed', ({ members }) => seen.push(...members.map(({ name }) => name)));
    await cluster.settle(cluster.gossip('m1').join(['10.9.9.9']));
    await cluster.advance(600_000);
    expect(seen.filter((name) => name === 'lost').length).toBeLessThanOrEqual(2);
    expect(lines.filter(({ message }) => message.startsWith('no member reaches'))).toHaveLength(1);
  });
});

test('a member whose datagrams are all lost joins by streams', async () => {
  const cluster = await pools.of(3, 1);
  cluster.addRule(udpOnly(loss(1)));
  const late = await cluster.restart('late', { host: '10.9.9.9' });
  expect(await cluster.settle(late.join([cluster.addressOf('m1').host]))).toMatchObject({ joinedCount: 1 });
  await cluster.advance(120_000);
  expect(cluster.isConverged()).toBe(true);
});
