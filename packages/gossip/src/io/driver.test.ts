import { describe, expect, test } from 'vitest';
import { FakePackets, FakeStreams } from '../../test/support/fake-transports.ts';
import { recordingLogger } from '../../test/support/recording-logger.ts';
import { addressOf, alive, selfAddress, suspect, swimConfig } from '../../test/support/swim-fixture.ts';
import { Core } from '../core.ts';
import type { GossipEvent } from '../events.ts';
import { profileTimings } from '../options/profiles.ts';
import { seededEntropy, seededRng } from '../testing/seeded-rng.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { createKeyring } from '../wire/encryption.ts';
import { openPacket, sealPacket } from '../wire/packet.ts';
import { encodePacketMessage } from '../wire/swim-codec.ts';
import type { PacketMessage } from '../wire/swim-messages.ts';
import { encodeTags } from '../wire/tags.ts';
import { Driver } from './driver.ts';
import { LimitedLog } from './limited-log.ts';
import type { WireSecurity } from './peer-streams.ts';
import { Traffic } from './traffic.ts';

const plain: WireSecurity = {
  keyring: undefined,
  verifyIncoming: true,
  verifyOutgoing: true,
  label: '',
  skipInboundLabelCheck: false,
  compression: false,
};

function setUp(security: WireSecurity = plain) {
  const clock = new VirtualClock();
  const packets = new FakePackets(selfAddress);
  const streams = new FakeStreams(selfAddress);
  const { logger, lines } = recordingLogger();
  const events: GossipEvent[] = [];
  const listeners: ((event: GossipEvent) => void)[] = [];
  const reported: string[] = [];
  const swim = swimConfig({ pushPullIntervalMs: 0 });
  const serf = {
    name: swim.name,
    address: selfAddress,
    serfProtocol: 5,
    timing: profileTimings.lan,
    coordinates: false,
    userEvents: { order: 'arrival', holdBackMs: 1000, coalesce: undefined },
    keys: [],
    conflictResolution: false,
    messageBytesMax: 1361,
  } as const;
  const core = new Core({ swim, serf, admission: undefined }, seededRng(1));
  const log = new LimitedLog(logger, clock);
  const traffic = new Traffic(swim.name, log);
  const driver = new Driver({
    core,
    clock,
    entropy: seededEntropy(seededRng(2)),
    packets,
    streams,
    security,
    keyKeeper: undefined,
    traffic,
    log,
    owner: {
      event: (event) => {
        events.push(event);
        for (const listener of listeners) listener(event);
      },
      left: () => reported.push('left'),
      query: ({ name }) => reported.push(`query ${name}`),
      queryAnswered: (queryId, answerer, kind) => reported.push(`${queryId} ${kind} ${answerer}`),
      queryOver: (queryId) => reported.push(`${queryId} over`),
    },
  });
  driver.start();
  const receive = (...messages: readonly PacketMessage[]): void => {
    const parts = messages.map(encodePacketMessage);
    const nonce = () => new Uint8Array(12);
    packets.receive(sealPacket(parts, { ...security, crc: false, nonce }), addressOf('p'));
  };
  return { clock, packets, streams, core, driver, traffic, lines, events, listeners, reported, receive };
}

const joined = (events: readonly GossipEvent[]) =>
  events.flatMap((event) => (event.type === 'member-join' ? event.members.map(({ name }) => name) : []));

