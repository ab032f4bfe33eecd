import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SerfFixture } from '../../test/serf-fixture.ts';

interface Intent {
  readonly kind: 'join' | 'leave';
  readonly lamportTime: number;
}

type Step =
  | { readonly type: 'intent'; readonly intent: Intent }
  | { readonly type: 'up' }
  | { readonly type: 'down' }
  | { readonly type: 'push-pull'; readonly time: number };

/** Intents about one member, all of different times: of two with one time the first would win. */
const intents: fc.Arbitrary<Intent[]> = fc.uniqueArray(
  fc.record({
    kind: fc.constantFrom<Intent['kind']>('join', 'leave'),
    lamportTime: fc.integer({ min: 1, max: 1000 }),
  }),
  { selector: ({ lamportTime }) => lamportTime, minLength: 1, maxLength: 8 },
);

/** The intents in random order, some of them repeated. */
const withOrder = intents.chain((set) =>
  fc.tuple(
    fc.constant(set),
    fc
      .array(fc.constantFrom(...set), { maxLength: 16 })
      .chain((copies) => fc.shuffledSubarray([...set, ...copies], { minLength: set.length + copies.length })),
    fc.nat({ max: 24 }),
  ),
);

test('any order and number of the same intents leads to the same status, whenever the member comes up', () => {
  fc.assert(
    fc.property(withOrder, ([set, sequence, upAt]) => {
      const pool = new SerfFixture();
      for (const [i, intent] of sequence.entries()) {
        if (i === upAt) pool.up('a');
        receive(pool, intent);
      }
      if (upAt >= sequence.length) pool.up('a');
      const newest = set.reduce((a, b) => (b.lamportTime > a.lamportTime ? b : a));
      expect(pool.status('a')).toBe(newest.kind === 'leave' ? 'leaving' : 'alive');
      expect(pool.localState().statusTimes.get('a')).toBe(newest.lamportTime);
    }),
  );
});

test('no intent is rebroadcast twice, whatever happens to its member', () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    intents.map(([first]): Step => ({ type: 'intent', intent: first ?? { kind: 'join', lamportTime: 1 } })),
    fc.constantFrom<Step>({ type: 'up' }, { type: 'down' }),
    fc.integer({ min: 1, max: 20 }).map((time): Step => ({ type: 'push-pull', time })),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const pool = new SerfFixture();
      const timesGossiped: string[] = [];
      for (const next of steps) {
        const before = pool.serf.queueDepth('intents');
        if (next.type === 'up') pool.up('a');
        else if (next.type === 'down') pool.down('a');
        else if (next.type === 'push-pull') pool.pushPull({ statusTimes: new Map([['a', next.time]]) });
        else {
          receive(pool, next.intent);
          const { kind, lamportTime } = next.intent;
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

test("merging a peer's state twice is merging it once, except for the time added for members leaving here", () => {
  const names = ['a', 'b', 'c', 'self'];
  const history = fc.array(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      action: fc.constantFrom('up', 'down', 'join', 'leave'),
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
      for (const { name, action, time } of steps) {
        if (action === 'up' || action === 'down') pool[action](name);
        else pool[action](name, time);
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

function receive(pool: SerfFixture, { kind, lamportTime }: Intent): void {
  pool[kind]('a', lamportTime);
}
