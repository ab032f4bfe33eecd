import { describe, expect, test } from 'vitest';
import { recordingLogger } from '../../test/support/recording-logger.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { LimitedLog } from './limited-log.ts';

function setUp() {
  const clock = new VirtualClock();
  const { logger, lines } = recordingLogger();
  return { clock, lines, log: new LimitedLog(logger, clock) };
}

describe('a log that no peer can flood', () => {
  test('writes ten of a message in ten seconds, the tenth with a hint that it repeats', () => {
    const { clock, lines, log } = setUp();
    for (let i = 0; i < 25; i += 1) {
      log.write('warn', 'bad packet', { i });
      clock.advance(1);
    }
    expect(lines).toHaveLength(10);
    expect(lines.at(0)).toEqual({ level: 'warn', fields: { i: 0 }, message: 'bad packet' });
    expect(lines.at(9)).toEqual({ level: 'warn', fields: { i: 9, repeating: true }, message: 'bad packet' });
  });

  test('reports how many lines were suppressed when the message is logged again later', () => {
    const { clock, lines, log } = setUp();
    for (let i = 0; i < 25; i += 1) log.write('warn', 'bad packet', { i });
    clock.advance(10_000);
    log.write('warn', 'bad packet', { i: 25 });
    expect(lines.slice(10)).toEqual([
      {
        level: 'warn',
        fields: { suppressedCount: 15, about: 'bad packet' },
        message: 'log messages were suppressed',
      },
      { level: 'warn', fields: { i: 25 }, message: 'bad packet' },
    ]);
  });

  test('counts every message on its own', () => {
    const { lines, log } = setUp();
    for (let i = 0; i < 25; i += 1) log.write('warn', 'one', {});
    log.write('debug', 'another', {});
    expect(lines.at(-1)).toEqual({ level: 'debug', fields: {}, message: 'another' });
  });

  test('reports no suppression after exactly ten', () => {
    const { clock, lines, log } = setUp();
    for (let i = 0; i < 10; i += 1) log.write('info', 'm', {});
    clock.advance(20_000);
    log.write('info', 'm', {});
    expect(lines).toHaveLength(11);
  });
});
