import { expect, test } from 'vitest';
import { idOf } from '../../test/support/ids.ts';
import { GossipQueues } from './gossip-queues.ts';

test('intents are sent before queries and queries before events, each in the room that the earlier ones leave', () => {
  const queues = new GossipQueues(4);
  queues.enqueueOrdered('events', new Uint8Array(10).fill(3), { lamportTime: 1 });
  queues.enqueueOrdered('queries', new Uint8Array(10).fill(2), { lamportTime: 1 });
  queues.enqueueIntent(new Uint8Array(10).fill(1), {});
  const limits = { overheadBytes: 3, countMax: 255, membersCount: 3 };
  expect(queues.take({ ...limits, limitBytes: 38 }).map(([kind]) => kind)).toEqual([1, 2]);
  expect(queues.take({ ...limits, limitBytes: 39 }).map(([kind]) => kind)).toEqual([1, 2, 3]);
});

test('no more messages are taken than a packet can hold', () => {
  const queues = new GossipQueues(4);
  for (const lamportTime of [1, 2]) {
    queues.enqueueIntent(new Uint8Array(10), {});
    for (const queue of ['queries', 'events'] as const)
      queues.enqueueOrdered(queue, new Uint8Array(10), { lamportTime });
  }
  const limits = { overheadBytes: 3, limitBytes: 1400, membersCount: 3 };
  expect(queues.take({ ...limits, countMax: 3 })).toHaveLength(3);
  expect(queues.take({ ...limits, countMax: 0 })).toHaveLength(0);
});

test('a broadcast is reported once, when its message reached the retransmit limit', () => {
  const queues = new GossipQueues(2);
  queues.enqueueIntent(new Uint8Array(10), { broadcastId: idOf(7) });
  const limits = { overheadBytes: 3, limitBytes: 1400, countMax: 255, membersCount: 2 };
  queues.take(limits);
  expect(queues.drainFinished()).toEqual([]);
  queues.take(limits);
  expect(queues.drainFinished()).toEqual([7]);
  expect(queues.drainFinished()).toEqual([]);
  expect(queues.depth('intents')).toBe(0);
});
