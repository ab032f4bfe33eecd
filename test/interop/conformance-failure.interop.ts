import { describe, expect, test } from 'vitest';
import { startTarget, targetNames } from './conformance-targets.ts';
import { statusSeenBy } from './peer.ts';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';
import { openLayers } from './wire-kit/layers.ts';
import { alive, claim, fieldsOf, message, readPushPull, Type } from './wire-kit/messages.ts';
import { RawPeer } from './wire-kit/raw-peer.ts';
import { announce, becomeMember, pushPullWith } from './wire-kit/scripted-member.ts';

/** How failures are found, doubted and healed; with the local profile, where a suspicion lasts 3 s. */

const addresses = new LoopbackAddresses(8);
const suite = describe.runIf(peersFolder !== undefined);
const suspicionMs = 3000;

suite.each(targetNames)('failure detection of %s', { concurrent: true }, (name) => {
  test('a silent member is suspected, gets the suspicion with a ping, and is reported failed in time', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const target = await startTarget(peers, name);
    const raw = await RawPeer.open(addresses.next(), onTestFinished);
    await becomeMember(peers, raw, 'raw', target);
    raw.answersPings = false;
    raw.forget();
    const suspectRaw = (bytes: Buffer) =>
      bytes[0] === Type.suspect && String(fieldsOf(bytes, Type.suspect)['Node']) === 'raw';
    const first = await peers.waitUntil('raw is suspected', () =>
      raw.received.find(({ bytes }) => suspectRaw(bytes)),
    );
    expect(await statusSeenBy(target, 'raw')).toBe('alive');
    // Once refuted, it is trusted again and the suspicion starts anew.
    raw.send(alive({ name: 'raw', host: raw.host, incarnation: 2 }), target.address);
    raw.forget();
    const second = await peers.waitUntil('raw is suspected again', () =>
      raw.received.find(
        ({ bytes }) => suspectRaw(bytes) && fieldsOf(bytes, Type.suspect)['Incarnation'] === 2,
      ),
    );
    expect(second.atMs).toBeGreaterThan(first.atMs);
    await peers.waitUntil('a ping and the suspicion come in one packet', () =>
      raw.received.some((one) => suspectRaw(one.bytes) && one.packetSize >= 2),
    );
    await peers.waitForStatus(target, 'raw', 'failed');
    const lastedMs = performance.now() - second.atMs;
    expect(lastedMs).toBeGreaterThan(suspicionMs - 1200);
    expect(lastedMs).toBeLessThan(suspicionMs + 3000);
  });

  test('a member whose datagrams are lost but who answers on streams stays alive', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const target = await startTarget(peers, name);
    const raw = await RawPeer.open(addresses.next(), onTestFinished);
    await becomeMember(peers, raw, 'raw', target);
    raw.answersPings = false;
    let streamPings = 0;
    raw.onStream = (bytes) => {
      const [request] = openLayers(bytes);
      if (request?.[0] !== Type.ping) return undefined;
      streamPings += 1;
      return message(Type.ack, { Payload: null, SeqNo: fieldsOf(request, Type.ping)['SeqNo'] as number });
    };
    await peers.waitUntil('four probes went over streams', () => streamPings >= 4);
    expect(await statusSeenBy(target, 'raw')).toBe('alive');
    expect(raw.messages(Type.suspect)).toEqual([]);
  });

  test('a peer that calls a member dead in its state only makes it suspect', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const target = await startTarget(peers, name);
    const raw = await RawPeer.open(addresses.next(), onTestFinished);
    const third = await RawPeer.open(addresses.next(), onTestFinished);
    await becomeMember(peers, raw, 'raw', target);
    await becomeMember(peers, third, 'third', target);
    await pushPullWith(raw, target, [
      { name: 'raw', host: raw.host },
      { name: 'third', host: third.host, state: 2 },
    ]);
    const suspicion = await third.waitForMessage(
      Type.suspect,
      (fields) => String(fields['Node']) === 'third',
    );
    expect(String(suspicion['From'])).toBe('target');
    third.send(alive({ name: 'third', host: third.host, incarnation: 2 }), target.address);
    await peers.waitUntil('the refutation is believed', async () => {
      const { nodes } = await pushPullWith(raw, target, [{ name: 'raw', host: raw.host }], { join: false });
      return nodes.some(
        (node) => String(node['Name']) === 'third' && node['Incarnation'] === 2 && node['State'] === 0,
      );
    });
    expect(await statusSeenBy(target, 'third')).toBe('alive');
  });

  test('dead members are no longer listed in push/pulls after a while, and the target starts push/pulls itself', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const target = await startTarget(peers, name);
    const raw = await RawPeer.open(addresses.next(), onTestFinished);
    await becomeMember(peers, raw, 'raw', target);
    announce(raw, target, { name: 'gone', host: addresses.next() });
    await peers.waitForStatus(target, 'gone', 'alive');
    raw.send(claim(Type.dead, 'gone', 1, 'raw'), target.address);
    await peers.waitForStatus(target, 'gone', 'failed');
    const diedAtMs = performance.now();
    const listed = async () => {
      const { nodes } = await pushPullWith(raw, target, [{ name: 'raw', host: raw.host }], { join: false });
      return nodes.some((node) => String(node['Name']) === 'gone');
    };
    expect(await listed()).toBe(true);
    // GossipToTheDeadTime is 15 s in the local profile, then the probe list has to come round.
    await peers.waitUntil('gone is no longer listed', async () => !(await listed()), {
      timeoutMs: 40_000,
      everyMs: 500,
    });
    expect(performance.now() - diedAtMs).toBeGreaterThan(14_000);
    const isExchange = (bytes: Buffer) => bytes[0] === 9 || bytes[0] === Type.pushPull;
    const request = await peers.waitUntil(
      'the target starts a push/pull',
      () => raw.streams.find((bytes) => isExchange(bytes)),
      { timeoutMs: 40_000 },
    );
    const [received] = openLayers(request);
    if (received === undefined) throw new Error('an empty push/pull');
    expect(readPushPull(received).header['Join']).toBe(false);
  });
});

describe('our own health', () => {
  test('our health score rises when we are suspected, slows our probes, and falls again', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const target = await peers.hobnob({ name: 'target' });
    const raw = await RawPeer.open(addresses.next(), onTestFinished);
    await becomeMember(peers, raw, 'raw', target);
    expect(target.gossip.stats().healthScore).toBe(0);
    for (const incarnation of [10, 20, 30]) {
      raw.send(claim(Type.suspect, 'target', incarnation, 'raw'), target.address);
    }
    await peers.waitUntil('the score has risen', () => target.gossip.stats().healthScore >= 2);
    await peers.waitUntil('successful probes bring it back', () => target.gossip.stats().healthScore === 0);
  });
});
