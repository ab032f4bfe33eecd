import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idOf } from '../../test/support/ids.ts';
import {
  addressOf,
  alive,
  aliveWithoutVersions,
  dead,
  deaths,
  effectsOf,
  entry,
  pushPull,
  SwimFixture,
  selfAddress,
  selfName,
  sentIn,
  sentOf,
  serfVersions,
  suspect,
} from '../../test/support/swim-fixture.ts';
import type { BroadcastId, PeerStreamId, StreamId } from '../ids.ts';
import { createKeyring } from '../wire/encryption.ts';
import { packetOverheadBytes, sealPacket } from '../wire/packet.ts';

const noPayload = new Uint8Array(0);

describe('starting', () => {
  test('has no deadline before, announces us with incarnation 1, and begins every round within its interval', () => {
    for (const draw of [0, 0.5, 0.999]) {
      const pool = new SwimFixture({ random: [draw] });
      expect(pool.swim.member(selfName)).toMatchObject({
        state: 'alive',
        incarnation: 1,
        address: selfAddress,
      });
      expect(pool.swim.nextDeadlineMs()).toBe(draw * 200);
    }
  });
});

describe('pings, gossip.md 2.4', () => {
  test('with our name or with none are answered with an empty ack, at their reply address', () => {
    const pool = new SwimFixture();
    for (const node of [selfName, '']) {
      const answer = pool.receive({ type: 'ping', seq: 9, node, replyTo: addressOf('r') });
      expect(sentIn(answer)[0]?.to).toEqual(addressOf('r'));
      expect(sentOf(answer, 'ack')).toEqual([{ type: 'ack', seq: 9, payload: noPayload }]);
    }
  });

  test('without a reply address are answered at their source', () => {
    const [answer] = sentIn(new SwimFixture().receive({ type: 'ping', seq: 9, node: '' }));
    expect(answer?.to).toEqual({ host: '127.0.0.9', port: 7946 });
  });

  test('with the name of another member are not answered', () => {
    expect(sentIn(new SwimFixture().receive({ type: 'ping', seq: 9, node: 'other' }))).toEqual([]);
  });

  test('on a stream are answered there, or the stream is closed', () => {
    const pool = new SwimFixture();
    const ask = (node: string) =>
      pool.step({ type: 'stream-ping-request', streamId: idOf(4), ping: { type: 'ping', seq: 9, node } });
    expect(ask(selfName)).toEqual([
      { type: 'stream-reply', streamId: 4, message: { type: 'ack', seq: 9, payload: noPayload } },
    ]);
    expect(effectsOf(ask('other'), 'stream-close')).toEqual([{ type: 'stream-close', streamId: 4 }]);
  });
});

describe('leaving, gossip.md 3.11', () => {
  test('is done once, when the broadcast has been sent often enough', () => {
    const pool = new SwimFixture({ timing: { probeIntervalMs: 1e9, pushPullIntervalMs: 0 }, random: [0.9] });
    pool.know('a');
    pool.emptyQueue();
    expect(effectsOf(pool.step({ type: 'leave', broadcastId: idOf(5) }), 'broadcast-done')).toEqual([]);
    const effects = pool.runTo(10_000);
    expect(sentOf(effects, 'dead')).toEqual(Array.from({ length: 4 }, () => dead(selfName, 1, selfName)));
    expect(effectsOf(effects, 'broadcast-done')).toEqual([{ type: 'broadcast-done', broadcastId: 5 }]);
  });

  test('is done at once, and once, without live peers', () => {
    const pool = new SwimFixture();
    pool.know('a');
    pool.receive(...deaths('a'));
    const effects = [...pool.step({ type: 'leave', broadcastId: idOf(5) })];
    for (let seq = 0; seq < 20; seq += 1) effects.push(...pool.receive({ type: 'ping', seq, node: '' }));
    expect(effectsOf(effects, 'broadcast-done')).toEqual([{ type: 'broadcast-done', broadcastId: 5 }]);
  });

  test('twice is done twice and announced once', () => {
    const pool = new SwimFixture();
    pool.step({ type: 'leave', broadcastId: idOf(5) });
    expect(pool.step({ type: 'leave', broadcastId: idOf(6) })).toEqual([
      { type: 'broadcast-done', broadcastId: 6 },
    ]);
  });

  test('refutes no claim about us any more, while pings and push/pulls are still answered', () => {
    const pool = new SwimFixture();
    pool.know('a');
    pool.step({ type: 'leave', broadcastId: idOf(5) });
    pool.receive(
      suspect(selfName, 9),
      dead(selfName, 9),
      alive(selfName, { incarnation: 9, host: selfAddress.host }),
    );
    expect(pool.state(selfName)).toBe('left');
    expect(pool.swim.healthScore).toBe(0);
    expect(sentOf(pool.receive({ type: 'ping', seq: 1, node: selfName }), 'ack')).toHaveLength(1);
    expect(effectsOf(pool.merge([]), 'stream-reply')).toHaveLength(1);
    expect(pool.table().get(selfName)?.state).toBe('left');
  });
});

