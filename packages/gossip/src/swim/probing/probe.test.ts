import { describe, expect, test } from 'vitest';
import { idOf } from '../../../test/support/ids.ts';
import {
  addressOf,
  alive,
  dead,
  deaths,
  effectsOf,
  notesIn,
  SwimFixture,
  type SwimFixtureOptions,
  selfAddress,
  selfName,
  sentIn,
  sentOf,
  serfVersions,
  suspect,
} from '../../../test/support/swim-fixture.ts';
import type { Ack, Nack, PacketMessage } from '../../wire/swim-messages.ts';
import type { Extension } from '../features.ts';
import type { SwimEffect } from '../types.ts';

const noPayload = new Uint8Array(0);
const ack = (seq: number): Ack => ({ type: 'ack', seq, payload: noPayload });
const nack = (seq: number): Nack => ({ type: 'nack', seq });

/** A pool whose rounds begin at 0, 1000, 2000 ... and which gossips only with its probes. */
function pool(names: readonly string[], options: SwimFixtureOptions = {}): SwimFixture {
  const timing = { pushPullIntervalMs: 0, gossipIntervalMs: 1e9, ...options.timing };
  const made = new SwimFixture({ ...options, timing });
  made.know(...names);
  return made;
}

/** The sequence number of the one ping among the effects. */
function pinged(effects: readonly SwimEffect[]): number {
  const [ping, ...others] = sentOf(effects, 'ping');
  if (ping === undefined || others.length > 0) throw new Error(`expected one ping, not ${others.length + 1}`);
  return ping.seq;
}

/** Begins a round and lets the probe timeout pass without an answer. */
function untilIndirect(made: SwimFixture): { readonly seq: number; readonly effects: readonly SwimEffect[] } {
  const seq = pinged(made.runTo(made.nowMs));
  return { seq, effects: made.runTo(made.nowMs + 500) };
}

