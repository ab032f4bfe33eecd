import { encodeText } from '@hobnob/gossip/codec';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AliasedCheck, aliasResult } from './alias.ts';
import { limitTtlOutput, TailBuffer } from './output.ts';
import { Reaper } from './reaper.ts';
import { firstRunAtMs, nextRunAtMs, Schedule } from './schedule.ts';
import { expireTtl, noTtlText, persistedTtl, restoreTtl, startTtl, updateTtl } from './ttl.ts';
import { countResult, initialVerdict } from './verdict.ts';

describe('output', () => {
  test('the tail of a stream is its last bytes, however it is cut into chunks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 })),
        fc.integer({ min: 1, max: 50 }),
        (chunks, max) => {
          const tail = new TailBuffer(max);
          for (const chunk of chunks) tail.write(chunk);
          const all = Buffer.concat(chunks);
          expect(Buffer.from(tail.bytes())).toEqual(all.subarray(Math.max(0, all.length - max)));
          expect(tail.totalBytes).toBe(all.length);
        },
      ),
    );
  });

  test('bytes that are no UTF-8 are kept, one character each', () => {
    const tail = new TailBuffer(100);
    const bytes = Uint8Array.from([0, 255, 254, 65, 10, 195, 40, 0xe2, 0x82, 0xac, 0xe2, 0x82]);
    tail.write(bytes);
    expect(tail.text()).toBe('\0\udcff\udcfeA\n\udcc3(€\udce2\udc82');
    expect(Buffer.from(encodeText(tail.text()))).toEqual(Buffer.from(bytes));
  });

  test('the output of a TTL check is cut after its first bytes, with a mark', () => {
    expect(limitTtlOutput('hello', 5)).toBe('hello');
    expect(limitTtlOutput('hello12345', 5)).toBe('hello ... (captured 5 of 10 bytes)');
    expect(limitTtlOutput('éé', 3)).toBe('é\udcc3 ... (captured 3 of 4 bytes)');
  });
});

describe('the verdict on results', () => {
  const published = (
    statuses: string,
    successBeforePassing: number,
    failuresBeforeCritical: number,
  ): string => {
    const thresholds = { successBeforePassing, failuresBeforeCritical };
    let verdict = initialVerdict(thresholds);
    return [...statuses]
      .map((letter) => {
        const status = letter === 'c' ? 'critical' : letter === 'w' ? 'warning' : 'passing';
        const step = countResult(verdict, { status, output: '' }, thresholds);
        verdict = step.verdict;
        return step.publishes ? letter : '-';
      })
      .join('');
  };

  test.each([
    ['pcpc', 0, 0, 'pcpc'],
    ['pcpc', -1, -3, 'pcpc'],
    ['pcpccc', 0, 2, 'p-p-cc'],
    ['cppcpp', 2, 0, 'c-pc-p'],
    ['cwpp', 2, 0, 'c-pp'],
    ['pcwcc', 0, 2, 'p-w-c'],
  ])('of %s with thresholds %s and %s publishes %s', (statuses, success, failures, expected) => {
    expect(published(statuses, success, failures)).toBe(expected);
  });
});

describe('a TTL', () => {
  const limits = { ttlMs: 2_000, outputBytesMax: 4_096 };

  test('expires without an output when none was sent', () => {
    const ttl = startTtl(limits, 100);
    expect(ttl.expiresAtMs).toBe(2_100);
    const { result, ttl: expired } = expireTtl(ttl);
    expect(result).toEqual({ status: 'critical', output: 'TTL expired' });
    expect(expired.expiresAtMs).toBeUndefined();
  });

  test('begins anew with an update, whose output its expiry shows', () => {
    const { ttl, result } = updateTtl(limits, { status: 'warning', output: 'slow' }, 500);
    expect(result).toEqual({ status: 'warning', output: 'slow' });
    expect(ttl.expiresAtMs).toBe(2_500);
    expect(expireTtl(ttl).result.output).toBe('TTL expired (last output before timeout follows): slow');
  });

  test('is named by the answer about a check without one', () => {
    expect(noTtlText('h')).toBe('CheckID "h" does not have associated TTL');
  });

  test('comes back from disk while it has not expired', () => {
    const persisted = persistedTtl(
      'c',
      { status: 'passing', output: 'hi' },
      { ...limits, ttlMs: 10_500 },
      1_000.2,
    );
    expect(persisted).toEqual({ CheckID: 'c', Output: 'hi', Status: 'passing', Expires: 1_010 });
    expect(restoreTtl(persisted, 1_009.9)).toEqual({ status: 'passing', output: 'hi' });
    expect(restoreTtl(persisted, 1_010)).toBeUndefined();
    expect(restoreTtl({ ...persisted, Status: 'odd' }, 1_000)).toBeUndefined();
  });
});

