import { VirtualClock } from '@hobnob/gossip/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LockDelays } from './lock-delays.ts';

const nsPerMs = 1_000_000n;
const keyOf = (at: number) => `k${at}`;
/** As many keys as a session has that is ended as a long command. */
const manyOf = (delayMs: number) =>
  Array.from({ length: 250 }, (_, at) => ({ key: keyOf(at), delayNs: BigInt(delayMs) * nsPerMs }));

test('the last loss of a key says how long it is delayed, however many keys were lost together', () => {
  const lossOf = fc.record({
    delayMs: fc.integer({ min: 1, max: 60_000 }),
    laterMs: fc.integer({ min: 0, max: 30_000 }),
    // Undefined stands for all keys.
    key: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(lossOf, { maxLength: 12 }), (losses) => {
      const clock = new VirtualClock();
      const delays = new LockDelays(clock);
      const endsMs = new Map<string, number>();
      for (const { delayMs, laterMs, key } of losses) {
        clock.advance(laterMs);
        const lost =
          key === undefined ? manyOf(delayMs) : [{ key: keyOf(key), delayNs: BigInt(delayMs) * nsPerMs }];
        delays.add(lost);
        for (const one of lost) endsMs.set(one.key, clock.nowMs() + delayMs);
        for (const at of [0, 1, 2, 3, 249, 250]) {
          const expected = (endsMs.get(keyOf(at)) ?? 0) > clock.nowMs();
          expect(delays.isDelayed(keyOf(at))).toBe(expected);
        }
      }
    }),
  );
});

test('a short delay that came last counts, though a longer one came before', () => {
  const clock = new VirtualClock();
  const delays = new LockDelays(clock);
  delays.add(manyOf(60_000));
  delays.add([{ key: keyOf(0), delayNs: nsPerMs }]);
  clock.advance(10);
  delays.add([{ key: 'other', delayNs: nsPerMs }]);
  expect(delays.isDelayed(keyOf(0))).toBe(false);
  expect(delays.isDelayed(keyOf(1))).toBe(true);
});

test('what nobody asks about is forgotten after a minute', () => {
  const clock = new VirtualClock();
  const delays = new LockDelays(clock);
  for (let minute = 0; minute < 5; minute += 1) {
    delays.add(manyOf(15_000));
    delays.add([{ key: 'one', delayNs: nsPerMs }]);
    expect(delays.layersCount).toBe(2);
    clock.advance(60_000);
  }
  delays.clear();
  expect(delays.layersCount).toBe(0);
  expect(delays.isDelayed(keyOf(0))).toBe(false);
});
