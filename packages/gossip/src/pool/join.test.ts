import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { GossipError } from '../errors.ts';
import type { PushPullOutcome } from '../io/driver.ts';
import type { AnswerAboutUs, OwnListing, OwnReach } from '../swim/reach/own-listing.ts';
import type { StreamFailure } from '../swim/types.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { type Address, formatAddress } from '../wire/address.ts';
import { type JoinParts, type JoinRequest, joinPool } from './join.ts';

/** The answers of a peer to one push/pull after another; the last one repeats. `silent` never answers. */
type Peer = readonly (PushPullOutcome | 'silent')[];

function answer(
  listing: OwnListing,
  from: AnswerAboutUs['from'] = 'another',
  reach: OwnReach = 'reached',
): PushPullOutcome {
  return { type: 'merged', answer: { listing, from, reach } };
}
const admits = answer({ type: 'admitted' });
const merges = answer({ type: 'missing' });
const refuses: PushPullOutcome = {
  type: 'failed',
  failure: { code: 'SEED_REFUSED', reason: 'connection refused' },
};
const self: Address = { host: '127.0.0.1', port: 7946 };

/** A joiner among scripted peers, in virtual time. */
function joiner(peers: Readonly<Record<string, Peer>>) {
  const clock = new VirtualClock();
  const pushPulls: string[] = [];
  let announcements = 0;
  const parts: JoinParts = {
    clock,
    name: 'me',
    advertised: { host: '10.9.9.9', port: 7946 },
    probeTimeoutMs: 500,
    overrulingKeyring: '/data/keyring',
    defaultPort: 7946,
    isSelf: (address) => address.host === self.host,
    resolve: async ({ host, port }) => {
      if (host === 'three') return [{ host: '127.0.0.3', port }];
      if (host === 'unknown') throw new Error('cannot resolve "unknown"');
      return host === 'both'
        ? [
            { host: '127.0.0.2', port },
            { host: '127.0.0.3', port },
          ]
        : [{ host, port }];
    },
    pushPull: (to, intent, signal) => {
      const key = formatAddress(to);
      pushPulls.push(`${intent} ${key}`);
      const answers = peers[to.host] ?? [refuses];
      const asked = pushPulls.filter((line) => line.endsWith(` ${key}`)).length;
      const answer = answers[Math.min(asked, answers.length) - 1] ?? 'silent';
      if (answer !== 'silent') return Promise.resolve(answer);
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    },
    announce: () => {
      announcements += 1;
    },
  };
  const join = (seeds: readonly string[], request: Partial<JoinRequest> = {}) =>
    joinPool(parts, { seeds, timeoutMs: 10_000, signals: [], ...request });
  return { clock, parts, pushPulls, join, announced: () => announcements };
}

/** Waits for a promise, and moves time to the next wake whenever no microtask is left. */
async function settle<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = work.finally(() => {
    isSettled = true;
  });
  settled.catch(() => undefined);
  for (let idle = 0; !isSettled; idle += 1) {
    if (idle > 10_000) throw new Error('the promise never settles');
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    if (!isSettled) clock.runToNextWake();
  }
  return settled;
}

async function failed(clock: VirtualClock, work: Promise<unknown>): Promise<GossipError> {
  try {
    await settle(clock, work);
  } catch (error) {
    return error as GossipError;
  }
  throw new Error('the join did not fail');
}

