import { describe, expect, test } from 'vitest';
import type { GoPeer } from './go-peer.ts';
import { goPeerProgram } from './go-peer-program.ts';
import type { Peer } from './peer.ts';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';
import { errorsIn } from './pools.ts';
import { hostOf } from './serf-agent.ts';
import { pushPull, readPushPull } from './wire-kit/messages.ts';
import { RawPeer } from './wire-kit/raw-peer.ts';

/** The life of members in one pool with the newest serf: what 0.9.4 and 0.10.1 do not show. */

const addresses = new LoopbackAddresses(10);
const key = Buffer.from('0123456789abcdef0123456789ABCDEF').toString('base64');

async function tagsSeenBy(observer: Peer, name: string): Promise<Readonly<Record<string, string>>> {
  return (await observer.members()).find((member) => member.name === name)?.tags ?? {};
}

describe.runIf(goPeerProgram !== undefined)('a pool with the newest serf', { concurrent: true }, () => {
  test.for([
    ['plain', true],
    ['plain and uncompressed', false],
    ['encrypted', true],
    ['encrypted and uncompressed', false],
  ] as const)('%s: each joins the other, with tags', async ([kind, compression], { onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const isEncrypted = kind.startsWith('encrypted');
    const theirKey = isEncrypted ? { encrypt: key } : {};
    const ourKey = isEncrypted ? { encryption: { keys: [key] } } : {};
    const [theirs, later, ours, joiner] = await Promise.all([
      peers.newest({ name: 'theirs', compression, tags: { side: 'theirs' }, ...theirKey }),
      peers.newest({ name: 'later', compression, tags: { side: 'theirs' }, ...theirKey }),
      peers.hobnob({ name: 'ours', compression, tags: { side: 'ours' }, ...ourKey }),
      peers.hobnob({ name: 'joiner', compression, tags: { side: 'ours' }, ...ourKey }),
    ]);
    await joiner.join(theirs.address);
    await ours.join(joiner.address);
    await later.join(ours.address);
    await peers.waitUntilAllAlive(theirs, later, ours, joiner);
    for (const observer of [theirs, later, ours, joiner]) {
      const rows = (await observer.members()).map(({ name, host, tags }) => [name, host, tags['side']]);
      expect(rows).toEqual([
        ['joiner', hostOf(joiner.address), 'ours'],
        ['later', hostOf(later.address), 'theirs'],
        ['ours', hostOf(ours.address), 'ours'],
        ['theirs', hostOf(theirs.address), 'theirs'],
      ]);
    }
    await theirs.setTags({ side: 'theirs', color: 'red' });
    await ours.gossip.setTags({ side: 'ours', color: 'green' });
    await peers.waitUntil('ours sees the new tag', async () => (await tagsSeenBy(ours, 'theirs'))['color']);
    await peers.waitUntil('theirs sees our new tag', async () => (await tagsSeenBy(theirs, 'ours'))['color']);
    expect(ours.gossip.stats().dropped).toEqual({});
    expect([...errorsIn(theirs), ...errorsIn(later)]).toEqual([]);
  });

  test('without the key a join of ours is refused with an error message, and so is a join of theirs', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const locked = await peers.newest({ name: 'locked', encrypt: key });
    const keyless = await peers.hobnob({ name: 'keyless' });
    await expect(keyless.join(locked.address)).rejects.toMatchObject({ code: 'GOSSIP_JOIN_FAILED' });
    const ours = await peers.hobnob({ name: 'ours', encryption: { keys: [key] } });
    const theirs = await peers.newest({ name: 'theirs' });
    await expect(theirs.join(ours.address)).rejects.toThrow(/encryption is not configured/);
    expect(ours.gossip.members()).toHaveLength(1);
  });

  test('each is killed, seen as failed, and alive again after a restart', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const anchor = await peers.newest({ name: 'anchor' });
    const theirs = await peers.newest({ name: 'theirs' });
    const ours = await peers.hobnobProcess({ name: 'ours' });
    const witness = await peers.hobnob({ name: 'witness' });
    for (const peer of [theirs, ours, witness]) await peer.join(anchor.address);
    await peers.waitUntilAllAlive(anchor, theirs, ours, witness);
    await Promise.all([theirs.crash(), ours.crash()]);
    for (const observer of [anchor, witness]) {
      await peers.waitForStatus(observer, 'ours', 'failed', { timeoutMs: 40_000 });
      await peers.waitForStatus(observer, 'theirs', 'failed', { timeoutMs: 40_000 });
    }
    const oursAgain = await peers.hobnob({ name: 'ours', host: hostOf(ours.address) });
    const theirsAgain = await peers.newest({ name: 'theirs', host: hostOf(theirs.address) });
    await oursAgain.join(anchor.address);
    await theirsAgain.join(witness.address);
    await peers.waitUntilAllAlive(anchor, witness, oursAgain, theirsAgain);
  });

  test('each leaves and is left; the failed are forced out by either side', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const anchor = await peers.newest({ name: 'anchor', profile: 'lan' });
    const ours = await peers.hobnob({ name: 'ours', profile: 'lan' });
    const theirLeaver = await peers.newest({ name: 'their-leaver', profile: 'lan' });
    const ourLeaver = await peers.hobnob({ name: 'our-leaver', profile: 'lan' });
    const theirLost = await peers.newest({ name: 'their-lost', profile: 'lan' });
    const ourLost = await peers.hobnobProcess({ name: 'our-lost', profile: 'lan' });
    const all = [anchor, ours, theirLeaver, ourLeaver, theirLost, ourLost];
    for (const peer of all.slice(1)) await peer.join(anchor.address);
    await peers.waitUntilAllAlive(...all);
    // One after the other: a message is sent on a few times only, and should not meet none but the dead.
    for (const leaver of [theirLeaver, ourLeaver]) {
      await leaver.leave();
      await leaver.dispose();
      for (const observer of [anchor, ours]) await peers.waitForStatus(observer, leaver.name, 'left');
    }
    await Promise.all([theirLost.crash(), ourLost.crash()]);
    for (const observer of [anchor, ours]) {
      for (const name of ['their-lost', 'our-lost']) {
        await peers.waitForStatus(observer, name, 'failed', { timeoutMs: 40_000 });
      }
    }
    await ours.forceLeave('their-lost');
    await anchor.forceLeave('our-lost');
    for (const observer of [anchor, ours]) {
      for (const name of ['their-lost', 'our-lost']) await peers.waitForStatus(observer, name, 'left');
    }
    await ours.forceLeave('our-lost', { prune: true });
    for (const observer of [anchor, ours]) await peers.waitForStatus(observer, 'our-lost', 'absent');
    await anchor.forceLeave('their-lost', { prune: true });
    for (const observer of [anchor, ours]) await peers.waitForStatus(observer, 'their-lost', 'absent');
  });

  test('it writes lengths as signed integers, which ours reads', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const theirs = await peers.newest({ name: 'theirs', compression: false });
    const raw = await RawPeer.open(addresses.next(), onTestFinished);
    const reply = await raw.exchange(pushPull([{ name: 'raw', host: raw.host }]), theirs.address);
    const { userState } = readPushPull(reply);
    expect(userState.length).toBeGreaterThan(127);
    const at = reply.indexOf('UserStateLen') + 'UserStateLen'.length;
    expect(reply.subarray(at, at + 3)).toEqual(
      Buffer.of(0xd1, userState.length >> 8, userState.length & 0xff),
    );
    const ours = await peers.hobnob({ name: 'ours' });
    await ours.join(theirs.address);
    await peers.waitForStatus(ours, 'theirs', 'alive');
    expect(ours.gossip.stats().dropped).toEqual({});
  });
});

