import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { profileTimings } from '../profiles.ts';
import {
  beginSuspicion,
  confirmSuspicion,
  nextNoticeMs,
  postponeSuspicion,
  type Suspicion,
  suspicionTerms,
} from './suspicion.ts';

/** A LAN whose suspects are told nothing. */
const unheard = { ...profileTimings.lan, noticeMs: 0 };

/** The timeouts after 0, 1, 2, ... confirmations, from time 0. */
function timeouts(profile: 'lan' | 'wan', membersCount: number): readonly number[] {
  const terms = suspicionTerms(membersCount, { ...profileTimings[profile], noticeMs: 0 });
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
    const terms = suspicionTerms(100, { ...unheard, suspicionMaxTimeoutMult: 1 });
    expect(terms).toMatchObject({ confirmationsNeeded: 0, minMs: 8000, maxMs: 8000 });
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
  const terms = suspicionTerms(10, unheard);

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
        const found = suspicionTerms(count, { ...unheard, suspicionMult: mult });
        let current = beginSuspicion(found, 'first', 0);
        for (let accuser = 0; accuser < 20; accuser += 1) {
          const next = confirmSuspicion(current, `${accuser}`, 0);
          if (next === undefined) break;
          expect(next.deadlineMs).toBeLessThanOrEqual(current.deadlineMs);
          expect(next.deadlineMs).toBeGreaterThanOrEqual(found.minMs);
          current = next;
        }
        expect(current.confirmations.size - 1).toBe(found.confirmationsNeeded);
        expect(current.deadlineMs).toBe(found.minMs);
      }),
    );
  });
});

describe('the hearing of a suspect', () => {
  const heard = { ...profileTimings.lan, noticeMs: 500 };

  /** When the suspect is told, from time 0 on, and last of all when the suspicion runs out. */
  function looks(suspicion: Suspicion): readonly number[] {
    const found: number[] = [];
    let current = suspicion;
    for (let nowMs = 0; nowMs < suspicion.deadlineMs; found.push(nowMs)) {
      nowMs = nextNoticeMs(current, nowMs);
      current = { ...current, noticesCount: current.noticesCount + 1 };
    }
    return found;
  }

  test('comes three times before the verdict', () => {
    const begun = beginSuspicion(suspicionTerms(100, heard), 'a', 0);
    expect(looks(begun)).toEqual([46_500, 47_000, 47_500, 48_000]);
  });

  test('comes three times at once as well in a pool of up to 32', () => {
    expect(looks(beginSuspicion(suspicionTerms(32, heard), 'a', 0))).toEqual([
      500, 1000, 1500, 34_620, 35_120, 35_620, 36_120,
    ]);
    expect(looks(beginSuspicion(suspicionTerms(33, heard), 'a', 0))).toHaveLength(4);
  });

  test('never comes when there is no time for it: the verdict is what comes next', () => {
    expect(looks(beginSuspicion(suspicionTerms(100, unheard), 'a', 0))).toEqual([48_000]);
  });

  test('is waited for when a late confirmation would end the suspicion before it', () => {
    const begun = beginSuspicion(suspicionTerms(100, { ...heard, suspicionMult: 3 }), 'a', 0);
    expect(confirmSuspicion(begun, 'b', 20_000)?.deadlineMs).toBe(21_500);
    expect(confirmSuspicion({ ...begun, noticesCount: 2 }, 'b', 20_000)?.deadlineMs).toBe(20_500);
    expect(confirmSuspicion({ ...begun, noticesCount: 3 }, 'b', 20_000)?.deadlineMs).toBe(20_000);
  });

  test('never puts off a verdict that was due sooner', () => {
    const begun = beginSuspicion(suspicionTerms(100, { ...heard, suspicionMult: 3 }), 'a', 0);
    expect(confirmSuspicion(begun, 'b', 35_900)?.deadlineMs).toBe(begun.deadlineMs);
  });

  test('is looked for at times that move on, however late each look is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.array(fc.double({ min: 0, max: 2000, noNaN: true }), { maxLength: 50 }),
        (membersCount, lateness) => {
          let suspicion = beginSuspicion(suspicionTerms(membersCount, heard), 'a', 0);
          let nowMs = 0;
          for (const lateMs of lateness) {
            const look = nextNoticeMs(suspicion, nowMs);
            if (look >= suspicion.deadlineMs) break;
            expect(look).toBeGreaterThanOrEqual(nowMs + 250);
            nowMs = look + lateMs;
            suspicion = { ...suspicion, noticesCount: suspicion.noticesCount + 1 };
          }
          expect(nextNoticeMs(suspicion, nowMs)).toBeLessThanOrEqual(suspicion.deadlineMs);
        },
      ),
    );
  });
});
