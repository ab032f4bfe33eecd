import { afterEach, test } from 'vitest';
import { expectNoFalsePositives, type Reach } from '../support/bad-member.ts';
import { healingPools } from '../support/healing-pools.ts';

const pools = healingPools();
afterEach(() => pools.close());

test.each<[nodes: number, reachCount: number, how: Reach]>([
  [12, 1, 'neither way'],
  [20, 3, 'neither way'],
  [12, 2, 'it cannot send'],
  [12, 1, 'it cannot receive'],
  [12, 1, 'no datagrams'],
])(
  'a member that reaches only few others makes no member fail: in a pool of %i, reaching %i: %s',
  (nodes, reachCount, how) => expectNoFalsePositives(pools, nodes, reachCount, how),
);
