import { describe, expect, test } from 'vitest';
import {
  addressOf,
  alive,
  dead,
  effectsOf,
  entry,
  SwimFixture,
  selfName,
  sentIn,
  sentOf,
  suspect,
} from '../../../test/support/swim-fixture.ts';
import type { SwimEffect } from '../types.ts';

const payload = new Uint8Array(0);

/** A pool of six that gossips, probes, pushes and pulls nothing by itself. */
function pool(): SwimFixture {
  const timing = { pushPullIntervalMs: 0, gossipIntervalMs: 1e9 };
  const made = new SwimFixture({ timing, random: [0.999_999] });
  made.know('a', 'b', 'c', 'd', 'e');
  made.emptyQueue();
  return made;
}

const downIn = (effects: readonly SwimEffect[]) =>
  effectsOf(effects, 'member-down').map(({ member }) => member.name);

describe('a dead message of one other member', () => {
  test('is a suspicion: the suspect is notified and pinged by its name at once, over both transports', () => {
    const made = pool();
    const effects = made.receive(dead('a', 1, 'b'));
    expect([made.state('a'), downIn(effects)]).toEqual(['suspect', []]);
    expect(sentIn(effects)).toMatchObject([
      { to: addressOf('a'), messages: [suspect('a', 1, selfName), { type: 'ping', node: 'a' }] },
    ]);
    expect(effectsOf(effects, 'stream-ping')).toMatchObject([{ to: addressOf('a'), ping: { node: 'a' } }]);
    expect(sentOf(made.receive({ type: 'ping', seq: 1, node: '' }), 'dead')).toEqual([]);
  });

  test('leads to our own verdict when the suspect does not answer for one probe timeout', () => {
    const made = pool();
    made.receive(dead('a', 1, 'b'));
    expect(downIn(made.runTo(499))).toEqual([]);
    expect(downIn(made.runTo(500))).toEqual(['a']);
    made.nowMs = 501;
    expect(sentOf(made.receive({ type: 'ping', seq: 1, node: '' }), 'dead')).toEqual([
      dead('a', 1, selfName),
    ]);
  });

  test.each(['datagram', 'stream'] as const)('comes to nothing when the suspect answers by %s', (by) => {
    const made = pool();
    const asked = made.receive(dead('a', 1, 'b'));
    const [ping] = effectsOf(asked, 'stream-ping');
    if (ping === undefined) throw new Error('no stream ping was sent');
    const ack = { type: 'ack', seq: ping.ping.seq, payload } as const;
    if (by === 'datagram') made.receive(ack);
    else made.step({ type: 'stream-ping-reply', streamId: ping.streamId, ack });
    expect(downIn(made.runToAnswered(120_000))).toEqual([]);
    expect(made.state('a')).toBe('alive');
  });

  test('changes nothing more, however often it comes within that time', () => {
    const made = pool();
    made.receive(dead('a', 1, 'b'));
    made.nowMs = 400;
    expect(sentIn(made.receive(dead('a', 1, 'b')))).toEqual([]);
    expect(downIn(made.runTo(500))).toEqual(['a']);
  });

  test('is believed at once as a second confirmation, if we have not pinged the suspect yet', () => {
    const made = pool();
    made.receive(suspect('a', 1, 'c'));
    expect(downIn(made.receive(dead('a', 1, 'b')))).toEqual(['a']);
  });

  test('is believed at once when the suspect has not answered us', () => {
    const made = pool();
    made.receive(suspect('a', 1, 'b'));
    made.runTo(999);
    expect(downIn(made.receive(dead('a', 1, 'b')))).toEqual([]);
    const again = pool();
    again.receive(suspect('a', 1, 'b'));
    again.runTo(1000);
    expect(downIn(again.receive(dead('a', 1, 'b')))).toEqual(['a']);
  });

  test('is believed at once when the member sends it about itself', () => {
    expect(downIn(pool().receive(dead('a', 1, 'a')))).toEqual(['a']);
  });

  test('is over when the suspect refutes', () => {
    const made = pool();
    made.receive(dead('a', 1, 'b'), alive('a', { incarnation: 2 }));
    expect(downIn(made.runToAnswered(60_000))).toEqual([]);
  });
});

describe('suspect and dead entries of a push/pull', () => {
  test('lead to no suspicion of ours while the members answer', () => {
    const made = pool();
    const asked = made.merge([entry('a', 'dead'), entry('b', 'suspect')]);
    made.receive(...sentOf(asked, 'ping').map(({ seq }) => ({ type: 'ack', seq, payload }) as const));
    made.runToAnswered(10_000);
    expect([made.state('a'), made.state('b'), made.swim.queueDepth]).toEqual(['alive', 'alive', 0]);
  });

  test('make us ping a thousand members at once, and no more, however many a peer lists', () => {
    const made = pool();
    const names = Array.from({ length: 1_500 }, (_, index) => `m${index}`);
    made.know(...names);
    const pings = sentOf(made.merge(names.map((name) => entry(name, 'dead'))), 'ping');
    expect(pings).toHaveLength(1_024);
    made.receive(...pings.map(({ seq }) => ({ type: 'ack', seq, payload }) as const));
    const again = sentOf(made.merge(names.map((name) => entry(name, 'dead'))), 'ping');
    expect(again).toHaveLength(1_024);
  });

  test('lead to a suspicion of ours when the member does not answer', () => {
    const made = pool();
    made.merge([entry('a', 'dead')]);
    made.runToAnswered(500, ['a']);
    expect(made.state('a')).toBe('suspect');
    expect(sentOf(made.receive({ type: 'ping', seq: 1, node: '' }), 'suspect')).toEqual([
      suspect('a', 1, selfName),
    ]);
  });
});
