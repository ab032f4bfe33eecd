import { describe, expect, test } from 'vitest';
import {
  addressOf,
  alive,
  dead,
  deaths,
  SwimFixture,
  selfName,
  sentIn,
  sentOf,
  serfVersions,
  suspect,
} from '../../../test/support/swim-fixture.ts';
import type { SwimEffect } from '../types.ts';

const noProbes = { probeIntervalMs: 1e9, pushPullIntervalMs: 0 };

describe('a gossip round, gossip.md 3.8', () => {
  test('sends a claim four times in a pool of two, with a checksum, and then no more', () => {
    const pool = new SwimFixture({ timing: noProbes });
    pool.know('a');
    const packets = sentIn(pool.runTo(5000)).filter(({ messages }) => messages[0]?.type !== 'ping');
    const copies = packets.flatMap(({ messages }) => messages).filter(({ type }) => type === 'alive');
    // Our own announcement and that of the newcomer; the probe of time 0 carried one copy of each.
    expect(copies).toHaveLength(2 * 3);
    expect(packets.every(({ crc, to }) => crc && to.host === addressOf('a').host)).toBe(true);
    expect(pool.swim.queueDepth).toBe(0);
  });

  test('sends without a checksum to members that do not understand it', () => {
    const pool = new SwimFixture({ timing: noProbes });
    pool.receive(alive('a', { versions: { ...serfVersions, protocolMax: 4 } }));
    const gossip = sentIn(pool.runTo(200)).filter(({ messages }) => messages[0]?.type !== 'ping');
    expect(gossip.map(({ crc }) => crc)).toEqual([false, false]);
  });

  test('goes to at most three members, each of which gets its own batch', () => {
    const pool = new SwimFixture({ timing: { ...noProbes, probeIntervalMs: 1000 }, random: [0.999_999] });
    pool.know('a', 'b', 'c', 'd', 'e');
    const packets = sentIn(pool.runTo(200));
    expect(packets).toHaveLength(3);
    expect(packets.every(({ messages }) => messages.length === 6)).toBe(true);
  });

  test.each([
    ['a burst has four rounds in an interval', ['a'], 4 * 1398, 4],
    ['there is one round when less waits', ['a'], 2 * 1398 - 1, 1],
    ['what waits is shared by the receivers', ['a', 'b', 'c'], 2 * 3 * 1398, 2],
    ['a large pool keeps to one, as memberlist does', [...'abcdefghij'], 100_000, 1],
  ])('%s, each with one packet for a receiver', (_what, names, bytesCount, roundsCount) => {
    const delegate = { waitingBytes: () => bytesCount, takeBroadcasts: () => [new Uint8Array(100)] };
    const pool = new SwimFixture({ timing: { ...noProbes, gossipNodes: 3 }, seed: 1, delegate });
    pool.know(...names);
    const receiversOf = (effects: readonly SwimEffect[]) =>
      sentIn(effects)
        .filter(({ crc }) => crc)
        .map(({ to }) => to.host);
    let receivers: string[] = [];
    while (receivers.length === 0) receivers = receiversOf(pool.runTo(pool.nowMs + 1));
    const perRound = Math.min(3, names.length);
    expect(receivers).toHaveLength(perRound);
    expect(new Set(receivers).size).toBe(perRound);
    for (let round = 0; round < 4; round += 1) {
      expect(receiversOf(pool.runTo(pool.nowMs + 200 / roundsCount - 2))).toEqual([]);
      expect(receiversOf(pool.runTo(pool.nowMs + 2))).toHaveLength(perRound);
    }
  });

  test('notifies suspects and members that died recently, so that they can refute, but none that left', () => {
    const pool = new SwimFixture({ timing: { ...noProbes, gossipNodes: 9 } });
    pool.know('a', 'b', 'c');
    pool.receive(suspect('a'), ...deaths('b'), dead('c', 1, 'c'));
    const receivers = new Set(sentIn(pool.runTo(1000)).map(({ to }) => to.host));
    expect(receivers).toEqual(new Set([addressOf('a').host, addressOf('b').host]));
  });

  test('stops notifying dead members when their time is over', () => {
    const pool = new SwimFixture({ timing: { ...noProbes, gossipToTheDeadMs: 5000 } });
    pool.know('a');
    pool.receive(...deaths('a'));
    pool.runTo(5000);
    pool.receive(suspect(selfName, 1, 'x'));
    expect(sentIn(pool.runTo(5001 + 200))).toEqual([]);
    expect(pool.swim.queueDepth).toBe(2);
  });
});

describe('forgetting, gossip.md 3.6', () => {
  test.each(['dead', 'left'] as const)(
    'a %s member is forgotten at the end of the probe round after its time',
    (how) => {
      const pool = new SwimFixture({ timing: { pushPullIntervalMs: 0, gossipToTheDeadMs: 30_000 } });
      pool.know('a');
      pool.receive(...(how === 'left' ? [dead('a', 1, 'a')] : deaths('a')));
      pool.runTo(30_000);
      expect(pool.state('a')).toBe(how);
      pool.runTo(32_000);
      expect(pool.state('a')).toBeUndefined();
      expect(pool.swim.membersCount).toBe(1);
    },
  );

  test('a forgotten member may restart at incarnation 1', () => {
    const pool = new SwimFixture({ timing: { pushPullIntervalMs: 0 } });
    pool.receive(alive('a', { incarnation: 9 }), ...deaths('a', 9));
    pool.runTo(32_000);
    pool.know('a');
    expect(pool.incarnation('a')).toBe(1);
    expect(sentOf(pool.runTo(33_000), 'ping').map(({ node }) => node)).toContain('a');
  });
});