describe('new tags', () => {
  const meta = new Uint8Array([1, 2]);

  test('are announced with the next incarnation, and done when they have been sent often enough', () => {
    const pool = new SwimFixture({ timing: { probeIntervalMs: 1e9 }, random: [0.9] });
    pool.know('a');
    pool.step({ type: 'set-meta', broadcastId: idOf(5), meta });
    expect(pool.incarnation(selfName)).toBe(2);
    const effects = pool.runTo(5000);
    expect(effectsOf(effects, 'broadcast-done')).toEqual([{ type: 'broadcast-done', broadcastId: 5 }]);
    expect(sentOf(effects, 'alive')).toContainEqual(
      alive(selfName, { incarnation: 2, host: selfAddress.host, meta }),
    );
  });

  test('are done when newer ones replace them, and at once when we are alone', () => {
    const pool = new SwimFixture();
    expect(
      effectsOf(pool.step({ type: 'set-meta', broadcastId: idOf<BroadcastId>(1), meta }), 'broadcast-done'),
    ).toHaveLength(1);
    pool.know('a');
    expect(effectsOf(pool.step({ type: 'set-meta', broadcastId: idOf(2), meta }), 'broadcast-done')).toEqual(
      [],
    );
    expect(
      effectsOf(pool.step({ type: 'set-meta', broadcastId: idOf(3), meta: noPayload }), 'broadcast-done'),
    ).toEqual([{ type: 'broadcast-done', broadcastId: 2 }]);
  });
});

