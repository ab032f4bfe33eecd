import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { profileTimings } from '../profiles.ts';
import { beginSuspicion, confirmSuspicion, postponeSuspicion, suspicionTerms } from './suspicion.ts';

/** The timeouts after 0, 1, 2, ... confirmations, from time 0. */
function timeouts(profile: 'lan' | 'wan', membersCount: number): readonly number[] {
  const { probeIntervalMs, suspicionMult, suspicionMaxTimeoutMult } = profileTimings[profile];
  const terms = suspicionTerms(membersCount, probeIntervalMs, suspicionMult, suspicionMaxTimeoutMult);
  const found: number[] = [];
  let suspicion: ReturnType<typeof beginSuspicion> | undefined = beginSuspicion(terms, 'first', 0);
  for (let accuser = 0; suspicion !== undefined; accuser += 1) {
    found.push(suspicion.deadlineMs);
    suspicion = confirmSuspicion(suspicion, `accuser ${accuser}`, 0);
  }
  return found;
}

describe('the suspicion timeout of Lifeguard §IV-B with the worked values of the specification, 3.5', () => {
  test.each([1, 2, 3])('a LAN of %i members waits four seconds and takes no confirmations', (count) => {
    expect(timeouts('lan', count)).toEqual([4000]);
  });

  test.each([4, 7, 10])(
    'a LAN of %i members waits 24 s, 11.381 s after one confirmation, 4 s after two',
    (count) => {
      expect(timeouts('lan', count)).toEqual([24_000, 11_381, 4000]);
    },
  );

  test('a longest wait that is the shortest takes no confirmations', () => {
    const terms = suspicionTerms(100, 1000, 4, 1);
    expect(terms).toEqual({ confirmationsNeeded: 0, minMs: 8000, maxMs: 8000 });
    const suspicion = beginSuspicion(terms, 'first', 0);
    expect(suspicion.deadlineMs).toBe(8000);
    expect(confirmSuspicion(suspicion, 'second', 10)).toBeUndefined();
  });

  test.each([1, 5])('a WAN of %i members waits thirty seconds', (count) => {
    expect(timeouts('wan', count)).toEqual([30_000]);
  });

  test.each([6, 10])('a WAN of %i members waits from three minutes down to thirty seconds', (count) => {
    expect(timeouts('wan', count)).toEqual([180_000, 115_398, 77_609, 50_797, 30_000]);
  });

  test.each([
    [50, 6792],
    [100, 8000],
    [1000, 12_000],
  ])('in a LAN of %i members the least wait is %i ms', (count, minMs) => {
    expect(timeouts('lan', count).at(-1)).toBe(minMs);
  });
});

describe('a suspicion', () => {
  const terms = suspicionTerms(10, 1000, 4, 6);

  test('takes every accuser once', () => {
    const begun = beginSuspicion(terms, 'a', 0);
    expect(confirmSuspicion(begun, 'a', 0)).toBeUndefined();
    const confirmed = confirmSuspicion(begun, 'b', 0);
    if (confirmed === undefined) throw new Error('an independent accuser confirms');
    expect(confirmSuspicion(confirmed, 'b', 0)).toBeUndefined();
  });

  test('counts from its beginning, whenever the confirmation comes', () => {
    expect(confirmSuspicion(beginSuspicion(terms, 'a', 5000), 'b', 9000)?.deadlineMs).toBe(5000 + 11_381);
  });

  test('runs out now when the confirmation comes after the time that it leaves', () => {
    expect(confirmSuspicion(beginSuspicion(terms, 'a', 0), 'b', 15_000)?.deadlineMs).toBe(15_000);
  });

  test('takes its whole course later when it is put off', () => {
    const late = postponeSuspicion(beginSuspicion(terms, 'a', 1000), 300);
    expect(late.deadlineMs).toBe(25_300);
    expect(confirmSuspicion(late, 'b', 2000)?.deadlineMs).toBe(1300 + 11_381);
  });

  test('never waits longer after a confirmation, and never less than the minimum', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 12 }), (count, mult) => {
        const found = suspicionTerms(count, 1000, mult, 6);
        let current = beginSuspicion(found, 'first', 0);
        for (let accuser = 0; accuser < 20; accuser += 1) {
          const next = confirmSuspicion(current, `${accuser}`, 0);
          if (next === undefined) break;
          expect(next.deadlineMs).toBeLessThanOrEqual(current.deadlineMs);
          expect(next.deadlineMs).toBeGreaterThanOrEqual(found.minMs);
          current = next;
        }
        expect(current.accusers.size - 1).toBe(found.confirmationsNeeded);
        expect(current.deadlineMs).toBe(found.minMs);
      }),
    );
  });
});
