import { describe, expect, test } from 'vitest';
import { recordingLogger } from '../../test/support/recording-logger.ts';
import { LimitedLog } from './limited-log.ts';

describe('a log that no peer can flood', () => {
  test('writes ten of a message in ten seconds, the tenth with a hint that it repeats', () => {
    const { logger, lines } = recordingLogger();
    const log = new LimitedLog(logger);
    for (let i = 0; i < 25; i += 1) log.write('warn', 'bad packet', { i }, i);
    expect(lines).toHaveLength(10);
    expect(lines.at(0)).toEqual({ level: 'warn', fields: { i: 0 }, message: 'bad packet' });
    expect(lines.at(9)).toEqual({ level: 'warn', fields: { i: 9, repeating: true }, message: 'bad packet' });
  });

  test('says how many were left out when the message comes again later', () => {
    const { logger, lines } = recordingLogger();
    const log = new LimitedLog(logger);
    for (let i = 0; i < 25; i += 1) log.write('warn', 'bad packet', { i }, 0);
    log.write('warn', 'bad packet', { i: 25 }, 10_000);
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
    const { logger, lines } = recordingLogger();
    const log = new LimitedLog(logger);
    for (let i = 0; i < 25; i += 1) log.write('warn', 'one', {}, 0);
    log.write('debug', 'another', {}, 0);
    expect(lines.at(-1)).toEqual({ level: 'debug', fields: {}, message: 'another' });
  });

  test('says nothing of suppression after exactly ten', () => {
    const { logger, lines } = recordingLogger();
    const log = new LimitedLog(logger);
    for (let i = 0; i < 10; i += 1) log.write('info', 'm', {}, 0);
    log.write('info', 'm', {}, 20_000);
    expect(lines).toHaveLength(11);
  });
});
