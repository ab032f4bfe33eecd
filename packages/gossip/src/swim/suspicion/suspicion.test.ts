import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { profileTimings } from '../../options/profiles.ts';
import {
  beginSuspicion,
  confirmSuspicion,
  nextNoticeMs,
  postponeSuspicion,
  type Suspicion,
  suspicionTerms,
} from './suspicion.ts';

/** A LAN whose suspects get no notices. */
const withoutNotices = { ...profileTimings.lan, noticeMs: 0 };

/** The timeouts after 0, 1, 2, ... confirmations, from time 0. */
function timeouts(profile: 'lan' | 'wan', membersCount: number): readonly number[] {
  const terms = suspicionTerms(membersCount, { ...profileTimings[profile], noticeMs: 0 });
  const found: number[] = [];
  let suspicion: ReturnType<typeof beginSuspicion> | undefined = beginSuspicion(terms, 'first', 0);
  for (let confirmation = 0; suspicion !== undefined; confirmation += 1) {
    found.push(suspicion.deadlineMs);
    suspicion = confirmSuspicion(suspicion, `member ${confirmation}`, 0);
  }
  return found;
}

describe('the suspicion timeout, Lifeguard §IV-B, with the worked values of gossip.md 3.5', () => {
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
    const terms = suspicionTerms(100, { ...withoutNotices, suspicionMaxTimeoutMult: 1 });
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
  const terms = suspicionTerms(10, withoutNotices);

  test('takes one confirmation from each member', () => {
    const begun = beginSuspicion(terms, 'a', 0);
    expect(confirmSuspicion(begun, 'a', 0)).toBeUndefined();
    const confirmed = confirmSuspicion(begun, 'b', 0);
    if (confirmed === undefined) throw new Error('another member confirms');
    expect(confirmSuspicion(confirmed, 'b', 0)).toBeUndefined();
  });

  test('has a timeout from its beginning, whenever the confirmation comes', () => {
    expect(confirmSuspicion(beginSuspicion(terms, 'a', 5000), 'b', 9000)?.deadlineMs).toBe(5000 + 11_381);
  });

  test('ends now when the confirmation comes after the shortened timeout', () => {
    expect(confirmSuspicion(beginSuspicion(terms, 'a', 0), 'b', 15_000)?.deadlineMs).toBe(15_000);
  });

  test('has all its times moved when it is postponed', () => {
    const late = postponeSuspicion(beginSuspicion(terms, 'a', 1000), 300);
    expect(late.deadlineMs).toBe(25_300);
    expect(confirmSuspicion(late, 'b', 2000)?.deadlineMs).toBe(1300 + 11_381);
  });

  test('never waits longer after a confirmation, and never less than the minimum', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 12 }), (count, mult) => {
        const found = suspicionTerms(count, { ...withoutNotices, suspicionMult: mult });
        let current = beginSuspicion(found, 'first', 0);
        for (let confirmation = 0; confirmation < 20; confirmation += 1) {
          const next = confirmSuspicion(current, `${confirmation}`, 0);
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

describe('the direct notice of a suspect', () => {
  const withNotices = { ...profileTimings.lan, noticeMs: 500 };

  /** When the suspect gets notices, from time 0 on, and last of all when the suspicion ends. */
  function noticeTimes(suspicion: Suspicion): readonly number[] {
    const found: number[] = [];
    let current = suspicion;
    for (let nowMs = 0; nowMs < suspicion.deadlineMs; found.push(nowMs)) {
      nowMs = nextNoticeMs(current, nowMs);
      current = { ...current, noticesCount: current.noticesCount + 1 };
    }
    return found;
  }

  test('comes three times before the verdict', () => {
    const begun = beginSuspicion(suspicionTerms(100, withNotices), 'a', 0);
    expect(noticeTimes(begun)).toEqual([46_500, 47_000, 47_500, 48_000]);
  });

  test('comes three times at the beginning as well in a pool of up to 32', () => {
    expect(noticeTimes(beginSuspicion(suspicionTerms(32, withNotices), 'a', 0))).toEqual([
      500, 1000, 1500, 34_620, 35_120, 35_620, 36_120,
    ]);
    expect(noticeTimes(beginSuspicion(suspicionTerms(33, withNotices), 'a', 0))).toHaveLength(4);
  });

  test('never comes when it is switched off: the verdict comes next', () => {
    expect(noticeTimes(beginSuspicion(suspicionTerms(100, withoutNotices), 'a', 0))).toEqual([48_000]);
  });

  test('delays a verdict that a late confirmation would bring before it', () => {
    const begun = beginSuspicion(suspicionTerms(100, { ...withNotices, suspicionMult: 3 }), 'a', 0);
    expect(confirmSuspicion(begun, 'b', 20_000)?.deadlineMs).toBe(21_500);
    expect(confirmSuspicion({ ...begun, noticesCount: 2 }, 'b', 20_000)?.deadlineMs).toBe(20_500);
    expect(confirmSuspicion({ ...begun, noticesCount: 3 }, 'b', 20_000)?.deadlineMs).toBe(20_000);
  });

  test('never delays a verdict that was due sooner', () => {
    const begun = beginSuspicion(suspicionTerms(100, { ...withNotices, suspicionMult: 3 }), 'a', 0);
    expect(confirmSuspicion(begun, 'b', 35_900)?.deadlineMs).toBe(begun.deadlineMs);
  });

  test('comes at times that move on, however late each one is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.array(fc.double({ min: 0, max: 2000, noNaN: true }), { maxLength: 50 }),
        (membersCount, lateness) => {
          let suspicion = beginSuspicion(suspicionTerms(membersCount, withNotices), 'a', 0);
          let nowMs = 0;
          for (const lateMs of lateness) {
            const dueAtMs = nextNoticeMs(suspicion, nowMs);
            if (dueAtMs >= suspicion.deadlineMs) break;
            expect(dueAtMs).toBeGreaterThanOrEqual(nowMs + 250);
            nowMs = dueAtMs + lateMs;
            suspicion = { ...suspicion, noticesCount: suspicion.noticesCount + 1 };
          }
          expect(nextNoticeMs(suspicion, nowMs)).toBeLessThanOrEqual(suspicion.deadlineMs);
        },
      ),
    );
  });
});