describe('a join', () => {
  test('begins a push/pull with all seeds at once and counts those that answered', async () => {
    const { join, clock, pushPulls, announced } = joiner({ '127.0.0.2': [admits], '127.0.0.3': [admits] });
    const result = await settle(clock, join(['127.0.0.2', 'db/127.0.0.3:8301', '127.0.0.4', 'unknown', ':']));
    expect(result.joinedCount).toBe(2);
    expect(result.failures.map(({ seed, error }) => [seed, error.code, error.message])).toEqual([
      ['127.0.0.4', 'SEED_REFUSED', '127.0.0.4:7946: connection refused'],
      ['unknown', 'SEED_UNRESOLVED', 'cannot resolve "unknown"'],
      [':', 'SEED_INVALID', 'seed ":": "" is not a port'],
    ]);
    expect(pushPulls).toEqual(['join 127.0.0.2:7946', 'join 127.0.0.3:8301', 'join 127.0.0.4:7946']);
    expect(announced()).toBe(2);
    expect(clock.nowMs()).toBe(0);
  });

  test('tries every address of a host name', async () => {
    const { join, clock } = joiner({ '127.0.0.3': [admits] });
    const result = await settle(clock, join(['both']));
    expect(result).toMatchObject({ joinedCount: 1, failures: [{ seed: 'both' }] });
  });

  test('fails with every reason when no seed answers', async () => {
    const { join, clock, announced } = joiner({});
    const error = await failed(clock, join(['127.0.0.2', 'unknown']));
    expect(error).toMatchObject({ code: 'GOSSIP_JOIN_FAILED' });
    expect(error.message).toBe(
      'no seed could be joined: 127.0.0.2:7946: connection refused; cannot resolve "unknown"',
    );
    expect(error.cause).toBeInstanceOf(AggregateError);
    expect((error.cause as AggregateError).errors).toMatchObject([
      { code: 'SEED_REFUSED', address: { host: '127.0.0.2', port: 7946 } },
      { code: 'SEED_UNRESOLVED', address: undefined },
    ]);
    expect(announced()).toBe(0);
  });

  test('names an address once, although the system error repeats it, and a host name with its address', async () => {
    const text = async (failure: StreamFailure, seed: string): Promise<string> => {
      const { join, clock } = joiner({ '127.0.0.3': [{ type: 'failed', failure }] });
      return (await failed(clock, join([seed, seed]))).message;
    };
    const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.3:1'), {
      code: 'ECONNREFUSED',
      errno: -111,
    });
    const refused = { code: 'SEED_REFUSED', reason: cause.message, cause } as const;
    expect(await text(refused, '127.0.0.3:1')).toBe(
      'no seed could be joined: 127.0.0.3:1: connection refused',
    );
    expect(await text(refused, 'three:1')).toBe(
      'no seed could be joined: three (127.0.0.3:1): connection refused',
    );
  });

  test.each([
    ['SEED_DECRYPT', 'no key opens it', true],
    ['SEED_REJECTED', 'the peer refused: No installed keys could decrypt the message', true],
    ['SEED_REJECTED', 'the peer refused: another datacenter', false],
    ['SEED_REFUSED', 'connection refused', false],
  ] as const)(
    'names the key ring file that overrules the keys, for %s (%s): %s',
    async (code, reason, isNamed) => {
      const { join, clock } = joiner({ '127.0.0.2': [{ type: 'failed', failure: { code, reason } }] });
      const { message } = await failed(clock, join(['127.0.0.2']));
      expect(
        message.endsWith('; the key ring file /data/keyring is used, and differs from encryption.keys'),
      ).toBe(isNamed);
    },
  );

  test('fails without seeds', async () => {
    const { join, clock } = joiner({});
    expect(await failed(clock, join([]))).toMatchObject({ code: 'GOSSIP_JOIN_FAILED' });
  });

  test('fails at its timeout when all seeds are silent, and leaves no wake behind', async () => {
    const { join, clock } = joiner({ '127.0.0.2': ['silent'] });
    const error = await failed(clock, join(['127.0.0.2'], { timeoutMs: 3000 }));
    expect(error).toMatchObject({ code: 'GOSSIP_JOIN_FAILED' });
    expect(error.message).toContain('no answer within 3000 ms');
    expect((error.cause as AggregateError).errors).toMatchObject([{ code: 'SEED_TIMEOUT' }]);
    expect([clock.nowMs(), clock.pendingCount]).toEqual([3000, 0]);
  });
});

