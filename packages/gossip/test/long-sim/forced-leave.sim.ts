import { test } from 'vitest';
import { allForcedLeaves, expectForcedOut, hardestForcedLeave } from '../support/forced-leave.ts';

test.each([
  { nodes: 30, seeds: [2], cases: allForcedLeaves },
  { nodes: 100, seeds: [1, 2], cases: hardestForcedLeave },
  { nodes: 200, seeds: [1], cases: hardestForcedLeave },
])('a forced leave ends at left, or erased, at each of $nodes members', ({ nodes, seeds, cases }) =>
  expectForcedOut(nodes, seeds, cases),
);
