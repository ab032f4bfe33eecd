import { expect, test } from 'vitest';
import {
  addressOf,
  alive,
  dead,
  effectsOf,
  notesIn,
  SwimFixture,
  sentIn,
  suspect,
} from '../../test/support/swim-fixture.ts';
import type { SwimEffect } from './types.ts';

/** One probe round of `a`, which only a stream answers. */
function streamOnlyRound(pool: SwimFixture): readonly SwimEffect[] {
  const endMs = pool.nowMs + 1_000;
  const asked = pool.runTo(endMs - 1);
  const ping = effectsOf(asked, 'stream-ping')[0];
  if (ping === undefined) throw new Error('no stream ping was sent');
  const ack = { type: 'ack', seq: ping.ping.seq, payload: new Uint8Array(0) } as const;
  pool.step({ type: 'stream-ping-reply', exchange: ping.exchange, ack });
  return pool.runTo(endMs);
}

const warnings = (effects: readonly SwimEffect[]) => notesIn(effects).filter(({ level }) => level === 'warn');

test('a member that only streams reach is warned of once, after three rounds', () => {
  const pool = new SwimFixture();
  pool.know('a');
  const counts = [1, 2, 3, 4, 5].map(() => warnings(streamOnlyRound(pool)).length);
  expect(counts).toEqual([0, 0, 1, 0, 0]);
  expect(pool.swim.udpBlocked).toEqual([{ name: 'a', direction: 'incoming-or-both' }]);
});

test('when its own datagrams arrive here, ours are the ones that are lost', () => {
  const pool = new SwimFixture();
  pool.know('a');
  for (let round = 0; round < 3; round += 1) {
    streamOnlyRound(pool);
    pool.step({ type: 'packet', from: addressOf('a'), messages: [{ type: 'ping', seq: 1, node: '' }] });
  }
  expect(pool.swim.udpBlocked).toEqual([{ name: 'a', direction: 'outgoing' }]);
});

test('a direct answer ends it', () => {
  const pool = new SwimFixture();
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

test('a member that fails and returns, still without UDP, is not warned of again', () => {
  const pool = new SwimFixture();
  pool.know('a');
  for (let round = 0; round < 3; round += 1) streamOnlyRound(pool);
  pool.receive(dead('a', 1));
  pool.receive(alive('a', { incarnation: 2 }));
  const again = [1, 2, 3, 4].flatMap(() => warnings(streamOnlyRound(pool)));
  expect(again).toEqual([]);
  expect(pool.swim.udpBlocked).toEqual([{ name: 'a', direction: 'incoming-or-both' }]);
});

test('a suspected member without UDP is told by exchanges of state until it is not suspected any more', () => {
  const pool = new SwimFixture();
  pool.know('a');
  for (let round = 0; round < 3; round += 1) streamOnlyRound(pool);
  pool.receive(suspect('a', 1));
  const told = effectsOf(pool.runTo(pool.nowMs + 3_500), 'push-pull');
  expect(told.length).toBeGreaterThanOrEqual(3);
  expect(told.map(({ state }) => state.nodes.find(({ name }) => name === 'a')?.state)).toContain('suspect');
});