describe('admission, gossip.md 8.9', () => {
  test('is checked by another push/pull, because a peer answers before it judges', async () => {
    const { join, clock, pushPulls } = joiner({ '127.0.0.2': [merges, admits] });
    await settle(clock, join(['127.0.0.2']));
    expect(pushPulls).toEqual(['join 127.0.0.2:7946', 'sync 127.0.0.2:7946']);
    expect([clock.nowMs(), clock.pendingCount]).toEqual([50, 0]);
  });

  test('that never comes is an error that names the peer, after seven checks', async () => {
    const { join, clock, pushPulls } = joiner({ '127.0.0.2': [merges] });
    const error = await failed(clock, join(['127.0.0.2']));
    expect(error).toMatchObject({ code: 'GOSSIP_NOT_ADMITTED' });
    expect(error.message).toContain('127.0.0.2:7946');
    expect(pushPulls).toHaveLength(8);
    expect(clock.nowMs()).toBe(3000);
    // A seed that is silent until the timeout does not change the error.
    const withSilent = joiner({ '127.0.0.2': [merges], '127.0.0.3': ['silent'] });
    const { message } = await failed(withSilent.clock, withSilent.join(['127.0.0.2', '127.0.0.3']));
    expect(message).toContain('did not admit this member');
  });

  test('by one peer is enough, and ends the checks at the others', async () => {
    const { join, clock } = joiner({ '127.0.0.2': [merges], '127.0.0.3': [merges, admits] });
    expect(await settle(clock, join(['127.0.0.2', '127.0.0.3']))).toMatchObject({ joinedCount: 2 });
    expect(clock.nowMs()).toBe(50);
  });

  test('by one seed counts although another is silent until the timeout', async () => {
    const { join, clock } = joiner({ '127.0.0.2': [merges, admits], '127.0.0.3': ['silent'] });
    const result = await settle(clock, join(['127.0.0.2', '127.0.0.3']));
    expect(result.joinedCount).toBe(1);
    expect(result.failures[0]?.error.message).toContain('no answer within 10000 ms');
  });

  test('by ourselves does not count when other members answered', async () => {
    const { join, clock } = joiner({
      '127.0.0.1': [answer({ type: 'admitted' }, 'unclear')],
      '127.0.0.2': [merges],
    });
    expect(await failed(clock, join(['127.0.0.1', '127.0.0.2']))).toMatchObject({
      code: 'GOSSIP_NOT_ADMITTED',
    });
  });

  test('fails while the name is at another address, with an error that names its holder', async () => {
    const by = { host: '127.0.0.9', port: 7946 };
    const error = async (state: 'alive' | 'dead') => {
      const { join, clock } = joiner({ '127.0.0.2': [answer({ type: 'taken', by, state })] });
      return failed(clock, join(['127.0.0.2']));
    };
    expect(await error('alive')).toMatchObject({
      code: 'GOSSIP_NOT_ADMITTED',
      message:
        '127.0.0.2:7946 lists the name "me" for the member at 127.0.0.9:7946; give this member another name, or stop that one',
    });
    expect((await error('dead')).message).toBe(
      '127.0.0.2:7946 keeps the name "me" for the failed member at 127.0.0.9:7946; give this member another name, or force-leave the failed one',
    );
  });

  test('fails when the peer cannot reach the address that we announce', async () => {
    const listed = (reach: OwnReach) => answer({ type: 'admitted' }, 'another', reach);
    const { join, clock } = joiner({ '127.0.0.2': [listed('checking'), listed('unreached')] });
    expect(await failed(clock, join(['127.0.0.2']))).toMatchObject({
      code: 'GOSSIP_NOT_ADMITTED',
      message:
        '127.0.0.2:7946 cannot reach this member at 10.9.9.9:7946, the address that it announces; set advertise to one that leads here',
    });
    for (const answers of [[listed('checking'), listed('unknown')], [listed('checking')]]) {
      const open = joiner({ '127.0.0.2': answers });
      expect(await settle(open.clock, open.join(['127.0.0.2'], { timeoutMs: 1_000 }))).toMatchObject({
        joinedCount: 1,
      });
    }
  });

  test('succeeds once the address check of the peer has moved the name', async () => {
    const taken = answer({ type: 'taken', by: { host: '127.0.0.9', port: 7946 }, state: 'alive' });
    const { join, clock } = joiner({
      '127.0.0.2': [taken, taken, taken, taken, taken, taken, taken, admits],
    });
    expect(await settle(clock, join(['127.0.0.2']))).toMatchObject({ joinedCount: 1 });
    expect(clock.nowMs()).toBe(3000);
  });

  test('that is not confirmed before the timeout is an error', async () => {
    const { join, clock } = joiner({ '127.0.0.2': [merges, 'silent'] });
    const error = await failed(clock, join(['127.0.0.2'], { timeoutMs: 1000 }));
    expect(error).toMatchObject({
      code: 'GOSSIP_NOT_ADMITTED',
      message:
        '127.0.0.2:7946 answered but did not list this member within 1000 ms, which a busy machine may need; join again, or set timeoutMs to more',
    });
    expect(clock.nowMs()).toBe(1000);
  });
});

describe('an answer from ourselves', () => {
  test.each([
    ['by its content', '127.0.0.5', 'ourselves'],
    ['by its source', '127.0.0.1', 'unclear'],
  ] as const)('recognized %s is neither a join nor a failure', async (_, host, from) => {
    const { join, clock, announced } = joiner({ [host]: [answer({ type: 'admitted' }, from)] });
    expect(await settle(clock, join([host, '127.0.0.4']))).toMatchObject({
      joinedCount: 0,
      failures: [{ seed: '127.0.0.4' }],
    });
    expect(announced()).toBe(0);
  });

  test('is not assumed when another member answers at our own address', async () => {
    const { join, clock } = joiner({ '127.0.0.1': [admits] });
    expect(await settle(clock, join(['127.0.0.1']))).toMatchObject({ joinedCount: 1 });
  });
});

describe('an abort', () => {
  const reason = new Error('the user gave up');

  test.each([
    ['while seeds are silent', ['silent'] as Peer],
    ['while admission is checked', [merges, 'silent'] as Peer],
    ['between two checks', [merges] as Peer],
  ])('%s ends the join with its reason and leaves nothing behind', async (_, peer) => {
    const { join, clock } = joiner({ '127.0.0.2': peer });
    const users = new AbortController();
    const closing = new AbortController();
    clock.wakeAt(60, () => users.abort(reason));
    expect(await failed(clock, join(['127.0.0.2'], { signals: [closing.signal, users.signal] }))).toBe(
      reason,
    );
    expect([clock.nowMs(), clock.pendingCount]).toEqual([60, 0]);
    expect(getEventListeners(closing.signal, 'abort')).toEqual([]);
  });

  test('before the join prevents every push/pull', async () => {
    const { join, clock, pushPulls } = joiner({ '127.0.0.2': [admits] });
    expect(await failed(clock, join(['127.0.0.2'], { signals: [AbortSignal.abort(reason)] }))).toBe(reason);
    expect(pushPulls).toEqual([]);
  });

  test('is not listened for after the join', async () => {
    const { join, clock } = joiner({ '127.0.0.2': [admits] });
    const { signal } = new AbortController();
    await settle(clock, join(['127.0.0.2'], { signals: [signal] }));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