describe('a probe round, SWIM §3.1 and gossip.md 3.6', () => {
  test('pings one member by its name', () => {
    const made = pool(['a']);
    const [sent] = sentIn(made.runTo(0));
    expect(sent?.to).toEqual(addressOf('a'));
    expect(sent?.messages[0]).toEqual({
      type: 'ping',
      seq: 1,
      node: 'a',
      replyTo: selfAddress,
      sourceNode: selfName,
    });
  });

  test('ends with a direct ack, without indirect pings, and the next round begins an interval later', () => {
    const made = pool(['a', 'b']);
    made.receive(ack(pinged(made.runTo(0))));
    expect(made.runTo(999)).toEqual([]);
    expect(pinged(made.runTo(1000))).toBe(2);
  });

  test('is not ended by an ack of another sequence number', () => {
    const made = pool(['a']);
    pinged(made.runTo(0));
    made.receive(ack(77));
    expect(effectsOf(made.runTo(500), 'stream-ping')).toHaveLength(1);
  });

  test('sends three indirect pings and a stream ping after the probe timeout', () => {
    const made = pool(['a', 'b', 'c', 'd', 'e']);
    const { seq, effects } = untilIndirect(made);
    const requests = sentOf(effects, 'indirect-ping');
    expect(requests).toHaveLength(3);
    const [first] = requests;
    expect(first).toMatchObject({ seq, nack: true, replyTo: selfAddress, sourceNode: selfName });
    expect(new Set(requests.map(({ node }) => node)).size).toBe(1);
    const receivers = sentIn(effects).map(({ to }) => to.host);
    expect(new Set(receivers).size).toBe(3);
    expect(receivers).not.toContain(first?.target.host);
    expect(effectsOf(effects, 'stream-ping')).toMatchObject([
      { to: first?.target, timeoutMs: 500, ping: { seq, node: first?.node } },
    ]);
  });

  test('sends indirect pings only to live members', () => {
    const made = pool(['a', 'b', 'c', 'd']);
    made.receive(...deaths('b'), suspect('c'), dead('d', 1, 'd'));
    const { effects } = untilIndirect(made);
    const target = effectsOf(effects, 'stream-ping')[0]?.to;
    const helpers = sentOf(effects, 'indirect-ping');
    expect(helpers.length).toBe(target?.host === addressOf('a').host ? 0 : 1);
    const others = sentIn(effects).filter(({ messages }) => messages[0]?.type !== 'suspect');
    expect(others.every(({ to }) => to.host === addressOf('a').host)).toBe(true);
  });

  test('asks for nacks, and opens a stream, only where the protocol version of the member allows it', () => {
    const old = { ...serfVersions, protocolMax: 2 };
    const made = pool([]);
    made.receive(
      alive('a', { versions: old }),
      alive('b', { versions: { ...serfVersions, protocolMax: 3 } }),
    );
    const { effects } = untilIndirect(made);
    const [request] = sentOf(effects, 'indirect-ping');
    expect(request?.nack).toBe(false);
    expect(effectsOf(effects, 'stream-ping')).toHaveLength(request?.node === 'a' ? 0 : 1);
  });

  test('ends with an ack that comes through a helper', () => {
    const made = pool(['a', 'b']);
    const { seq } = untilIndirect(made);
    made.nowMs = 700;
    made.receive(ack(seq));
    expect(notesIn(made.runTo(1000))).toEqual([]);
    expect([made.state('a'), made.state('b')]).toEqual(['alive', 'alive']);
  });

  test('keeps a member alive that acks on a stream only', () => {
    const made = pool(['a']);
    const { seq, effects } = untilIndirect(made);
    const [request] = effectsOf(effects, 'stream-ping');
    made.step({ type: 'stream-ping-reply', streamId: request?.streamId ?? idOf(0), ack: ack(seq) });
    const end = made.runTo(1000);
    expect(notesIn(end)).toEqual([]);
    expect(made.state('a')).toBe('alive');
    expect(made.swim.healthScore).toBe(0);
  });

  test('is not ended by an ack on another stream', () => {
    const made = pool(['a']);
    const { seq } = untilIndirect(made);
    made.step({ type: 'stream-ping-reply', streamId: idOf(999), ack: ack(seq) });
    made.runTo(1000);
    expect(made.state('a')).toBe('suspect');
  });

  test('ends in a suspicion of ours when no ack comes for a whole interval', () => {
    const made = pool(['a']);
    pinged(made.runTo(0));
    made.runTo(999);
    expect(made.state('a')).toBe('alive');
    const effects = made.runTo(1000);
    expect(made.state('a')).toBe('suspect');
    expect(sentOf(effects, 'suspect')).toContainEqual(suspect('a', 1, selfName));
  });

  test('suspects no member that has announced a new incarnation meanwhile', () => {
    const made = pool(['a']);
    pinged(made.runTo(0));
    made.receive(alive('a', { incarnation: 2 }));
    made.runTo(1000);
    expect(made.state('a')).toBe('alive');
  });

  test('sends a suspect the suspect message in the same packet, with a checksum', () => {
    const made = pool(['a']);
    made.receive(suspect('a', 1, 'b'));
    const [sent] = sentIn(made.runTo(0));
    expect(sent?.messages.map(({ type }) => type)).toEqual(['ping', 'suspect']);
    expect(sent?.messages[1]).toEqual(suspect('a', 1, selfName));
    expect(sent?.crc).toBe(true);
  });

  test('sends a suspect only the ping while the buddy system is off', () => {
    const made = pool(['a'], {
      config: { buddySystem: 'off', disabledExtensions: new Set<Extension>(['suspicion-notices']) },
      timing: { retransmitMult: 1 },
    });
    made.receive(suspect('a', 1, 'b'));
    made.runTo(0); // the queued broadcasts go out once
    const [sent] = sentIn(made.runTo(2000));
    expect(sent?.messages.map(({ type }) => type)).toEqual(['ping']);
  });

  test('sends a suspect no checksum that it does not understand', () => {
    const made = pool([]);
    made.receive(alive('a', { versions: { ...serfVersions, protocolMax: 4 } }), suspect('a'));
    expect(sentIn(made.runTo(0))[0]?.crc).toBe(false);
  });

  test('goes on to indirect and stream pings at once when the datagram cannot be sent, and counts no late ack', () => {
    const made = pool(['a', 'b']);
    made.receive(suspect(selfName, 1, 'x'));
    const [ping] = sentOf(made.runTo(0), 'ping');
    const { seq, node } = ping ?? { seq: 0, node: '' };
    const effects = made.step({ type: 'send-failed', to: addressOf(node) });
    expect(sentOf(effects, 'indirect-ping')).toHaveLength(1);
    expect(effectsOf(effects, 'stream-ping')).toHaveLength(1);
    made.receive(ack(seq));
    expect(made.swim.healthScore).toBe(1);
  });

  test('goes on when a datagram to another member cannot be sent', () => {
    const made = pool(['a']);
    pinged(made.runTo(0));
    expect(made.step({ type: 'send-failed', to: addressOf('z') })).toEqual([]);
  });

  test('probes every member once before it probes one again', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const made = pool(names);
    const probed: string[] = [];
    for (let round = 0; round < 12; round += 1) {
      const pings = sentOf(made.runTo(round * 1000), 'ping');
      probed.push(...pings.map(({ node }) => node));
      made.receive(...pings.map(({ seq }) => ack(seq)));
    }
    expect(probed.slice(0, 6).sort()).toEqual(names);
    expect(probed.slice(6).sort()).toEqual(names);
  });

  test('probes neither ourselves nor members that are down', () => {
    const made = pool(['a', 'b']);
    made.receive(...deaths('a'), dead('b', 1, 'b'));
    expect(sentOf(made.runTo(10_000), 'ping')).toEqual([]);
  });
});

