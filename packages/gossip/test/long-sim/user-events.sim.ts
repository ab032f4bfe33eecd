import { createTestCluster } from '@hobnob/gossip/testing';
import { describe, expect, test } from 'vitest';
import { fireThousand, recordEventNames } from '../support/event-names.ts';

describe('user events', () => {
  test.each([3, 9])(
    'reach all of %i members within 45 s when a thousand are fired at once',
    async (nodes) => {
      await using pool = await createTestCluster({ nodes, seed: 4 });
      const received = recordEventNames(pool);
      const names = await fireThousand(pool);
      for (const list of received) expect(list.toSorted()).toEqual(names.toSorted());
      for (const name of pool.names) expect(pool.gossip(name).stats().dropped).toEqual({});
    },
  );

  test.each(['local', 'lan', 'wan'] as const)(
    'reach every member of pools of up to ten by gossip alone, %s',
    async (profile) => {
      for (let nodes = 2; nodes <= 10; nodes += 1) {
        // Without push/pulls nothing makes up for what gossip loses.
        const timing = { pushPullIntervalMs: 0 };
        await using pool = await createTestCluster({ nodes, seed: nodes, gossip: { profile, timing } });
        for (const count of [1, 30, 100]) {
          const received = recordEventNames(pool);
          for (let i = 0; i < count; i += 1) pool.gossip(`m${(i % nodes) + 1}`).userEvent(`e${i}`);
          await pool.advance(30_000);
          expect(received.map(({ length }) => length)).toEqual(pool.names.map(() => count));
        }
      }
    },
  );
});
