import { test } from 'vitest';
import { expectUpdatesWithBlockedUdp } from '../support/blocked-udp.ts';
import { effort } from '../support/many-seeds.ts';

test('a pool whose UDP is blocked anywhere spreads updates, reports no failure and logs each path once', {
  timeout: 180_000 * effort,
}, async ({ task }) => {
  await expectUpdatesWithBlockedUdp(
    { file: 'packages/gossip/test/long-sim/healing-udp.sim.ts', test: task.name },
    8,
  );
});