describe('the driver', () => {
  test('opens and counts received packets, and reports events', () => {
    const { traffic, events, receive } = setUp();
    receive(alive('a'), alive('b'));
    expect(joined(events)).toEqual(['self', 'a', 'b']);
    expect(traffic.counters).toMatchObject({ packetsReceived: 1, dropped: {} });
    expect(traffic.counters.bytesReceived).toBeGreaterThan(0);
  });

  test('seals and counts sent packets', () => {
    const { traffic, packets, receive } = setUp({ ...plain, keyring: createKeyring([new Uint8Array(16)]) });
    receive({ type: 'ping', seq: 4, node: '' });
    const [sent] = packets.sent;
    expect(sent?.to).toEqual(addressOf('p'));
    const opened = openPacket(sent?.packet ?? new Uint8Array(0), {
      keyring: createKeyring([new Uint8Array(16)]),
      verifyIncoming: true,
      label: '',
    });
    expect(opened.messages[0]).toEqual({ type: 'ack', seq: 4, payload: new Uint8Array(0) });
    expect(traffic.counters).toMatchObject({ packetsSent: 1, bytesSent: sent?.packet.length });
  });

  test('drops and counts invalid packets by reason, and handles the valid parts of a compound', () => {
    const { traffic, packets, events, lines } = setUp();
    packets.receive(Uint8Array.of(99), addressOf('p'));
    const parts = [Uint8Array.of(4, 0xc1), encodePacketMessage(alive('a'))];
    const nonce = () => new Uint8Array(12);
    const layers = { compression: false, verifyOutgoing: false, label: '', crc: false, nonce };
    packets.receive(sealPacket(parts, layers), addressOf('p'));
    expect(joined(events)).toContain('a');
    expect(Object.values(traffic.counters.dropped).reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(traffic.counters.dropped['WIRE_UNKNOWN_TYPE']).toBe(1);
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(2);
  });

  test('keeps one timer', () => {
    const { clock, receive } = setUp();
    expect(clock.pendingCount).toBe(1);
    receive(alive('a'), alive('b'), suspect('a'), { type: 'ping', seq: 1, node: '' });
    expect(clock.pendingCount).toBe(1);
    clock.advance(10_000);
    expect(clock.pendingCount).toBe(1);
  });

  test('accepts a transport that reports a failure within `send`', () => {
    const { clock, packets, streams, traffic, receive } = setUp();
    packets.refusedHosts.add(addressOf('a').host);
    receive(alive('a'));
    clock.advance(1000);
    expect(traffic.counters.dropped['send-failed']).toBeGreaterThan(0);
    expect(streams.dialled.length).toBeGreaterThan(0);
    expect(clock.pendingCount).toBe(1);
  });

  test('performs all effects of a step before it handles a packet that arrives within `send`', () => {
    const { packets, receive } = setUp();
    packets.onSend = () => {
      packets.onSend = undefined;
      receive({ type: 'ping', seq: 3, node: '' });
    };
    receive({ type: 'ping', seq: 1, node: '' }, { type: 'ping', seq: 2, node: '' });
    const answers = packets.sent.map(({ packet }) => openPacket(packet, { verifyIncoming: true, label: '' }));
    expect(answers.map(({ messages }) => messages[0])).toMatchObject([{ seq: 1 }, { seq: 2 }, { seq: 3 }]);
  });

  test('keeps the order of events when a listener feeds another input', () => {
    const { driver, events, listeners, receive } = setUp();
    listeners.push((event) => {
      if (joined([event]).includes('a')) {
        driver.feed({ type: 'packet', from: addressOf('p'), messages: [alive('c')] });
      }
    });
    receive(alive('a'), alive('b'));
    expect(joined(events)).toEqual(['self', 'a', 'b', 'c']);
  });

  test('sends, receives and reports nothing after close, and leaves no timer', () => {
    const { clock, packets, driver, events, listeners, receive, reported } = setUp();
    receive(alive('a'));
    listeners.push(() => driver.close(new Error('closed')));
    receive(alive('b'), alive('c'));
    const [sentBefore, eventsBefore] = [packets.sent.length, events.length];
    expect(joined(events)).toEqual(['self', 'a', 'b']);
    receive(alive('d'), { type: 'ping', seq: 1, node: '' });
    driver.feed({ type: 'leave' });
    clock.advance(60_000);
    expect([packets.sent.length, events.length, reported]).toEqual([sentBefore, eventsBefore, []]);
    expect(clock.pendingCount).toBe(0);
  });

  test('settles a push/pull with its outcome, and reports at once that the only member has left', async () => {
    const { driver, reported, streams } = setUp();
    const { signal } = new AbortController();
    const outcome = driver.pushPull({ to: addressOf('z'), intent: 'join' }, signal);
    streams.dialled[0]?.closes(new Error('refused'));
    expect(await outcome).toMatchObject({ type: 'failed', failure: { reason: 'refused' } });
    driver.feed({ type: 'leave' });
    expect(reported).toEqual(['left']);
  });

  test('rejects waiting push/pulls and broadcasts when it is closed', async () => {
    const { driver, receive } = setUp();
    receive(alive('a'));
    const { signal } = new AbortController();
    const waiting = Promise.allSettled([
      driver.pushPull({ to: addressOf('z'), intent: 'join' }, signal),
      driver.broadcast((broadcastId) => ({ type: 'set-tags', broadcastId, meta: encodeTags({}) }), undefined),
    ]);
    driver.close('closed');
    expect(await waiting).toEqual([
      { status: 'rejected', reason: 'closed' },
      { status: 'rejected', reason: 'closed' },
    ]);
  });
});
