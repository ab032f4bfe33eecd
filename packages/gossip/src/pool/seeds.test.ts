import { expect, test } from 'vitest';
import { recordingLogger } from '../../test/support/recording-logger.ts';
import { SeedError, type SeedErrorCode } from '../errors.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { UnresolvedSeeds } from './seeds.ts';

const failure = (code: SeedErrorCode, seed: string) => ({ seed, error: new SeedError(code, seed, 'why') });

test('a seed that cannot be resolved or parsed is logged once in ten minutes; one that is down is not', () => {
  const clock = new VirtualClock();
  const { logger, lines } = recordingLogger();
  const unresolved = new UnresolvedSeeds(clock, logger);
  const failures = [
    failure('SEED_UNRESOLVED', 'tpyo'),
    failure('SEED_INVALID', ':'),
    failure('SEED_REFUSED', 'down'),
  ];
  for (let i = 0; i < 20; i += 1) {
    unresolved.warn(failures);
    clock.advance(29_000);
  }
  expect(lines.map(({ level, fields }) => [level, fields])).toEqual([
    ['warn', { seed: 'tpyo', reason: 'why' }],
    ['warn', { seed: ':', reason: 'why' }],
  ]);
  clock.advance(60_000);
  unresolved.warn(failures);
  expect(lines).toHaveLength(4);
});
