import { describe, expect, test } from 'vitest';
import { idOf } from '../../test/support/ids.ts';
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
} from '../../test/support/swim-fixture.ts';
import type { PacketMessage } from '../wire/swim-messages.ts';
import type { Extension } from './features.ts';

const accuser = { host: '127.0.0.9', port: 7946 };
const others = Array.from({ length: 40 }, (_, i) => `m${i}`);

/** A pool that gossips nothing and exchanges nothing. */
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

/** When we told the suspect, other than with a ping, and when it was given up, counted from now. */
function noticesOf(
  pool: SwimFixture,
  name: string,
): { readonly toldAt: readonly number[]; readonly deadAt: number } {
  const toldAt: number[] = [];
  const beganMs = pool.nowMs;
  for (let steps = 0; steps < 1000; steps += 1) {
    const dueMs = pool.swim.nextDeadlineMs() ?? pool.nowMs;
    const effects = pool.runTo(dueMs);
    if (sentIn(effects).some(({ messages }) => messages[0]?.type === 'suspect')) toldAt.push(dueMs - beganMs);
    const isDown = effectsOf(effects, 'member-down').some(({ member }) => member.name === name);
    if (isDown) return { toldAt, deadAt: dueMs - beganMs };
    // Whoever we probe meanwhile answers.
    for (const { seq } of probesIn(effects)) {
      pool.receive({ type: 'ack', seq, payload: new Uint8Array(0) });
    }
  }
  throw new Error(`${name} was not given up`);
}

describe('a suspect is heard before the verdict', () => {
  test('three times, half a second apart, whoever accused it', () => {
    const pool = poolOf(others);
    pool.receive(suspect('m0', 1, 'm1'));
    pool.emptyQueue();
    const { toldAt, deadAt } = noticesOf(pool, 'm0');
    expect(toldAt.map((at) => deadAt - at)).toEqual([1500, 1000, 500]);
  });

  test('with the accusation, in our name and with the incarnation that we know, and a ping by its name', () => {
    const pool = poolOf(others);
    pool.receive(suspect('m0', 7, 'm1'));
    pool.emptyQueue();
    const sent = sentIn(pool.runTo(60_000)).find(({ messages }) => messages[0]?.type === 'suspect');
    expect(sent?.messages).toMatchObject([suspect('m0', 7, selfName), { type: 'ping', node: 'm0' }]);
  });

  test('and what it answers ends the suspicion', () => {
    const pool = poolOf(others);
    pool.receive(suspect('m0', 1, 'm1'));
    pool.receive(alive('m0', { incarnation: 2 }));
    expect(() => noticesOf(pool, 'm0')).toThrow('m0 was not given up');
  });

  test('but not while it is switched off', () => {
    const pool = poolOf(others, ['suspicion-notices']);
    pool.receive(suspect('m0', 1, 'm1'));
    pool.emptyQueue();
    expect(noticesOf(pool, 'm0').toldAt).toEqual([]);
  });
});

describe('a suspicion of a later incarnation', () => {
  test('shows that the earlier one was refuted, and begins anew: it confirms nothing', () => {
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

  test('is gossiped on, for who confirms it counts anew as well', () => {
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

describe('whoever accuses us is answered at once', () => {
  function answersTo(pool: SwimFixture, ...messages: readonly PacketMessage[]): readonly unknown[] {
    return sentIn(pool.receive(...messages)).map(({ to, messages: sent }) => [
      to,
      sent.map((message) => (message.type === 'alive' ? [message.node, message.incarnation] : message.type)),
    ]);
  }

  test('with the refutation that it caused', () => {
    const pool = poolOf(['a']);
    expect(answersTo(pool, suspect(selfName, 1, 'a'))).toEqual([[accuser, [[selfName, 2]]]]);
    expect(answersTo(pool, dead(selfName, 2, 'a'))).toEqual([[accuser, [[selfName, 3]]]]);
  });

  test('and when it has missed that: an outdated accusation raises nothing, yet is answered', () => {
    const pool = poolOf(['a']);
    pool.receive(suspect(selfName, 5, 'a'));
    pool.emptyQueue();
    expect(answersTo(pool, suspect(selfName, 5, 'a'))).toEqual([[accuser, [[selfName, 6]]]]);
    expect(pool.incarnation(selfName)).toBe(6);
    expect(pool.swim.queueDepth).toBe(0);
  });

  test('once, however often the datagram says it', () => {
    const accusations = [suspect(selfName, 1, 'a'), suspect(selfName, 1, 'b'), dead(selfName, 1, 'c')];
    expect(answersTo(poolOf(['a']), ...accusations)).toEqual([[accuser, [[selfName, 2]]]]);
  });

  test('but not about others, not when we are leaving, and not across a border of networks', () => {
    expect(answersTo(poolOf(['a', 'b']), suspect('a', 1, 'b'))).toEqual([]);

    const leaving = poolOf(['a']);
    leaving.step({ type: 'leave', broadcastId: idOf(1) });
    expect(answersTo(leaving, dead(selfName, 1, 'a'))).toEqual([]);

    const closed = new SwimFixture({ config: { allowsHost: (host) => host !== accuser.host } });
    expect(answersTo(closed, suspect(selfName, 1, 'a'))).toEqual([]);
    expect(closed.incarnation(selfName)).toBe(2);
  });

  test('and not while it is switched off', () => {
    expect(answersTo(poolOf(['a'], ['suspicion-notices']), suspect(selfName, 1, 'a'))).toEqual([]);
  });
});
