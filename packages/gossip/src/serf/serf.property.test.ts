import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SerfFixture } from '../../test/serf-fixture.ts';

interface Intent {
  readonly kind: 'join' | 'leave';
  readonly lamportTime: number;
}

type Happening =
  | { readonly type: 'intent'; readonly intent: Intent }
  | { readonly type: 'up' }
  | { readonly type: 'down' }
  | { readonly type: 'push-pull'; readonly time: number };

/** Intents about one member, each of a time of its own: two of one time contradict each other by design. */
const intents: fc.Arbitrary<Intent[]> = fc.uniqueArray(
  fc.record({
    kind: fc.constantFrom<Intent['kind']>('join', 'leave'),
    lamportTime: fc.integer({ min: 1, max: 1000 }),
  }),
  { selector: ({ lamportTime }) => lamportTime, minLength: 1, maxLength: 8 },
);

/** The intents in another order, some of them more than once. */
const withOrder = intents.chain((set) =>
  fc.tuple(
    fc.constant(set),
    fc
      .array(fc.constantFrom(...set), { maxLength: 16 })
      .chain((copies) => fc.shuffledSubarray([...set, ...copies], { minLength: set.length + copies.length })),
    fc.nat({ max: 24 }),
  ),
);

test('any order and number of the same intents gives the same status, wherever the member is found', () => {
  fc.assert(
    fc.property(withOrder, ([set, sequence, foundAt]) => {
      const pool = new SerfFixture();
      for (const [i, intent] of sequence.entries()) {
        if (i === foundAt) pool.up('a');
        say(pool, intent);
      }
      if (foundAt >= sequence.length) pool.up('a');
      const newest = set.reduce((a, b) => (b.lamportTime > a.lamportTime ? b : a));
      expect(pool.status('a')).toBe(newest.kind === 'leave' ? 'leaving' : 'alive');
      expect(pool.localState().statusTimes.get('a')).toBe(newest.lamportTime);
    }),
  );
});

test('no intent is gossiped on more than once, whatever happens to its member', () => {
  const happening: fc.Arbitrary<Happening> = fc.oneof(
    intents.map(
      ([first]): Happening => ({ type: 'intent', intent: first ?? { kind: 'join', lamportTime: 1 } }),
    ),
    fc.constantFrom<Happening>({ type: 'up' }, { type: 'down' }),
    fc.integer({ min: 1, max: 20 }).map((time): Happening => ({ type: 'push-pull', time })),
  );
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
      const pool = new SerfFixture();
      const timesGossiped: string[] = [];
      for (const what of happenings) {
        const before = pool.serf.queueDepth('intents');
        if (what.type === 'up') pool.up('a');
        else if (what.type === 'down') pool.down('a');
        else if (what.type === 'push-pull') pool.pushPull({ statusTimes: new Map([['a', what.time]]) });
        else {
          say(pool, what.intent);
          const { kind, lamportTime } = what.intent;
          if (pool.serf.queueDepth('intents') > before) timesGossiped.push(`${kind} ${lamportTime}`);
          continue;
        }
        expect(pool.serf.queueDepth('intents')).toBe(before);
      }
      expect(timesGossiped).toEqual([...new Set(timesGossiped)]);
    }),
  );
});

test('the clocks never go back', () => {
  const time = fc.oneof(fc.integer({ min: 0, max: 50 }), fc.maxSafeNat());
  fc.assert(
    fc.property(fc.array(fc.tuple(time, time, time)), (times) => {
      const pool = new SerfFixture();
      for (const [lamportTime, eventTime, queryTime] of times) {
        const before = pool.serf.times;
        pool.pushPull({ lamportTime, eventTime, queryTime });
        const after = pool.serf.times;
        expect(after.memberTime).toBeGreaterThanOrEqual(before.memberTime);
        expect(after.eventTime).toBeGreaterThanOrEqual(before.eventTime);
        expect(after.queryTime).toBeGreaterThanOrEqual(before.queryTime);
      }
    }),
  );
});

test("taking in a peer's state twice is taking it in once, but for the added one of members leaving here", () => {
  const names = ['a', 'b', 'c', 'self'];
  const history = fc.array(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      what: fc.constantFrom('up', 'down', 'join', 'leave'),
      time: fc.integer({ min: 1, max: 30 }),
    }),
    { maxLength: 20 },
  );
  const remote = fc.record({
    lamportTime: fc.integer({ min: 0, max: 40 }),
    statusTimes: fc.uniqueArray(
      fc.tuple(fc.constantFrom('a', 'b', 'c', 'x'), fc.integer({ min: 0, max: 40 })),
      {
        selector: ([name]) => name,
      },
    ),
    leftMembers: fc.subarray(['a', 'b', 'c', 'x']),
  });
  fc.assert(
    fc.property(history, remote, (steps, { lamportTime, statusTimes, leftMembers }) => {
      const pool = new SerfFixture();
      for (const { name, what, time } of steps) {
        if (what === 'up' || what === 'down') pool[what](name);
        else pool[what](name, time);
      }
      const state = { lamportTime, statusTimes: new Map(statusTimes), leftMembers };
      pool.pushPull(state);
      const statuses = names.map((name) => pool.status(name));
      const once = pool.localState();
      pool.pushPull(state);
      expect(names.map((name) => pool.status(name))).toEqual(statuses);
      expect(pool.localState()).toEqual(once);
    }),
  );
});

function say(pool: SerfFixture, { kind, lamportTime }: Intent): void {
  pool[kind]('a', lamportTime);
}
