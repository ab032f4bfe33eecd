import { describe, expect, test } from 'vitest';
import { idOf } from '../../../test/support/ids.ts';
import {
  alive,
  dead,
  effectsOf,
  probesIn,
  SwimFixture,
  selfName,
  sentIn,
  sentOf,
  suspect,
} from '../../../test/support/swim-fixture.ts';
import type { PacketMessage } from '../../wire/swim-messages.ts';
import type { Extension } from '../features.ts';

const peer = { host: '127.0.0.9', port: 7946 };
const others = Array.from({ length: 40 }, (_, i) => `m${i}`);

/** A pool without gossip and push/pulls. */
function poolOf(names: readonly string[], disabledExtensions: readonly Extension[] = []): SwimFixture {
  const pool = new SwimFixture({
    timing: { pushPullIntervalMs: 0, gossipIntervalMs: 1e9 },
    config: { disabledExtensions: new Set(disabledExtensions) },
    random: [0.999_999],
  });
  pool.know(...names);
  pool.emptyQueue();
  return pool;
}

/** When the suspect got notices, other than with a probe, and when it was declared dead, counted from now. */
function noticesOf(
  pool: SwimFixture,
  name: string,
): { readonly noticesAt: readonly number[]; readonly deadAt: number } {
  const noticesAt: number[] = [];
  const beganMs = pool.nowMs;
  for (let steps = 0; steps < 1000; steps += 1) {
    const dueMs = pool.swim.nextDeadlineMs() ?? pool.nowMs;
    const effects = pool.runTo(dueMs);
    if (sentIn(effects).some(({ messages }) => messages[0]?.type === 'suspect'))
      noticesAt.push(dueMs - beganMs);
    const isDown = effectsOf(effects, 'member-down').some(({ member }) => member.name === name);
    if (isDown) return { noticesAt, deadAt: dueMs - beganMs };
    // The members that we probe meanwhile answer.
    for (const { seq } of probesIn(effects)) {
      pool.receive({ type: 'ack', seq, payload: new Uint8Array(0) });
    }
  }
  throw new Error(`${name} was not declared dead`);
}

describe('a suspect gets direct notices before the verdict', () => {
  test('three, half a second apart, whichever member suspects it', () => {
    const pool = poolOf(others);
    pool.receive(suspect('m0', 1, 'm1'));
    pool.emptyQueue();
    const { noticesAt, deadAt } = noticesOf(pool, 'm0');
    expect(noticesAt.map((at) => deadAt - at)).toEqual([1500, 1000, 500]);
  });

  test('with the suspect message, in our name and with the known incarnation, and a ping by its name', () => {
    const pool = poolOf(others);
    pool.receive(suspect('m0', 7, 'm1'));
    pool.emptyQueue();
    const sent = sentIn(pool.runTo(60_000)).find(({ messages }) => messages[0]?.type === 'suspect');
    expect(sent?.messages).toMatchObject([suspect('m0', 7, selfName), { type: 'ping', node: 'm0' }]);
  });

  test('and its refutation ends the suspicion', () => {
    const pool = poolOf(others);
    pool.receive(suspect('m0', 1, 'm1'));
    pool.receive(alive('m0', { incarnation: 2 }));
    expect(() => noticesOf(pool, 'm0')).toThrow('m0 was not declared dead');
  });

  test('but none while they are switched off', () => {
    const pool = poolOf(others, ['suspicion-notices']);
    pool.receive(suspect('m0', 1, 'm1'));
    pool.emptyQueue();
    expect(noticesOf(pool, 'm0').noticesAt).toEqual([]);
  });
});

describe('a suspicion of a later incarnation', () => {
  test('proves that the earlier one was refuted: it begins anew and confirms nothing', () => {
    const fresh = poolOf(others);
    fresh.receive(suspect('m0', 2, 'm1'));
    const whole = noticesOf(fresh, 'm0').deadAt;

    const pool = poolOf(others);
    pool.receive(suspect('m0', 1, 'm1'));
    pool.nowMs += 90;
    pool.receive(suspect('m0', 2, 'm2'));
    expect(pool.incarnation('m0')).toBe(2);
    expect(noticesOf(pool, 'm0').deadAt).toBe(whole);
  });

  test('is gossiped on, because its confirmations count anew as well', () => {
    const pool = poolOf(others);
    pool.receive(suspect('m0', 1, 'm1'));
    pool.emptyQueue();
    pool.receive(suspect('m0', 2, 'm1'));
    expect(sentOf(pool.receive({ type: 'ping', seq: 1, node: '' }), 'suspect')).toEqual([
      suspect('m0', 2, 'm1'),
    ]);
  });

  test('of an earlier one changes nothing', () => {
    const pool = poolOf(others);
    pool.receive(suspect('m0', 2, 'm1'));
    expect(pool.receive(suspect('m0', 1, 'm2'))).toEqual([]);
    expect(pool.incarnation('m0')).toBe(2);
  });
});

describe('a peer that suspects us is answered at once', () => {
  function answersTo(pool: SwimFixture, ...messages: readonly PacketMessage[]): readonly unknown[] {
    return sentIn(pool.receive(...messages)).map(({ to, messages: sent }) => [
      to,
      sent.map((message) => (message.type === 'alive' ? [message.node, message.incarnation] : message.type)),
    ]);
  }

  test('with the refutation that it caused', () => {
    const pool = poolOf(['a']);
    expect(answersTo(pool, suspect(selfName, 1, 'a'))).toEqual([[peer, [[selfName, 2]]]]);
    expect(answersTo(pool, dead(selfName, 2, 'a'))).toEqual([[peer, [[selfName, 3]]]]);
  });

  test('and again when it has missed that: an outdated claim raises no incarnation, yet is answered', () => {
    const pool = poolOf(['a']);
    pool.receive(suspect(selfName, 5, 'a'));
    pool.emptyQueue();
    expect(answersTo(pool, suspect(selfName, 5, 'a'))).toEqual([[peer, [[selfName, 6]]]]);
    expect(pool.incarnation(selfName)).toBe(6);
    expect(pool.swim.queueDepth).toBe(0);
  });

  test('once for a datagram, however many claims it holds', () => {
    const claims = [suspect(selfName, 1, 'a'), suspect(selfName, 1, 'b'), dead(selfName, 1, 'c')];
    expect(answersTo(poolOf(['a']), ...claims)).toEqual([[peer, [[selfName, 2]]]]);
  });

  test('but not about others, not while we leave, and not at a host that is not allowed', () => {
    expect(answersTo(poolOf(['a', 'b']), suspect('a', 1, 'b'))).toEqual([]);

    const leaving = poolOf(['a']);
    leaving.step({ type: 'leave', broadcastId: idOf(1) });
    expect(answersTo(leaving, dead(selfName, 1, 'a'))).toEqual([]);

    const closed = new SwimFixture({ config: { allowsHost: (host) => host !== peer.host } });
    expect(answersTo(closed, suspect(selfName, 1, 'a'))).toEqual([]);
    expect(closed.incarnation(selfName)).toBe(2);
  });

  test('and not while it is switched off', () => {
    expect(answersTo(poolOf(['a'], ['suspicion-notices']), suspect(selfName, 1, 'a'))).toEqual([]);
  });
});