const mixed = describe.runIf(goPeerProgram !== undefined && peersFolder !== undefined);

mixed('a pool of the newest serf, 0.10.1, 0.9.4 and ours', () => {
  test('all list all, receive events and queries of the newest, and log no complaint', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const [newest, second, recent, old, ours, apart] = await Promise.all([
      peers.newest({ name: 'newest', profile: 'lan', tags: { side: 'theirs' } }),
      peers.newest({ name: 'second', profile: 'lan', tags: { side: 'theirs' } }),
      peers.serf({ version: '0.10.1', name: 'recent', profile: 'lan', tags: { side: 'theirs' } }),
      peers.serf({ version: '0.9.4', name: 'old', profile: 'lan', tags: { side: 'theirs' } }),
      peers.hobnob({ name: 'ours', profile: 'lan', tags: { side: 'ours' } }),
      peers.hobnobProcess({ name: 'apart', profile: 'lan', tags: { side: 'ours' } }),
    ]);
    // A chain in which ours stands between all the others.
    await ours.join(newest.address);
    await recent.join(ours.address);
    await apart.join(recent.address);
    await old.join(apart.address);
    await second.join(apart.address);
    const all: readonly Peer[] = [newest, second, recent, old, ours, apart];
    for (const observer of all) {
      for (const { name } of all) {
        // A push/pull, every 30 s, brings what gossip missed.
        await peers.waitForStatus(observer, name, 'alive', { timeoutMs: 60_000 });
      }
    }
    await newest.userEvent('deploy', 'seven');
    await peers.waitUntil('the event has reached the other newest', () =>
      received(second, 'event', 'deploy'),
    );
    await peers.waitUntil('the event has reached 0.9.4', () =>
      old.log().some((line) => line.includes('deploy')),
    );
    // A query is only gossiped: push/pulls do not repeat it to a member that missed it.
    await peers.waitUntil(
      'a query of the newest reaches the other newest',
      async () => (await newest.query('who', ''))['second'] === 'pong',
      { timeoutMs: 40_000 },
    );
    for (const peer of [newest, second, recent, old]) expect(errorsIn(peer)).toEqual([]);
    expect(ours.gossip.stats().dropped).toEqual({});
    await apart.crash();
    for (const observer of [newest, second, recent, old, ours]) {
      await peers.waitForStatus(observer, 'apart', 'failed', { timeoutMs: 40_000 });
    }
    await newest.leave();
    for (const observer of [second, recent, old, ours]) {
      await peers.waitForStatus(observer, 'newest', 'left');
    }
  });
});

async function received(peer: GoPeer, kind: 'event' | 'query', name: string): Promise<boolean> {
  return (await peer.received()).some((received) => received.kind === kind && received.name === name);
}
