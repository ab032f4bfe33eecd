import { describe, expect, test } from 'vitest';
import { startTarget, type TargetName, targetNames } from './conformance-targets.ts';
import { type Peer, statusSeenBy } from './peer.ts';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';
import { alive, claim, SerfType, serfMessage, Type } from './wire-kit/messages.ts';
import { asFields, unpack } from './wire-kit/msgpack.ts';
import { RawPeer } from './wire-kit/raw-peer.ts';
import { announce, becomeMember, pushPullWith } from './wire-kit/scripted-member.ts';

const addresses = new LoopbackAddresses(7);

type OnEnd = (dispose: () => Promise<void>) => void;

interface Scene {
  readonly peers: Peers;
  readonly target: Peer;
  /** A scripted member called `raw`. */
  readonly raw: RawPeer;
}

/** A pool of the target and one scripted member, whose gossip so far is forgotten. */
async function openScene(name: TargetName, onEnd: OnEnd): Promise<Scene> {
  const peers = new Peers(addresses, onEnd);
  const target = await startTarget(peers, name);
  const raw = await RawPeer.open(addresses.next(), onEnd);
  await becomeMember(peers, raw, 'raw', target);
  return { peers, target, raw };
}

const about = (name: string) => (fields: { readonly [key: string]: unknown }) =>
  String(fields['Node']) === name;

/** The alive messages about a name that reached a scripted member. */
function aliveIncarnations(raw: RawPeer, name: string): number[] {
  return raw.messages(Type.alive, about(name)).map((fields) => Number(fields['Incarnation']));
}

/** Serf messages of a type, inside user messages, in the order of arrival. */
function serfMessages(raw: RawPeer) {
  return raw.received
    .filter(({ bytes }) => bytes[0] === Type.user)
    .map(({ bytes }) => ({ type: bytes[1], fields: asFields(unpack(bytes, 2).value) }));
}

const suite = describe.runIf(peersFolder !== undefined);

