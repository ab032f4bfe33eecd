import { expect, test } from 'vitest';
import type { GossipEvent } from '../events.ts';
import type { Gossip } from '../gossip.ts';
import { createGossip } from '../pool/create-gossip.ts';
import type { PoolEvent } from './cluster-interface.ts';
import { watchRegressions } from './freshness.ts';
import { seededEntropy, seededRng } from './seeded-rng.ts';
import { SimNetwork } from './sim-network.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A member named m1 that is never part of a pool; only its identity counts. */
function instanceOfM1(): Promise<Gossip> {
  const clock = new VirtualClock();
  const rng = seededRng(1);
  const bind = { host: '10.0.0.1', port: 7946 };
  const { packets, streams } = new SimNetwork({ clock, rng }).host(bind);
  const ports = { clock, rng, entropy: seededEntropy(rng), packets, streams };
  return createGossip({ name: 'm1', bind, ports });
}

/** A pool in which m1 knows m2 in whichever incarnation the test says. */
async function poolOfOne() {
  const listeners: ((seen: PoolEvent) => void)[] = [];
  const known: { incarnation: number | undefined } = { incarnation: undefined };
  const state = { atMs: 0, gossip: await instanceOfM1() };
  const watch = watchRegressions({
    running: ['m1', 'm2'],
    incarnationSeenBy: () => known.incarnation,
    onEvent: (listener) => {
      listeners.push(listener);
      return () => undefined;
    },
  });
  const versions = state.gossip.members()[0]?.versions;
  if (versions === undefined) throw new Error('m1 does not know itself');
  const member = {
    name: 'm2',
    address: { host: '10.0.0.2', port: 7946 },
    tags: {},
    status: 'alive',
    versions,
  } as const;
  const emit = (
    type: 'member-join' | 'member-failed' | 'member-reap',
    incarnation: number | undefined,
  ): void => {
    known.incarnation = incarnation;
    state.atMs += 1_000;
    const event: GossipEvent = { type, members: [member] };
    for (const listener of listeners)
      listener({ atMs: state.atMs, observer: 'm1', gossip: state.gossip, event });
  };
  const restart = async (): Promise<void> => {
    state.gossip = await instanceOfM1();
  };
  return { watch, emit, restart };
}

test('an observer that knows a lower incarnation than before has a regression', async () => {
  const { watch, emit } = await poolOfOne();
  emit('member-join', 3);
  emit('member-failed', 3);
  emit('member-join', 4);
  expect(watch.seen).toEqual([]);
  emit('member-join', 2);
  expect(watch.seen).toEqual([{ atMs: 4_000, observer: 'm1', subject: 'm2', before: 4, after: 2 }]);
});

test('an erased subject starts anew, and so does a restarted observer', async () => {
  const { watch, emit, restart } = await poolOfOne();
  emit('member-join', 3);
  emit('member-reap', undefined);
  emit('member-join', 1);
  emit('member-join', 5);
  await restart();
  emit('member-join', 1);
  expect(watch.seen).toEqual([]);
});