describe('no datagram exceeds packetBytesMax, gossip.md 2.11 and 8.22', () => {
  const key = new Uint8Array(32).fill(7);
  const layers = fc.record({ label: fc.string({ maxLength: 60 }), isEncrypted: fc.boolean() });
  const names = fc.array(fc.string({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 40 });
  const userSizes = fc.array(fc.integer({ min: 1, max: 600 }), { maxLength: 20 });

  test('with any piggyback, label, encryption and checksum', () => {
    fc.assert(
      fc.property(fc.integer(), layers, names, userSizes, (seed, { label, isEncrypted }, all, sizes) => {
        const wrapping = {
          label,
          verifyOutgoing: true,
          ...(isEncrypted ? { keyring: createKeyring([key]) } : {}),
        };
        const waiting = sizes.map((size) => new Uint8Array(size));
        const pool = new SwimFixture({
          seed,
          config: { packetBudgetBytes: 1400 - packetOverheadBytes(wrapping) },
          delegate: {
            takeBroadcasts: (overhead, limit, _now, count) => fitting(waiting, overhead, limit, count),
          },
        });
        const meta = new Uint8Array(400);
        const effects = [
          ...pool.receive(...all.map((name) => alive(name, { meta, host: '127.0.3.3' }))),
          ...pool.receive(...all.map((name) => suspect(name))),
          ...pool.runTo(3000),
        ];
        const sizesSent = effectsOf(effects, 'send').map(({ parts, crc }) => {
          const nonce = () => new Uint8Array(12);
          return sealPacket(parts, { ...wrapping, compression: false, crc, nonce }).length;
        });
        expect(sizesSent.length).toBeGreaterThan(0);
        expect(Math.max(...sizesSent)).toBeLessThanOrEqual(1400);
      }),
    );
  });

  test('a full queue fills a packet to within one message', () => {
    const pool = new SwimFixture();
    pool.receive(...Array.from({ length: 60 }, (_, i) => alive(`m${i}`, { host: '127.0.3.3' })));
    const [packet] = effectsOf(pool.receive({ type: 'ping', seq: 1, node: '' }), 'send');
    const used = (packet?.parts ?? []).reduce((sum, part) => sum + part.length + 2, 2);
    expect(used).toBeGreaterThan(1400 - 80);
    expect(used).toBeLessThanOrEqual(1400);
  });
});

describe('with any input of peers', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', selfName, 'e-tick', '__proto__');
  const incarnation = fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constantFrom(0xffff_0000, 0xffff_ffff));
  const seq = fc.integer({ min: 0, max: 12 });
  const host = fc.constantFrom('127.0.1.97', '127.0.2.2', '::1');
  const replyTo = fc.record({ host, port: fc.integer({ min: 1, max: 65_535 }) });
  const versions = fc.constantFrom(
    serfVersions,
    { ...serfVersions, protocolMin: 3 },
    { ...serfVersions, protocolMax: 0 },
  );
  const message = fc.oneof(
    fc.record({ type: fc.constant('ping' as const), seq, node: name, replyTo }),
    fc.record({
      type: fc.constant('indirect-ping' as const),
      seq,
      node: name,
      target: replyTo,
      nack: fc.boolean(),
    }),
    fc.record({ type: fc.constant('ack' as const), seq, payload: fc.uint8Array({ maxLength: 4 }) }),
    fc.record({ type: fc.constant('nack' as const), seq }),
    fc.record({ type: fc.constant('user' as const), payload: fc.uint8Array({ maxLength: 4 }) }),
    fc
      .tuple(name, incarnation, host, versions)
      .map(([node, value, at, vsn]) => alive(node, { incarnation: value, host: at, versions: vsn })),
    name.map(aliveWithoutVersions),
    fc.tuple(name, incarnation, name).map(([node, value, from]) => suspect(node, value, from)),
    fc.tuple(name, incarnation, name).map(([node, value, from]) => dead(node, value, from)),
  );
  const node = fc
    .tuple(name, fc.constantFrom('alive', 'suspect', 'dead', 'left'), incarnation, versions)
    .map(([who, state, value, vsn]) => entry(who, state as 'alive', { incarnation: value, versions: vsn }));
  const nodes = fc.array(node, { maxLength: 6 });
  const input = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .array(message, { maxLength: 6 })
        .map((messages) => ({ type: 'packet' as const, from: addressOf('x'), messages })),
    },
    { weight: 6, arbitrary: fc.constant({ type: 'deadline' as const }) },
    {
      weight: 1,
      arbitrary: nodes.map((list) => ({
        type: 'push-pull-request' as const,
        streamId: idOf<PeerStreamId>(1),
        from: addressOf('x'),
        state: pushPull(list, true),
      })),
    },
    {
      weight: 1,
      arbitrary: nodes.map((list) => ({
        type: 'push-pull-reply' as const,
        streamId: idOf<StreamId>(2),
        state: pushPull(list),
      })),
    },
    { weight: 1, arbitrary: replyTo.map((to) => ({ type: 'send-failed' as const, to })) },
    {
      weight: 1,
      arbitrary: seq.map((value) => ({
        type: 'stream-ping-reply' as const,
        streamId: idOf<StreamId>(value * 2),
        ack: { type: 'ack' as const, seq: value, payload: noPayload },
      })),
    },
    {
      weight: 1,
      arbitrary: fc.constant({
        type: 'set-meta' as const,
        broadcastId: idOf<BroadcastId>(1),
        meta: noPayload,
      }),
    },
  );
  const history = fc.array(fc.tuple(input, fc.integer({ min: 0, max: 3000 })), { maxLength: 60 });

  test('a step never throws, every deadline is ahead, and no table grows beyond the known names', () => {
    fc.assert(
      fc.property(fc.integer(), history, (seed, steps) => {
        const pool = new SwimFixture({ seed });
        for (const [step, laterMs] of steps) {
          pool.nowMs += laterMs;
          pool.step(step);
          pool.step({ type: 'deadline' });
          expect(pool.swim.nextDeadlineMs()).toBeGreaterThan(pool.nowMs);
          expect(pool.swim.membersCount).toBeLessThanOrEqual(7);
          expect(pool.swim.queueDepth).toBeLessThanOrEqual(7);
          expect(pool.swim.healthScore).toBeLessThanOrEqual(7);
          expect(pool.state(selfName)).toBe('alive');
        }
      }),
    );
  });

  test('the same inputs at the same times with the same randomness give the same effects', () => {
    fc.assert(
      fc.property(fc.integer(), history, (seed, steps) => {
        const run = () => {
          const pool = new SwimFixture({ seed });
          return steps.map(([step, laterMs]) => {
            pool.nowMs += laterMs;
            return pool.step(step);
          });
        };
        expect(run()).toEqual(run());
      }),
    );
  });
});

/** The messages of a layer above: as many as fit, and each stays queued. */
function fitting(
  waiting: readonly Uint8Array[],
  overheadBytes: number,
  limitBytes: number,
  countMax: number,
): readonly Uint8Array[] {
  let left = limitBytes;
  return waiting.slice(0, countMax).filter((message) => {
    if (message.length + overheadBytes > left) return false;
    left -= message.length + overheadBytes;
    return true;
  });
}
