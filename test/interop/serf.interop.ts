import { describe, expect, test } from 'vitest';
import { type Peer, statusSeenBy } from './peer.ts';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';
import { complaints } from './pools.ts';

const addresses = new LoopbackAddresses(1);

describe.runIf(peersFolder !== undefined)('a pool of serf agents and ours', { concurrent: true }, () => {
  test('three real agents and three of ours join, fail and leave in one pool', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const [old, recent, another, first, second, third] = await Promise.all([
      peers.serf({ version: '0.9.4', name: 'old', tags: { side: 'theirs' } }),
      peers.serf({ version: '0.10.1', name: 'recent', tags: { side: 'theirs' } }),
      peers.serf({ version: '0.10.1', name: 'another', compression: false, tags: { side: 'theirs' } }),
      peers.hobnob({ name: 'first', tags: { side: 'ours' } }),
      peers.hobnobProcess({ name: 'second', tags: { side: 'ours' } }),
      peers.hobnob({ name: 'third', compression: false, tags: { side: 'ours' } }),
    ]);
    // A chain: each knows only its neighbour, and all learn of all.
    const all: readonly Peer[] = [old, first, recent, second, another, third];
    for (const [index, peer] of all.entries()) {
      const next = all[index + 1];
      if (next !== undefined) await next.join(peer.address);
    }
    await peers.waitUntilAllAlive(...all);
    for (const observer of all) {
      const sides = (await observer.members()).map((member) => member.tags['side']);
      expect(sides.toSorted()).toEqual(['ours', 'ours', 'ours', 'theirs', 'theirs', 'theirs']);
    }
    await Promise.all([second.crash(), another.crash()]);
    const survivors = [old, first, recent, third];
    for (const observer of survivors) {
      await peers.waitForStatus(observer, 'second', 'failed', { timeoutMs: 40_000 });
      await peers.waitForStatus(observer, 'another', 'failed', { timeoutMs: 40_000 });
    }
    await Promise.all([third.leave(), recent.leave()]);
    for (const observer of [old, first]) {
      await peers.waitForStatus(observer, 'third', 'left');
      await peers.waitForStatus(observer, 'recent', 'left');
      expect(await statusSeenBy(observer, 'old')).toBe('alive');
    }
    expect(complaints(old)).toEqual([]);
  });

  test('a change of tags reaches the other side as an update', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const theirs = await peers.serf({ version: '0.10.1', name: 'theirs', tags: { role: 'web' } });
    const ours = await peers.hobnob({ name: 'ours', tags: { role: 'web' } });
    const updated: string[] = [];
    ours.gossip.on('member-update', ({ members }) => updated.push(...members.map((member) => member.name)));
    await ours.join(theirs.address);
    await peers.waitUntilAllAlive(ours, theirs);
    await theirs.command('tags', '-set', 'role=db');
    await peers.waitUntil('ours sees the new tag', () => ours.gossip.member('theirs')?.tags['role'] === 'db');
    expect(updated).toContain('theirs');
    await ours.gossip.setTags({ role: 'cache', zone: 'a' });
    const seen = async () => (await theirs.members()).find((member) => member.name === 'ours')?.tags;
    await peers.waitUntil('theirs sees our new tags', async () => (await seen())?.['role'] === 'cache');
    expect(await seen()).toEqual({ role: 'cache', zone: 'a' });
    await expect(ours.gossip.setTags({ big: 'x'.repeat(520) })).rejects.toMatchObject({
      code: 'GOSSIP_TOO_LARGE',
    });
    expect(theirs.log().some((line) => line.includes('EventMemberUpdate: ours'))).toBe(true);
  });

  test('serf reachability reaches every member, ours included', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const theirs = await peers.serf({ version: '0.9.4', name: 'theirs' });
    const other = await peers.serf({ version: '0.10.1', name: 'other' });
    const ours = await peers.hobnob({ name: 'ours' });
    for (const peer of [other, ours]) await peer.join(theirs.address);
    await peers.waitUntilAllAlive(theirs, other, ours);
    expect(await theirs.command('reachability')).toContain('Successfully contacted all live nodes');
  });
});
