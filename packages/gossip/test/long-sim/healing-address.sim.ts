import { test } from 'vitest';
import { effort } from '../support/many-seeds.ts';
import { expectMovesAccepted } from '../support/moves.ts';

test('members take their names to other addresses, though strangers have the old ones, after any time', {
  timeout: 180_000 * effort,
}, async ({ task }) => {
  await expectMovesAccepted(
    { file: 'packages/gossip/test/long-sim/healing-address.sim.ts', test: task.name },
    12,
  );
});
