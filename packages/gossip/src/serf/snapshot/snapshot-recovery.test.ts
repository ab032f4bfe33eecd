import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RecoveredSnapshot, recoverSnapshot } from './snapshot-recovery.ts';

function recover(text: string, rejoinAfterLeave = false): RecoveredSnapshot {
  return recoverSnapshot(Buffer.from(text, 'latin1'), { rejoinAfterLeave });
}

const at = (host: string) => ({ host, port: 7946 });

describe('a snapshot as Serf writes it', () => {
  test('recovers the live members and the last value of each clock', () => {
    const recovered = recover(
      [
        'alive: web 10.0.0.1:7946',
        'clock: 3',
        'alive: db 10.0.0.2:7946',
        'event-clock: 12',
        'query-clock: 5',
        'not-alive: web',
        'clock: 4294967296',
        '',
      ].join('\n'),
    );
    expect([...recovered.alive]).toEqual([['db', at('10.0.0.2')]]);
    expect(recovered).toMatchObject({
      lamportTime: 4_294_967_296,
      eventTime: 12,
      queryTime: 5,
      skippedCount: 0,
    });
  });

  test('may contain names with spaces, and IPv6 addresses, which become canonical', () => {
    const { alive } = recover('alive: a name with 1 10.9.9.9:1 10.0.0.1:7946\nalive: six [FE80:0::1]:7946\n');
    expect([...alive]).toEqual([
      ['a name with 1 10.9.9.9:1', at('10.0.0.1')],
      ['six', at('fe80::1')],
    ]);
  });

  test('may contain a name in invalid UTF-8, which keeps its bytes', () => {
    const { alive } = recover('alive: caf\xe9 10.0.0.1:7946\n');
    expect([...alive.keys()]).toEqual(['caf\udce9']);
  });

  test('may contain comments and the coordinates of old versions', () => {
    expect(recover('# hello\ncoordinate: {"Vec":[1]}\n#\n').skippedCount).toBe(0);
  });

  test('recovers, after a leave line, only the incarnation and the lines that follow', () => {
    const text =
      'alive: a 10.0.0.1:7946\nclock: 7\n# hobnob seed: s\n# hobnob incarnation: 4\nleave\nclock: 9\n';
    expect(recover(text)).toMatchObject({ lamportTime: 9, incarnation: 4, seeds: [] });
    expect(recover(text).alive.size).toBe(0);
    expect(recover(text, true)).toMatchObject({ lamportTime: 9, incarnation: 4, seeds: ['s'] });
    expect([...recover(text, true).alive.keys()]).toEqual(['a']);
  });
});

describe('an invalid line', () => {
  test('is ignored when it is the last one and incomplete', () => {
    const recovered = recover('alive: a 10.0.0.1:7946\nalive: b 10.0.0.2:79');
    expect([...recovered.alive.keys()]).toEqual(['a']);
    expect(recovered.skippedCount).toBe(0);
  });

  test('is skipped and shown, truncated for a log', () => {
    const nul = '\0'.repeat(4096);
    const recovered = recover(`alive: a 10.0.0.1:7946\n${nul}\nwhat\n\nalive: b 10.0.0.2:7946\n`);
    expect([...recovered.alive.keys()]).toEqual(['a', 'b']);
    expect(recovered.skippedCount).toBe(3);
    expect(recovered.skipped).toEqual(['\0'.repeat(80), 'what', '']);
  });

  test.each([
    'alive: nobody',
    'alive: 10.0.0.1:7946',
    'alive: a 10.0.0.1',
    'alive: a 10.0.0.256:7946',
    'alive: a 10.0.0.1:0',
    'alive: a 10.0.0.1:65536',
    'alive: a host.example:7946',
    'alive: a fe80::1:7946',
    'clock: -1',
    'clock: 1.5',
    'clock: ',
    'clock: 18446744073709551615',
    'event-clock: 9007199254740991',
    'query-clock: 4294967297',
    'leave ',
    '# hobnob incarnation: 4294967295',
    '# hobnob failed: a',
    '# hobnob seed: ',
  ])('is skipped when it is "%s"', (line) => {
    const { skippedCount, skipped, ...rest } = recover(`${line}\n`);
    expect({ skippedCount, skipped }).toEqual({ skippedCount: 1, skipped: [line] });
    expect(rest).toEqual({
      alive: new Map(),
      failed: new Map(),
      seeds: [],
      incarnation: 0,
      lamportTime: 0,
      eventTime: 0,
      queryTime: 0,
    });
  });

  test('never makes the recovery throw', () => {
    const line = fc.oneof(
      fc.constantFrom(
        'alive: ',
        'not-alive: ',
        'clock: ',
        'event-clock: ',
        'leave',
        '# hobnob failed: ',
        '#',
      ),
      fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
      fc.constantFrom('\n', ' ', '10.0.0.1:1', '[::]:1', '\0', '99999999999999999999'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), fc.boolean(), (parts, rejoin) => {
        const recovered = recover(parts.join(''), rejoin);
        expect(recovered.skippedCount).toBeLessThanOrEqual(parts.join('').split('\n').length);
      }),
    );
  });
});
