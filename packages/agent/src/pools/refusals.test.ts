import { VirtualClock } from '@hobnob/gossip/testing';
import { expect, test } from 'vitest';
import { member } from '../../test/fake-gossip.ts';
import { recordingLogger } from '../../test/recording-logger.ts';
import { Refusals } from './refusals.ts';

function setUp(reason: string | undefined) {
  const clock = new VirtualClock();
  const logger = recordingLogger();
  const refusals = new Refusals([{ code: 'AGENT_REFUSED', policy: () => reason }], { clock, logger });
  return { clock, lines: logger.lines, refusals };
}

const list = [{ ...member('a'), status: 'alive' as const }];

test('a reason is logged at most once a minute', () => {
  const { clock, lines, refusals } = setUp('no');
  for (let i = 0; i < 100; i += 1) refusals.decide(list);
  expect(lines).toEqual(['WARN root: refused members of a peer {"reason":"no"}']);
  clock.advance(60_000);
  refusals.decide(list);
  expect(lines).toHaveLength(2);
});

test('the latest refusal is handed out once', () => {
  const { refusals } = setUp('no');
  expect(refusals.decide(list)).toBe('no');
  expect(refusals.takeLast()).toEqual({ code: 'AGENT_REFUSED', reason: 'no' });
  expect(refusals.takeLast()).toBeUndefined();
});

test('an admitted member is not logged', () => {
  const { lines, refusals } = setUp(undefined);
  expect(refusals.decide(list)).toBeUndefined();
  expect([refusals.takeLast(), lines]).toEqual([undefined, []]);
});
