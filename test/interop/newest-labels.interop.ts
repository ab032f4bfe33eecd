import { describe, expect, test } from 'vitest';
import { goPeerProgram } from './go-peer-program.ts';
import type { HobnobPeer } from './hobnob-peer.ts';
import type { Peer } from './peer.ts';
import { LoopbackAddresses, Peers } from './peers.ts';
import { errorsIn } from './pools.ts';
import { message, Type } from './wire-kit/messages.ts';
import { RawPeer } from './wire-kit/raw-peer.ts';

/** Labels, with the newest serf and with memberlist alone: serf 0.10.1 cannot set one and 0.9.4 knows none. */

const addresses = new LoopbackAddresses(15);
const key = Buffer.from('0123456789abcdef').toString('base64');
const encryptions = [
  ['plain', {}, {}],
  ['encrypted', { encrypt: key }, { encryption: { keys: [key] } }],
] as const;

function labelled(label: string, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(0xf4, label.length), Buffer.from(label), bytes]);
}

/** What ours says of refused bytes: the reasons of its log. */
function refusals(ours: Peer): string[] {
  return ours.log().filter((line) => line.includes('WIRE_LABEL'));
}

/** Waits until ours has refused a stream or a datagram, and gives the line. */
function refusalOf(peers: Peers, ours: HobnobPeer, what: 'refused a stream' | 'dropped a datagram') {
  return peers.waitUntil(`ours has ${what}`, () => refusals(ours).find((line) => line.includes(what)));
}

describe.runIf(goPeerProgram !== undefined)('labels', { concurrent: true }, () => {
  test.for(encryptions)(
    'one label, %s: ours and serf are one pool, on streams and datagrams',
    async (row, { onTestFinished }) => {
      const [, theirKey, ourKey] = row;
      const peers = new Peers(addresses, onTestFinished);
      const [theirs, later, ours] = await Promise.all([
        peers.newest({ name: 'theirs', label: 'blue', ...theirKey }),
        peers.newest({ name: 'later', label: 'blue', ...theirKey }),
        peers.hobnob({ name: 'ours', label: 'blue', ...ourKey }),
      ]);
      await ours.join(theirs.address);
      await later.join(ours.address);
      await peers.waitUntilAllAlive(theirs, later, ours);
      // A change of tags is gossiped in datagrams, long before the next push/pull.
      await ours.gossip.setTags({ color: 'green' });
      await theirs.setTags({ color: 'red' });
      await peers.waitUntil('ours sees the tag', () => ours.gossip.member('theirs')?.tags['color'] === 'red');
      const seen = async () => (await later.members()).find(({ name }) => name === 'ours')?.tags['color'];
      await peers.waitUntil('theirs sees our tag', async () => (await seen()) === 'green');
      expect(ours.gossip.stats().dropped).toEqual({});
      expect([...errorsIn(theirs), ...errorsIn(later)]).toEqual([]);
      await ours.leave();
      await peers.waitForStatus(theirs, 'ours', 'left');
    },
  );

  test.for(encryptions)(
    'one label, %s: ours and memberlist alone probe each other',
    async (row, { onTestFinished }) => {
      const [, theirKey, ourKey] = row;
      const peers = new Peers(addresses, onTestFinished);
      const pure = await peers.newest({ name: 'pure', label: 'blue', pure: true, ...theirKey });
      const ours = await peers.hobnob({ name: 'ours', label: 'blue', ...ourKey });
      const later = await peers.newest({ name: 'later', label: 'blue', pure: true, ...theirKey });
      await ours.join(pure.address);
      await later.join(ours.address);
      await peers.waitUntilAllAlive(pure, later, ours);
      await later.crash();
      await peers.waitForStatus(ours, 'later', 'failed', { timeoutMs: 40_000 });
      await peers.waitForStatus(pure, 'later', 'absent', { timeoutMs: 40_000 });
      expect(errorsIn(pure)).toEqual([]);
      expect(ours.gossip.stats().dropped).toEqual({});
      // Who leaves memberlist without a word to Serf has failed, in the eyes of a Serf.
      await pure.leave();
      await peers.waitForStatus(ours, 'pure', 'failed');
    },
  );

  test.for([
    ['another label', 'blue', 'red', 'the label is not ours'],
    ['a label where ours has none', undefined, 'red', 'a label where none is expected'],
    ['no label where ours has one', 'blue', undefined, 'no label where one is expected'],
  ] as const)('%s is refused both ways', async (row, { onTestFinished }) => {
    const [, ourLabel, theirLabel, reason] = row;
    const peers = new Peers(addresses, onTestFinished);
    const theirs = await peers.newest({
      name: 'theirs',
      ...(theirLabel === undefined ? {} : { label: theirLabel }),
    });
    const ours = await peers.hobnob({ name: 'ours', ...(ourLabel === undefined ? {} : { label: ourLabel }) });
    await expect(ours.join(theirs.address)).rejects.toMatchObject({ code: 'GOSSIP_JOIN_FAILED' });
    await peers.waitUntil('theirs has refused the stream', () =>
      errorsIn(theirs).some((line) => line.includes('discarding stream with unacceptable label')),
    );
    await expect(theirs.join(ours.address)).rejects.toThrow();
    expect(await refusalOf(peers, ours, 'refused a stream')).toContain(reason);
    const raw = await RawPeer.open(addresses.next(), onTestFinished);
    const ping = message(Type.ping, { Node: 'ours', SeqNo: 1 });
    raw.send(theirLabel === undefined ? ping : labelled(theirLabel, ping), ours.address);
    expect(await refusalOf(peers, ours, 'dropped a datagram')).toContain(reason);
    expect(await ours.members()).toHaveLength(1);
    expect(await theirs.members()).toHaveLength(1);
  });

  test.for(['theirs', 'ours'] as const)(
    '%s with skipInboundLabelCheck expects no label, and writes one',
    async (side, { onTestFinished }) => {
      const peers = new Peers(addresses, onTestFinished);
      const options = { name: 'target', label: 'blue', skipInboundLabelCheck: true } as const;
      const target = await (side === 'theirs' ? peers.newest(options) : peers.hobnob(options));
      const raw = await RawPeer.open(addresses.next(), onTestFinished);
      const ping = message(Type.ping, { Node: 'target', SeqNo: 7 });
      expect((await raw.exchange(ping, target.address)).length).toBeGreaterThan(0);
      expect(await raw.exchange(labelled('blue', ping), target.address)).toHaveLength(0);
      raw.send(ping, target.address);
      const answer = await peers.waitUntil('the answer', () => raw.received[0]?.bytes);
      expect(answer.subarray(0, 6)).toEqual(labelled('blue', Buffer.alloc(0)));
    },
  );
});
