import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  alive,
  dead,
  deaths,
  effectsOf,
  probesIn,
  SwimFixture,
  selfName,
  sentOf,
  suspect,
} from '../../../test/support/swim-fixture.ts';

/** Without push/pulls. */
const quiet = { probeIntervalMs: 1000, pushPullIntervalMs: 0 };
/** A suspect that answers our probes is declared dead all the same, as in memberlist: only the times are tested. */
const withoutProof = { disabledExtensions: new Set(['second-confirmation'] as const) };
/** The first probe tick is far away. */
const noProbes = [0.999_999] as const;

function suspicious(names: readonly string[]): SwimFixture {
  const pool = new SwimFixture({ timing: quiet });
  pool.know(...names);
  return pool;
}

describe('a suspicion, gossip.md 3.4.2', () => {
  test('makes a member suspect, not down, and is gossiped on as it came', () => {
    const pool = suspicious(['a']);
    pool.emptyQueue();
    const effects = pool.receive(suspect('a', 1, 'b'));
    expect(pool.state('a')).toBe('suspect');
    expect(effectsOf(effects, 'member-down')).toEqual([]);
    expect(sentOf(pool.receive({ type: 'ping', seq: 1, node: '' }), 'suspect')).toEqual([
      suspect('a', 1, 'b'),
    ]);
  });

  test('is ignored about an unknown member, one that is down, and an older incarnation', () => {
    const pool = suspicious(['a', 'b']);
    pool.receive(alive('a', { incarnation: 5 }), ...deaths('b'));
    expect(pool.receive(suspect('unknown'), suspect('a', 4), suspect('b'))).toEqual([]);
    expect([pool.state('unknown'), pool.state('a'), pool.state('b')]).toEqual([undefined, 'alive', 'dead']);
  });

  test('times out after four seconds in a pool of two: the member is dead, and the death is gossiped', () => {
    const pool = new SwimFixture({ timing: quiet, random: noProbes });
    pool.know('a');
    pool.receive(suspect('a', 1, 'b'));
    expect(effectsOf(pool.runTo(3999), 'member-down')).toEqual([]);
    const effects = pool.runTo(4000);
    expect(effectsOf(effects, 'member-down').map(({ member }) => member.state)).toEqual(['dead']);
    pool.nowMs = 4001;
    expect(sentOf(pool.receive({ type: 'ping', seq: 1, node: '' }), 'dead')).toEqual([
      dead('a', 1, selfName),
    ]);
  });

  test('ends with a higher incarnation, after which nothing times out', () => {
    const pool = suspicious(['a']);
    pool.receive(suspect('a'));
    pool.receive(alive('a', { incarnation: 1 }));
    expect(pool.state('a')).toBe('suspect');
    expect(effectsOf(pool.receive(alive('a', { incarnation: 2 })), 'member-up')).toEqual([]);
    expect(pool.state('a')).toBe('alive');
  });

  test('is confirmed by other members, whose suspect messages are gossiped on', () => {
    const pool = suspicious(['a', 'b', 'c', 'd', 'e']);
    pool.receive(suspect('a', 1, 'b'));
    pool.emptyQueue();
    pool.receive(suspect('a', 1, 'b'));
    expect(pool.swim.queueDepth).toBe(0);
    pool.receive(suspect('a', 1, 'c'));
    expect(pool.swim.queueDepth).toBe(1);
    expect(sentOf(pool.receive({ type: 'ping', seq: 1, node: '' }), 'suspect')).toEqual([
      suspect('a', 1, 'c'),
    ]);
  });

  test.each([
    ['no confirmation', [], 24_000],
    ['one confirmation', ['c'], 11_381],
    ['two confirmations', ['c', 'd'], 4000],
    ['the same member again', ['b', 'b'], 24_000],
  ] as const)('in a LAN of six with %s times out in time', (_, confirmations, expectedMs) => {
    const timing = { ...quiet, gossipIntervalMs: 1e9 };
    const pool = new SwimFixture({ timing, config: withoutProof, random: noProbes });
    pool.know('a', 'b', 'c', 'd', 'e');
    pool.receive(suspect('a', 1, 'b'), ...confirmations.map((from) => suspect('a', 1, from)));
    expect(whenDead(pool, 'a')).toBe(expectedMs);
  });

  test('ends at once with confirmations after their timeout, and counts as no stall of ours', () => {
    const timing = { ...quiet, gossipIntervalMs: 1e9 };
    const pool = new SwimFixture({ timing, config: withoutProof, random: noProbes });
    pool.know('a', 'b', 'c', 'd', 'e');
    pool.receive(suspect('a', 1, 'b'));
    expect(whenDead(pool, 'a', 9000)).toBeUndefined();
    pool.nowMs = 9000;
    pool.receive(suspect('a', 1, 'c'), suspect('a', 1, 'd'));
    expect(effectsOf(pool.runTo(9000), 'member-down')).toHaveLength(1);
    expect(pool.swim.healthScore).toBe(0);
  });
});