describe('an alias check', () => {
  const check = (Status: string, more: Partial<AliasedCheck> = {}): AliasedCheck => ({
    Node: 'n',
    Name: `is ${Status}`,
    Status,
    Output: 'why',
    ServiceID: 'web',
    ...more,
  });
  const web = { node: '', serviceId: 'web' };
  const result = (...checks: readonly AliasedCheck[]): string => {
    const { status, output } = aliasResult(web, checks, () => true);
    return `${status}: ${output}`;
  };

  test('shows the worst check of its target', () => {
    expect(result()).toBe('passing: No checks found.');
    expect(result(check('passing'))).toBe('passing: All checks passing.');
    expect(result(check('warning'), check('passing'))).toBe(
      'warning: Aliased check "is warning" failing: why',
    );
    expect(result(check('warning'), check('critical'), check('warning'))).toBe(
      'critical: Aliased check "is critical" failing: why',
    );
    expect(result(check('warning', { Output: '1' }), check('warning', { Output: '2' }))).toMatch(/2$/);
  });

  test('counts the checks of the node, and none of another service or node', () => {
    expect(result(check('critical', { ServiceID: '' }))).toMatch(/^critical/);
    expect(result(check('critical', { ServiceID: 'db' }))).toBe('passing: No checks found.');
    const onNode = { node: 'N', serviceId: 'web' };
    expect(aliasResult(onNode, [check('critical')], () => true).status).toBe('critical');
    expect(aliasResult(onNode, [check('critical', { Node: 'm' })], () => true).status).toBe('passing');
  });

  test('is critical when its service is not there', () => {
    expect(aliasResult(web, [check('passing', { ServiceID: '' })], () => false)).toEqual({
      status: 'critical',
      output: 'Service web could not be found on node ',
    });
    expect(aliasResult(web, [check('passing')], () => false).status).toBe('passing');
  });

  test('of a node alone needs no service', () => {
    const target = { node: 'n', serviceId: '' };
    expect(aliasResult(target, [check('passing', { ServiceID: '' })], () => false).output).toBe(
      'All checks passing.',
    );
  });
});

describe('the reaper', () => {
  const after = { checkId: 'c', serviceId: 'web', afterMs: 60_000 };

  test('names a service whose check is critical for long enough', () => {
    const reaper = new Reaper();
    reaper.set(after);
    expect(reaper.nextDeadlineMs()).toBeUndefined();
    reaper.report('c', 'critical', 1_000);
    reaper.report('c', 'critical', 30_000);
    expect(reaper.nextDeadlineMs()).toBe(61_000);
    expect(reaper.takeDue(60_999)).toEqual([]);
    expect(reaper.takeDue(61_000)).toEqual([after]);
    reaper.remove('c');
    expect(reaper.nextDeadlineMs()).toBeUndefined();
  });

  test('names it again later when it was not removed', () => {
    const reaper = new Reaper();
    reaper.set(after);
    reaper.report('c', 'critical', 0);
    reaper.takeDue(60_000);
    expect(reaper.takeDue(60_000)).toEqual([]);
    expect(reaper.takeDue(90_000)).toEqual([after]);
  });

  test('starts anew when the check was better in between, and follows a new rule', () => {
    const reaper = new Reaper();
    reaper.set(after);
    reaper.report('c', 'critical', 0);
    reaper.report('c', 'warning', 50_000);
    expect(reaper.nextDeadlineMs()).toBeUndefined();
    reaper.report('c', 'critical', 55_000);
    reaper.set({ ...after, afterMs: 90_000 });
    expect(reaper.nextDeadlineMs()).toBe(145_000);
  });

  test('names a service with several such checks once', () => {
    const reaper = new Reaper();
    for (const checkId of ['c', 'd']) {
      reaper.set({ ...after, checkId });
      reaper.report(checkId, 'critical', 0);
    }
    expect(reaper.takeDue(60_000)).toHaveLength(1);
  });
});

describe('the schedule', () => {
  test('gives values in the order of their times, each key once', () => {
    const commands = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 30 }), fc.boolean()),
    );
    fc.assert(
      fc.property(commands, (list) => {
        const schedule = new Schedule<number>();
        const model = new Map<string, readonly [atMs: number, order: number]>();
        for (const [order, [key, atMs, isCleared]] of list.entries()) {
          model.delete(String(key));
          if (isCleared) schedule.clear(String(key));
          else {
            schedule.set(String(key), atMs, order);
            model.set(String(key), [atMs, order]);
          }
        }
        const expected = [...model.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        expect(schedule.size).toBe(expected.length);
        for (const [atMs, order] of expected) {
          expect(schedule.nextMs()).toBe(atMs);
          expect(schedule.takeDue(atMs - 1)).toBeUndefined();
          expect(schedule.takeDue(atMs)).toBe(order);
        }
        expect(schedule.nextMs()).toBeUndefined();
      }),
    );
  });

  test('spreads first runs over the interval, and counts from the end of the last', () => {
    expect(firstRunAtMs(10_000, 0.25, 1_000)).toBe(3_500);
    expect(nextRunAtMs(10_000, 4_000)).toBe(14_000);
  });
});