describe("Lifeguard's local health, §IV-A and gossip.md 3.7", () => {
  /** Four members, one of which answers no probe; the number of nacks from the others is given. */
  function failedRound(answers: (seq: number) => readonly PacketMessage[]): SwimFixture {
    const made = pool(['a', 'b', 'c', 'd']);
    const { seq } = untilIndirect(made);
    made.receive(...answers(seq));
    made.runTo(1000);
    return made;
  }

  test.each([
    [3, 0],
    [2, 1],
    [1, 2],
    [0, 3],
  ])('a failed round with %i of 3 nacks costs %i', (nacks, cost) => {
    expect(failedRound((seq) => Array.from({ length: nacks }, () => nack(seq))).swim.healthScore).toBe(cost);
  });

  test('nacks beyond the expected ones give nothing back', () => {
    expect(failedRound((seq) => Array.from({ length: 9 }, () => nack(seq))).swim.healthScore).toBe(0);
  });

  test('nacks of another sequence number do not count', () => {
    expect(failedRound((seq) => [nack(seq + 1), nack(seq + 2)]).swim.healthScore).toBe(3);
  });

  test('a failed round costs 1 when no member can send a nack', () => {
    const made = pool(['a']);
    made.runTo(1000);
    expect(made.swim.healthScore).toBe(1);
  });

  test('a refutation costs 1 and an answered probe gives 1 back, down to 0', () => {
    const made = pool(['a']);
    made.receive(suspect(selfName, 1, 'x'));
    expect(made.swim.healthScore).toBe(1);
    for (const atMs of [0, 1000]) {
      made.receive(ack(pinged(made.runTo(atMs))));
      expect(made.swim.healthScore).toBe(0);
    }
  });

  test('never exceeds one less than the multiplier', () => {
    const made = pool(['a']);
    for (let i = 1; i < 30; i += 1) made.receive(suspect(selfName, i * 2, 'x'));
    expect(made.swim.healthScore).toBe(7);
  });

  test('stretches the round, which swallows the ticks meanwhile, but not the probe timeout', () => {
    const made = pool(['a', 'b']);
    made.receive(suspect(selfName, 1, 'x'), suspect(selfName, 5, 'x'));
    expect(made.swim.healthScore).toBe(2);
    const target = sentOf(made.runTo(0), 'ping')[0]?.node ?? '';
    expect(sentOf(made.runTo(499), 'indirect-ping')).toEqual([]);
    expect(sentOf(made.runTo(500), 'indirect-ping')).toHaveLength(1);
    expect(sentOf(made.runTo(2999), 'ping')).toEqual([]);
    expect(made.state(target)).toBe('alive');
    expect(sentOf(made.runTo(3000), 'ping')).toHaveLength(1);
    expect(made.state(target)).toBe('suspect');
  });
});

describe('a process that stalled, gossip.md 8.18', () => {
  test('suspects no member for acks that it had no time to read', () => {
    const made = pool(['a']);
    const seq = pinged(made.runTo(0));
    const woken = made.stallTo(10_000);
    expect(notesIn(woken).map(({ level }) => level)).toContain('warn');
    expect(made.state('a')).toBe('alive');
    made.nowMs = 10_001;
    made.receive(ack(seq));
    expect(made.state('a')).toBe('alive');
    expect(sentOf(made.runTo(10_999), 'suspect')).toEqual([]);
  });

  test('declares no member dead before it has read the refutations, and raises its health score', () => {
    const made = pool(['a']);
    made.receive(suspect('a', 1, 'b'));
    expect(effectsOf(made.stallTo(60_000), 'member-down')).toEqual([]);
    expect(made.swim.healthScore).toBe(1);
    made.nowMs = 60_400;
    made.receive(alive('a', { incarnation: 2 }));
    expect(made.state('a')).toBe('alive');
  });

  test('declares a member dead that still does not answer, after the time that was left', () => {
    const made = pool(['a']);
    made.receive(suspect('a', 1, 'b'));
    made.runTo(900);
    made.stallTo(20_000);
    const downAtMs = untilDown(made, 40_000);
    // 3100 ms were left when it stalled; a probe timeout more, and the time since the last round.
    expect(downAtMs).toBeGreaterThanOrEqual(20_000 + 3000);
    expect(downAtMs).toBeLessThanOrEqual(20_000 + 4000);
  });

  test('goes on with its rounds at once, and makes up for none that it missed', () => {
    const made = pool(['a']);
    expect(sentOf(made.stallTo(50_000), 'ping')).toHaveLength(1);
    expect(made.swim.nextDeadlineMs()).toBeGreaterThan(50_000);
  });
});

function untilDown(made: SwimFixture, endMs: number): number | undefined {
  for (
    let due = made.swim.nextDeadlineMs();
    due !== undefined && due <= endMs;
    due = made.swim.nextDeadlineMs()
  ) {
    if (effectsOf(made.runTo(due), 'member-down').length > 0) return due;
  }
  return undefined;
}