describe('a death and a departure, gossip.md 3.4.3', () => {
  test('take a member down, suspect or alive, and are gossiped on', () => {
    const pool = suspicious(['a', 'b']);
    pool.receive(suspect('b'));
    pool.emptyQueue();
    const effects = pool.receive(...deaths('a'), dead('b', 1, 'b'));
    expect(effectsOf(effects, 'member-down').map(({ member }) => [member.name, member.state])).toEqual([
      ['a', 'dead'],
      ['b', 'left'],
    ]);
    expect(sentOf(pool.receive({ type: 'ping', seq: 1, node: '' }), 'dead')).toHaveLength(2);
  });

  test('are ignored about an unknown member and an older incarnation', () => {
    const pool = suspicious([]);
    pool.receive(alive('a', { incarnation: 5 }));
    expect(pool.receive(dead('unknown'), dead('a', 4))).toEqual([]);
    expect(pool.state('a')).toBe('alive');
  });

  test('do not change one another: the dead never become left', () => {
    const pool = suspicious(['a', 'b']);
    pool.receive(...deaths('a'), dead('b', 1, 'b'));
    expect(effectsOf(pool.receive(dead('a', 2, 'a'), dead('b', 2)), 'member-down')).toEqual([]);
    expect([pool.state('a'), pool.state('b')]).toEqual(['dead', 'left']);
  });

  test('end the suspicion, so that nothing is left to time out', () => {
    const pool = suspicious(['a']);
    pool.receive(suspect('a'), ...deaths('a'), alive('a', { incarnation: 2 }));
    expect(whenDead(pool, 'a')).toBeUndefined();
  });
});

describe('suspect and dead messages that change no state still raise the incarnation', () => {
  test('a late alive message cannot bring back a member that was called dead in a later incarnation', () => {
    const pool = suspicious(['a']);
    pool.receive(...deaths('a', 3), dead('a', 5), alive('a', { incarnation: 4 }));
    expect(pool.state('a')).toBe('dead');
    pool.receive(alive('a', { incarnation: 6 }));
    expect(pool.state('a')).toBe('alive');
  });

  test('a suspicion names the highest incarnation that was suspected', () => {
    const pool = suspicious(['a']);
    pool.receive(suspect('a', 1, 'b'), suspect('a', 3, 'c'));
    expect(pool.incarnation('a')).toBe(3);
  });

  const incarnation = fc.integer({ min: 1, max: 8 });
  const claim = fc.oneof(
    incarnation.map((value) => alive('a', { incarnation: value })),
    fc.tuple(incarnation, fc.constantFrom('b', 'c', 'd')).map(([value, from]) => suspect('a', value, from)),
    fc.tuple(incarnation, fc.constantFrom('a', 'b')).map(([value, from]) => dead('a', value, from)),
  );

  test('messages give the same incarnation and the same verdict in every order, and again when repeated', () => {
    const shuffled = fc
      .array(claim, { minLength: 1, maxLength: 12 })
      .chain((claims) =>
        fc.tuple(fc.constant(claims), fc.shuffledSubarray(claims, { minLength: claims.length })),
      );
    fc.assert(
      fc.property(shuffled, ([claims, otherOrder]) => {
        const believed = [claims, otherOrder, [...claims, ...claims]].map((order) => {
          const pool = suspicious([]);
          pool.receive(alive('a', { incarnation: 1 }), ...order);
          return { incarnation: pool.incarnation('a'), isSuspected: pool.state('a') !== 'alive' };
        });
        expect(believed[1]).toEqual(believed[0]);
        expect(believed[2]).toEqual(believed[0]);
      }),
    );
  });
});

/** When a member is declared dead; nothing but deadlines happens meanwhile. */
function whenDead(pool: SwimFixture, name: string, endMs = 60_000): number | undefined {
  for (
    let due = pool.swim.nextDeadlineMs();
    due !== undefined && due < endMs;
    due = pool.swim.nextDeadlineMs()
  ) {
    // The members that we probe meanwhile are no part of the test: they answer.
    const effects = pool.runTo(due);
    if (effectsOf(effects, 'member-down').some(({ member }) => member.name === name)) return due;
    const pings = probesIn(effects);
    if (pings.length > 0) {
      pool.receive(...pings.map(({ seq }) => ({ type: 'ack' as const, seq, payload: new Uint8Array(0) })));
    }
  }
  return undefined;
}
