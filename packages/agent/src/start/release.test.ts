import { VirtualClock } from '@hobnob/gossip/testing';
import { expect, test } from 'vitest';
import { settle } from '../../test/agent-on-fakes.ts';
import { recordingLogger } from '../../test/recording-logger.ts';
import { finishesWithin, releaseInReverse } from './release.ts';

function setUp() {
  const { lines, ...logger } = recordingLogger();
  const closed: string[] = [];
  const step = (what: string, work: () => Promise<void> = async () => undefined) => ({
    what,
    close: () => {
      closed.push(what);
      return work();
    },
  });
  return { clock: new VirtualClock(), logger, lines, closed, step };
}

test('what was opened last is closed first', async () => {
  const { clock, logger, closed, step } = setUp();
  await releaseInReverse([step('a'), step('b'), step('c')], { clock, logger });
  expect(closed).toEqual(['c', 'b', 'a']);
  expect(clock.pendingCount).toBe(0);
});

test('a step that fails is logged and does not keep the others open', async () => {
  const { clock, logger, lines, closed, step } = setUp();
  const broken = step('b', () => Promise.reject(new Error('stuck')));
  await releaseInReverse([step('a'), broken], { clock, logger });
  expect(closed).toEqual(['b', 'a']);
  expect(lines[0]).toMatch(/^ERROR root: Close failed \{"what":"b"/);
});

test('a step that hangs is left behind after three seconds', async () => {
  const { clock, logger, lines, closed, step } = setUp();
  const done = releaseInReverse([step('a'), step('b', () => new Promise(() => undefined))], {
    clock,
    logger,
  });
  clock.advance(2_999);
  await settle();
  expect(closed).toEqual(['b']);
  clock.advance(1);
  await done;
  expect(closed).toEqual(['b', 'a']);
  expect(lines).toEqual(['WARN root: Close timed out, continuing {"what":"b","deadline_ms":3000}']);
});

test('a rejection in time is passed on', async () => {
  await expect(finishesWithin(Promise.reject(new Error('no')), 1, new VirtualClock())).rejects.toThrow('no');
});
