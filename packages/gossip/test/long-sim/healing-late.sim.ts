import { test } from 'vitest';
import { effort } from '../support/many-seeds.ts';
import { expectNoSuspicionByPaused } from '../support/pauses.ts';

test('members that are paused suspect no other, however many, for however long at a time', {
  timeout: 180_000 * effort,
}, async ({ task }) => {
  await expectNoSuspicionByPaused(
    { file: 'packages/gossip/test/long-sim/healing-late.sim.ts', test: task.name },
    8,
  );
});