suite.each(targetNames)('membership rules of %s', { concurrent: true }, (name) => {
  test('suspect and dead messages about the target are refuted with the next higher incarnation, stale ones are ignored', async ({
    onTestFinished,
  }) => {
    const { peers, target, raw } = await openScene(name, onTestFinished);
    const refutes = async (packet: Buffer, incarnation: number) => {
      raw.send(packet, target.address);
      await raw.waitForMessage(
        Type.alive,
        (fields) => about('target')(fields) && fields['Incarnation'] === incarnation,
      );
    };
    await refutes(claim(Type.suspect, 'target', 1, 'raw'), 2);
    await refutes(claim(Type.suspect, 'target', 50, 'raw'), 51);
    await refutes(claim(Type.dead, 'target', 60, 'raw'), 61);
    await refutes(claim(Type.dead, 'target', 70, 'target'), 71);
    const itself = { name: 'target', host: target.address.split(':')[0] ?? '' };
    await refutes(alive({ ...itself, incarnation: 71, tags: { forged: 'yes' } }), 72);
    await refutes(alive({ ...itself, incarnation: 90 }), 91);
    raw.send(claim(Type.suspect, 'target', 90, 'raw'), target.address);
    raw.send(alive({ ...itself, incarnation: 80, tags: { forged: 'yes' } }), target.address);
    await refutes(claim(Type.suspect, 'target', 91, 'raw'), 92);
    expect(Math.max(...aliveIncarnations(raw, 'target'))).toBe(92);
    await peers.waitForStatus(target, 'raw', 'alive');
  });

  test('a new member is gossiped on as often as the size of the pool asks for', async ({
    onTestFinished,
  }) => {
    const { peers, target, raw } = await openScene(name, onTestFinished);
    const far = await RawPeer.open(addresses.next(), onTestFinished);
    far.answersPings = true;
    announce(raw, target, { name: 'far', host: far.host });
    const copies = () => [raw, far].flatMap((peer) => aliveIncarnations(peer, 'far')).length;
    await peers.waitUntil('the alive message is gossiped on', () => copies() > 0);
    // Two more probes are two seconds, which is twenty rounds of gossip.
    const pings = () => [raw, far].flatMap((peer) => peer.messages(Type.ping)).length;
    const pingsBefore = pings();
    await peers.waitUntil('two more probes', () => pings() >= pingsBefore + 2);
    // Three members: RetransmitMult 2 of the local profile, times ceil(log10(4)). Ours: ADR 0023.
    expect(copies()).toBe(name === 'ours' ? 16 : 2);
  });

  test('an unknown member is adopted from alive, never from suspect or dead', async ({ onTestFinished }) => {
    const { peers, target, raw } = await openScene(name, onTestFinished);
    const third = await RawPeer.open(addresses.next(), onTestFinished);
    third.answersPings = true;
    raw.send(claim(Type.suspect, 'ghost', 1, 'raw'), target.address);
    raw.send(claim(Type.dead, 'ghost', 1, 'raw'), target.address);
    announce(raw, target, { name: 'third', host: third.host, tags: { zone: 'b' } });
    await peers.waitForStatus(target, 'third', 'alive');
    // The two copies of the message may both reach one of the two.
    await peers.waitUntil('the alive message is gossiped on', () =>
      [raw, third].some((peer) => aliveIncarnations(peer, 'third').length > 0),
    );
    expect(await statusSeenBy(target, 'ghost')).toBeUndefined();
    const claimed = [raw, third]
      .flatMap((peer) => [...peer.messages(Type.suspect), ...peer.messages(Type.dead)])
      .map((fields) => String(fields['Node']));
    expect(claimed).not.toContain('ghost');
  });

  test('a member that left comes back with a higher incarnation or another address only', async ({
    onTestFinished,
  }) => {
    const { peers, target, raw } = await openScene(name, onTestFinished);
    const third = await RawPeer.open(addresses.next(), onTestFinished);
    const moved = await RawPeer.open(addresses.next(), onTestFinished);
    third.answersPings = true;
    moved.answersPings = true;
    announce(raw, target, { name: 'third', host: third.host });
    await peers.waitForStatus(target, 'third', 'alive');
    raw.send(claim(Type.dead, 'third', 1, 'third'), target.address);
    // Without a leave intent of Serf this is a failure to Serf, whatever memberlist says.
    await peers.waitForStatus(target, 'third', 'failed');
    announce(raw, target, { name: 'third', host: third.host });
    announce(raw, target, { name: 'marker', host: third.host, port: third.port });
    await peers.waitForStatus(target, 'marker', 'alive');
    expect(await statusSeenBy(target, 'third')).toBe('failed');
    announce(raw, target, { name: 'third', host: moved.host });
    await peers.waitForStatus(target, 'third', 'alive');
    expect((await target.members()).find((member) => member.name === 'third')?.host).toBe(moved.host);
  });

  test('a live name at another address is a conflict, and changes nothing', async ({ onTestFinished }) => {
    const { peers, target, raw } = await openScene(name, onTestFinished);
    const before = await target.members();
    announce(raw, target, { name: 'raw', host: addresses.next(), incarnation: 9 });
    announce(raw, target, { name: 'marker', host: raw.host });
    await peers.waitForStatus(target, 'marker', 'alive');
    const after = (await target.members()).filter((member) => member.name !== 'marker');
    expect(after).toEqual(before);
    await peers.waitUntil('the conflict is logged', () =>
      target.log().some((line) => /conflict/i.test(line)),
    );
  });

  test('a leave intent about the living is refuted with a join intent', async ({ onTestFinished }) => {
    const { peers, target, raw } = await openScene(name, onTestFinished);
    raw.send(serfMessage(SerfType.leave, { LTime: 100, Node: 'target', Prune: false }), target.address);
    await peers.waitUntil('a join intent about the target', () =>
      serfMessages(raw).some(
        ({ type, fields }) =>
          type === SerfType.join && String(fields['Node']) === 'target' && Number(fields['LTime']) > 100,
      ),
    );
    expect(await statusSeenBy(target, 'target')).toBe('alive');
  });

  test('a leave is announced by Serf first and by memberlist second', async ({ onTestFinished }) => {
    const { target, raw } = await openScene(name, onTestFinished);
    await target.leave();
    const intent = raw.received.findIndex(
      ({ bytes }) => bytes[0] === Type.user && bytes[1] === SerfType.leave,
    );
    const dead = raw.received.findIndex(({ bytes }) => bytes[0] === Type.dead);
    expect(intent).toBeGreaterThanOrEqual(0);
    expect(dead).toBeGreaterThan(intent);
    expect(raw.messages(Type.dead)[0]).toMatchObject({
      Node: Buffer.from('target'),
      From: Buffer.from('target'),
    });
  });

  test('a name that was pruned does not return with the state of a peer that still has it', async ({
    onTestFinished,
  }) => {
    const { peers, target, raw } = await openScene(name, onTestFinished);
    const gone = { name: 'gone', host: addresses.next(), port: 7946 };
    announce(raw, target, gone);
    await peers.waitForStatus(target, 'gone', 'alive');
    raw.send(claim(Type.dead, 'gone', 1, 'gone'), target.address);
    await peers.waitForStatus(target, 'gone', 'failed');
    await target.forceLeave('gone', { prune: true });
    await peers.waitForStatus(target, 'gone', 'absent');
    const state = { lamportTime: 10, statusTimes: { gone: 5, raw: 1 }, leftMembers: ['gone'] };
    await pushPullWith(
      raw,
      target,
      [
        { name: 'raw', host: raw.host },
        { ...gone, state: 3 },
      ],
      { state },
    );
    announce(raw, target, { name: 'marker', host: raw.host });
    await peers.waitForStatus(target, 'marker', 'alive');
    expect(await statusSeenBy(target, 'gone')).toBeUndefined();
  });
});
