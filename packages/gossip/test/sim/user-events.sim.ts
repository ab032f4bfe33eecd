import { createTestCluster } from '@hobnob/gossip/testing';
import { describe, expect, test } from 'vitest';
import { fireThousand, recordEventNames } from '../support/event-names.ts';

/** Small pools; `long-sim/user-events.sim.ts` has those of every size up to ten. */
describe('user events', () => {
  test.each([2, 5, 9])('arrive in the order of firing when nothing is lost, %i members', async (nodes) => {
    for (const seed of [1, 2]) {
      await using pool = await createTestCluster({ nodes, seed });
      for (const first of ['m1', 'm2']) {
        const received = recordEventNames(pool);
        for (const version of ['v1', 'v2', 'v3', 'v10']) pool.gossip(first).userEvent(version);
        await pool.advance(5_000);
        for (const names of received) expect(names).toEqual(['v1', 'v2', 'v3', 'v10']);
      }
    }
  });

  test('reach both of two members within 45 s, in order, when a thousand are fired at once', async () => {
    await using pool = await createTestCluster({ nodes: 2, seed: 4 });
    const received = recordEventNames(pool);
    const names = await fireThousand(pool);
    expect(received[0]?.toSorted()).toEqual(names.toSorted());
    expect(received[1]).toEqual(names);
    for (const name of pool.names) expect(pool.gossip(name).stats().dropped).toEqual({});
  });

  test('are refused when the queue is full, and all accepted ones are delivered', async () => {
    await using pool = await createTestCluster({ nodes: 2, seed: 4 });
    const received = recordEventNames(pool);
    const accepted: string[] = [];
    for (let i = 0; i < 2000; i += 1) {
      try {
        pool.gossip('m1').userEvent(`e${i}`);
        accepted.push(`e${i}`);
      } catch (error) {
        expect(error).toMatchObject({ code: 'GOSSIP_BUSY' });
      }
    }
    expect(accepted).toHaveLength(1280);
    await pool.advance(60_000);
    expect(received).toEqual([accepted, accepted]);
  });
});
