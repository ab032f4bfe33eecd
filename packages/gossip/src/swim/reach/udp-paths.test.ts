import { expect, test } from 'vitest';
import { idOf } from '../../../test/support/ids.ts';
import {
  addressOf,
  alive,
  deaths,
  effectsOf,
  notesIn,
  SwimFixture,
  sentIn,
  sentOf,
  suspect,
} from '../../../test/support/swim-fixture.ts';
import type { SwimEffect } from '../types.ts';

/** One probe round of `a`, which only a stream answers. */
function streamOnlyRound(pool: SwimFixture): readonly SwimEffect[] {
  const endMs = pool.nowMs + 1_000;
  const asked = pool.runTo(endMs - 1);
  const ping = effectsOf(asked, 'stream-ping')[0];
  if (ping === undefined) throw new Error('no stream ping was sent');
  const ack = { type: 'ack', seq: ping.ping.seq, payload: new Uint8Array(0) } as const;
  pool.step({ type: 'stream-ping-reply', streamId: ping.streamId, ack });
  return pool.runTo(endMs);
}

const warnings = (effects: readonly SwimEffect[]) => notesIn(effects).filter(({ level }) => level === 'warn');

test('a member that only streams reach is logged once, after three rounds', () => {
  const pool = new SwimFixture();
  pool.know('a');
  const counts = [1, 2, 3, 4, 5].map(() => warnings(streamOnlyRound(pool)).length);
  expect(counts).toEqual([0, 0, 1, 0, 0]);
  expect(pool.swim.udpBlocked).toEqual([{ name: 'a', direction: 'incoming-or-both' }]);
});

test('when its own datagrams arrive here, ours are lost', () => {
  const pool = new SwimFixture();
  pool.know('a');
  for (let round = 0; round < 3; round += 1) {
    streamOnlyRound(pool);
    pool.step({ type: 'packet', from: addressOf('a'), messages: [{ type: 'ping', seq: 1, node: '' }] });
  }
  expect(pool.swim.udpBlocked).toEqual([{ name: 'a', direction: 'outgoing' }]);
});

test('a direct ack ends it', () => {
  const pool = new SwimFixture({ timing: { pushPullIntervalMs: 0 } });
  pool.know('a');
  for (let round = 0; round < 3; round += 1) streamOnlyRound(pool);
  const ping = sentIn(pool.runTo(pool.nowMs + 1))
    .flatMap(({ messages }) => messages)
    .find((message) => message.type === 'ping');
  pool.step({
    type: 'packet',
    from: addressOf('a'),
    messages: [{ type: 'ack', seq: ping?.seq ?? 4, payload: new Uint8Array(0) }],
  });
  expect(pool.swim.udpBlocked).toEqual([]);
});

test('a member that fails and returns, still without UDP, is not logged again', () => {
  const pool = new SwimFixture();
  pool.know('a');
  for (let round = 0; round < 3; round += 1) streamOnlyRound(pool);
  pool.receive(...deaths('a'));
  pool.receive(alive('a', { incarnation: 2 }));
  const again = [1, 2, 3, 4].flatMap(() => warnings(streamOnlyRound(pool)));
  expect(again).toEqual([]);
  expect(pool.swim.udpBlocked).toEqual([{ name: 'a', direction: 'incoming-or-both' }]);
});

test('a suspect without UDP gets push/pulls until it is not suspected any more', () => {
  const pool = new SwimFixture();
  pool.know('a');
  for (let round = 0; round < 3; round += 1) streamOnlyRound(pool);
  pool.receive(suspect('a', 1));
  const effects: SwimEffect[] = [];
  for (const endMs = pool.nowMs + 3_500; pool.nowMs < endMs; ) {
    const step = pool.runTo(pool.nowMs + 10);
    effects.push(...step);
    for (const { streamId, ping } of effectsOf(step, 'stream-ping')) {
      const ack = { type: 'ack', seq: ping.seq, payload: new Uint8Array(0) } as const;
      effects.push(...pool.step({ type: 'stream-ping-reply', streamId, ack }));
    }
  }
  const pushPulls = effectsOf(effects, 'push-pull');
  expect(pushPulls.length).toBeGreaterThanOrEqual(3);
  expect(pushPulls.map(({ state }) => state.nodes.find(({ name }) => name === 'a')?.state)).toContain(
    'suspect',
  );
});

test('on a blocked path the stream ping goes with the datagram, and its ack saves the indirect pings', () => {
  const pool = new SwimFixture();
  pool.know('a', 'b');
  blockPathTo(pool, 'a');
  const begun = untilPingOf(pool, 'a');
  const [early] = effectsOf(begun, 'stream-ping');
  expect(early).toMatchObject({ to: addressOf('a'), timeoutMs: 1000 });
  const ack = { type: 'ack', seq: early?.ping.seq ?? 0, payload: new Uint8Array(0) } as const;
  pool.step({ type: 'stream-ping-reply', streamId: early?.streamId ?? idOf(0), ack });
  const rest = pool.runTo(pool.nowMs + 999);
  expect([sentOf(rest, 'indirect-ping'), effectsOf(rest, 'stream-ping')]).toEqual([[], []]);
  expect(pool.state('a')).toBe('alive');
});

test('without its ack within the probe timeout, a second stream ping and indirect pings follow', () => {
  const pool = new SwimFixture();
  pool.know('a', 'b');
  blockPathTo(pool, 'a');
  untilPingOf(pool, 'a');
  const asked = pool.runTo(pool.nowMs + 500);
  expect(sentOf(asked, 'indirect-ping')).toHaveLength(1);
  const [second] = effectsOf(asked, 'stream-ping');
  expect(second?.timeoutMs).toBe(500);
  const ack = { type: 'ack', seq: second?.ping.seq ?? 0, payload: new Uint8Array(0) } as const;
  pool.step({ type: 'stream-ping-reply', streamId: second?.streamId ?? idOf(0), ack });
  pool.runTo(pool.nowMs + 500);
  expect(pool.state('a')).toBe('alive');
});

/** Lets rounds pass in which this member acks on streams only and all others directly. */
function blockPathTo(pool: SwimFixture, name: string): void {
  for (let rounds = 0; pool.swim.udpBlocked.length === 0 && rounds < 50; rounds += 1) {
    answer(pool, pool.runTo(pool.nowMs + 100), name);
  }
  expect(pool.swim.udpBlocked.map((peer) => peer.name)).toEqual([name]);
}

/** The effects of the moment in which this member's next round begins. */
function untilPingOf(pool: SwimFixture, name: string): readonly SwimEffect[] {
  for (let steps = 0; steps < 1000; steps += 1) {
    const effects = pool.runTo(pool.swim.nextDeadlineMs() ?? pool.nowMs);
    if (sentOf(effects, 'ping').some(({ node }) => node === name)) return effects;
    answer(pool, effects, name);
  }
  throw new Error(`${name} was not probed`);
}

function answer(pool: SwimFixture, effects: readonly SwimEffect[], silent: string): void {
  const payload = new Uint8Array(0);
  for (const { seq, node } of sentOf(effects, 'ping')) {
    if (node !== silent) {
      pool.step({ type: 'packet', from: addressOf(node), messages: [{ type: 'ack', seq, payload }] });
    }
  }
  for (const { streamId, ping } of effectsOf(effects, 'stream-ping')) {
    pool.step({ type: 'stream-ping-reply', streamId, ack: { type: 'ack', seq: ping.seq, payload } });
  }
}
