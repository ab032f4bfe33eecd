import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { GossipEventOf } from '@hobnob/gossip';
import { describe, expect, type TestContext, test } from 'vitest';
import type { HobnobPeer } from './hobnob-peer.ts';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';
import { complaints } from './pools.ts';
import type { SerfPeer } from './serf-agent.ts';

const addresses = new LoopbackAddresses(1, 31);
const firstKey = Buffer.from('0123456789abcdef').toString('base64');
const secondKey = Buffer.from('fedcba9876543210').toString('base64');
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const bytes = (content: string): Uint8Array => Buffer.from(content);

/** How often a serf agent logged an event, after its own coalescing. */
function countInSerf(peer: SerfPeer, name: string): number {
  return peer.log().filter((line) => line.includes(`agent: Received event: user-event: ${name}`)).length;
}

/** Collects the user events that a member of ours emits, as `name=payload`. */
function userEventsOf({ gossip }: HobnobPeer): string[] {
  const received: string[] = [];
  gossip.on('user-event', ({ name, payload }) => received.push(`${name}=${text(payload)}`));
  return received;
}

/** A serf agent and a member of ours that have joined. */
async function joinedPair(version: '0.9.4' | '0.10.1', onTestFinished: TestContext['onTestFinished']) {
  const peers = new Peers(addresses, onTestFinished);
  const theirs = await peers.serf({ version, name: 'theirs' });
  const ours = await peers.hobnob({ name: 'ours' });
  await ours.join(theirs.address);
  await peers.waitUntilAllAlive(ours, theirs);
  return { peers, theirs, ours };
}

describe.runIf(peersFolder !== undefined).each(['0.9.4', '0.10.1'] as const)(
  'user events and queries with serf %s',
  { concurrent: true },
  (version) => {
    test('an event reaches the other side once, both ways, and moves both clocks', async ({
      onTestFinished,
    }) => {
      const { peers, theirs, ours } = await joinedPair(version, onTestFinished);
      const received: GossipEventOf<'user-event'>[] = [];
      ours.gossip.on('user-event', (event) => received.push(event));
      await theirs.command('event', '-coalesce=false', 'deploy', '1.2.3');
      await peers.waitUntil('ours has the event', () => received.length > 0);
      expect(received).toMatchObject([{ name: 'deploy', coalesce: false, lamportTime: 1 }]);
      expect(received.map(({ payload }) => text(payload))).toEqual(['1.2.3']);
      ours.gossip.userEvent('rollback', bytes('1.2.2'));
      await peers.waitUntil('theirs has the event', () => countInSerf(theirs, 'rollback') > 0);
      expect(received[1]).toMatchObject({ name: 'rollback', lamportTime: 2 });
      await theirs.command('event', 'deploy', '1.2.4');
      await peers.waitUntil('ours has the next event', () => received.length > 2);
      expect(received[2]).toMatchObject({ lamportTime: 3, coalesce: true });
      await peers.waitUntil('all copies are out', () => ours.gossip.stats().eventQueueDepth === 0);
      expect(received).toHaveLength(3);
      expect(countInSerf(theirs, 'rollback')).toBe(1);
      expect(complaints(theirs)).toEqual([]);
    });

    test('old events are replayed to a joining member that asks for them, and to no other, on both sides', async ({
      onTestFinished,
    }) => {
      const { peers, theirs, ours } = await joinedPair(version, onTestFinished);
      const received = userEventsOf(ours);
      for (const step of ['a', 'b', 'c']) await theirs.command('event', '-coalesce=false', 'step', step);
      await peers.waitUntil('ours has all events', () => received.length === 3);
      const [curious, busy, late, deaf] = await Promise.all([
        peers.hobnob({ name: 'curious' }),
        peers.hobnob({ name: 'busy' }),
        peers.serf({ version, name: 'late' }),
        peers.serf({ version, name: 'deaf' }),
      ]);
      const receivedByCurious = userEventsOf(curious);
      const receivedByBusy = userEventsOf(busy);
      await curious.gossip.join([theirs.address], { ignoreOldEvents: false });
      await busy.gossip.join([theirs.address]);
      await late.command('join', '-replay', ours.address);
      await deaf.command('join', ours.address);
      await peers.waitUntil('the curious member has the old events', () => receivedByCurious.length === 3);
      expect(receivedByCurious).toEqual(['step=a', 'step=b', 'step=c']);
      await peers.waitUntil(
        'the late agent has the old events from ours',
        () => countInSerf(late, 'step') === 3,
      );
      ours.gossip.userEvent('last');
      await peers.waitUntil('all have the later event', () => {
        return receivedByBusy.includes('last=') && countInSerf(deaf, 'last') > 0;
      });
      expect(receivedByBusy).toEqual(['last=']);
      expect(countInSerf(deaf, 'step')).toBe(0);
      for (const peer of [theirs, late, deaf]) expect(complaints(peer)).toEqual([]);
    });

    test('a query reaches the members that its filters match; each ack and response arrives once, both ways', async ({
      onTestFinished,
    }) => {
      const peers = new Peers(addresses, onTestFinished);
      const config = { event_handlers: ['query:ask=printf theirs'] };
      // Gossip is a matter of chance; this profile repeats everything twice as often as `local`.
      const profile = 'lan';
      const theirs = await peers.serf({ version, name: 'theirs', profile, tags: { role: 'web-1' }, config });
      const other = await peers.serf({ version, name: 'other', profile, tags: { role: 'db' }, config });
      const ours = await peers.hobnob({ name: 'ours', profile, tags: { role: 'web-1' } });
      const mute = await peers.hobnob({ name: 'mute', profile, tags: { role: 'db' } });
      for (const peer of [other, ours, mute]) await peer.join(theirs.address);
      for (const peer of [ours, mute]) await peer.join(other.address);
      await peers.waitUntilAllAlive(theirs, other, ours, mute);
      for (const { gossip } of [ours, mute]) {
        gossip.on('query', (query) => query.respond(bytes(`${gossip.name} received ${text(query.payload)}`)));
      }
      const tagged = await theirs.command('query', '-tag', 'role=^web', '-timeout=2s', 'ask', 'you');
      expect(tagged).toContain("Response from 'ours': ours received you");
      expect(tagged).toContain("Response from 'theirs': theirs");
      expect(tagged).not.toMatch(/'(other|mute)'/);
      expect(tagged).toMatch(/Total Acks: 2\n\s*Total Responses: 2/);
      const relayed = ['-node', 'mute', '-relay-factor=2', '-timeout=2s', 'ask', 'me'];
      const named = await other.command('query', ...relayed);
      expect(named).toContain("Response from 'mute': mute received me");
      expect(named).toMatch(/Total Acks: 1\n\s*Total Responses: 1/);

      const asked = ours.gossip.query('ask', bytes('all'), { ack: true, relayFactor: 2, timeoutMs: 2000 });
      const streamed: string[] = [];
      for await (const { from, payload } of asked.responses()) streamed.push(`${from}: ${text(payload)}`);
      expect(streamed.toSorted()).toEqual([
        'mute: mute received all',
        'other: theirs',
        'ours: ours received all',
        'theirs: theirs',
      ]);
      expect((await asked.done).acks.toSorted()).toEqual(['mute', 'other', 'ours', 'theirs']);
      const web = { tags: { role: '^web' }, ack: true, timeoutMs: 1500 };
      const filtered = await ours.gossip.query('ask', undefined, web).done;
      expect(filtered.acks.toSorted()).toEqual(['ours', 'theirs']);
      const one = await ours.gossip.query('ask', undefined, { nodes: ['other'], timeoutMs: 1500 }).done;
      expect(one.responses.map(({ from }) => from)).toEqual(['other']);
      for (const peer of [theirs, other]) expect(complaints(peer)).toEqual([]);
    });

    test('a listener that answers too late loses only its own response', async ({ onTestFinished }) => {
      const { peers, theirs, ours } = await joinedPair(version, onTestFinished);
      const sent: boolean[] = [];
      ours.gossip.on('query', async (query) => {
        await setTimeout(50);
        sent.push(query.respond(bytes('late')));
      });
      ours.gossip.on('query', async () => {
        await setTimeout(50);
        throw new Error('a bug of the application');
      });
      expect(await theirs.command('query', '-timeout=20ms', 'slow')).not.toContain("Response from 'ours'");
      await peers.waitUntil('the listeners are done', () => ours.gossip.stats().listenerErrorsCount === 1);
      expect(sent).toEqual([false]);
      expect(ours.gossip.stats().dropped).toMatchObject({ 'late-response': 1 });
      const inTime = await theirs.command('query', '-timeout=2s', 'slow');
      expect(inTime).toContain("Response from 'ours': late");
      expect(sent).toEqual([false, true]);
      expect(complaints(theirs)).toEqual([]);
    });

    test('serf reachability reaches every member, and so does our _serf_ping query', async ({
      onTestFinished,
    }) => {
      const { theirs, ours } = await joinedPair(version, onTestFinished);
      expect(await theirs.command('reachability')).toContain('Successfully contacted all live nodes');
      const ping = await ours.gossip.query('_serf_ping', undefined, { ack: true, timeoutMs: 1500 }).done;
      expect(ping.acks.toSorted()).toEqual(['ours', 'theirs']);
    });

    test('ours votes in a name conflict for the member that it knows, and loses its own conflict by the votes of theirs', async ({
      onTestFinished,
    }) => {
      const peers = new Peers(addresses, onTestFinished);
      const ours = await peers.hobnob({ name: 'ours' });
      const rightful = await peers.serf({ version, name: 'dup' });
      await rightful.join(ours.address);
      await peers.waitUntilAllAlive(ours, rightful);
      const usurper = await peers.serf({ version, name: 'dup' });
      await usurper.command('join', ours.address).catch((error: Error) => error);
      await peers.waitUntil('theirs has counted the vote of ours', () =>
        usurper.log().some((line) => /name conflict resolution.*\[0 \/ 1\]/.test(line)),
      );
      const witness = await peers.serf({ version, name: 'witness' });
      await witness.join(ours.address);
      const third = await peers.hobnob({ name: 'dup', conflictResolution: true });
      const votes: GossipEventOf<'conflict-vote'>[] = [];
      third.gossip.on('conflict-vote', (vote) => votes.push(vote));
      await third.gossip.join([ours.address]).catch((error: Error) => error);
      await peers.waitUntil('the vote is over', () => votes.length > 0);
      expect(votes[0]).toMatchObject({ name: 'dup', verdict: 'lost', matchingCount: 0 });
      expect(votes[0]?.responsesCount).toBeGreaterThanOrEqual(1);
    });

    test('an invalid use of a key is refused by all members with the same message', async ({
      onTestFinished,
    }) => {
      const peers = new Peers(addresses, onTestFinished);
      const theirs = await peers.serf({ version, name: 'theirs', encrypt: firstKey });
      const ours = await peers.hobnob({ name: 'ours', encryption: { keys: [firstKey] } });
      await ours.join(theirs.address);
      await peers.waitUntilAllAlive(theirs, ours);
      const { keys } = ours.gossip;
      for (const report of [await keys.use(secondKey), await keys.remove(firstKey)]) {
        const { theirs: their, ours: our } = report.messages;
        expect(report).toMatchObject({ nodes: 2, responded: 2, failed: 2 });
        expect(our).toBe(their);
      }
      const noKey = Buffer.alloc(15).toString('base64');
      await expect(theirs.command('keys', '-install', noKey)).rejects.toThrow(/ours +key size must be/);
      expect(await theirs.command('keys', '-remove', noKey)).toContain('Successfully removed key');
    });

    test('keys are listed, installed, used and removed from either side, and the pool stays converged', async ({
      onTestFinished,
    }) => {
      const peers = new Peers(addresses, onTestFinished);
      const folder = await mkdtemp(join(tmpdir(), 'hobnob-keys-'));
      onTestFinished(() => rm(folder, { recursive: true, force: true }));
      const keyringFile = join(folder, 'ours.json');
      const theirFile = join(folder, 'theirs.json');
      await writeFile(theirFile, JSON.stringify([firstKey]), { mode: 0o600 });
      const stored = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));
      const theirs = await peers.serf({ version, name: 'theirs', config: { keyring_file: theirFile } });
      const other = await peers.serf({ version, name: 'other', encrypt: firstKey });
      const ours = await peers.hobnob({ name: 'ours', encryption: { keys: [firstKey], keyringFile } });
      for (const peer of [other, ours]) await peer.join(theirs.address);
      await ours.join(other.address);
      await peers.waitUntilAllAlive(theirs, other, ours);
      const everywhere = new RegExp(`${firstKey} +\\[3/3\\]`);

      expect(await theirs.command('keys', '-list')).toMatch(everywhere);
      expect(await theirs.command('keys', '-install', secondKey)).toContain('Successfully installed key');
      await theirs.command('keys', '-use', secondKey);
      expect(await stored(keyringFile)).toEqual([secondKey, firstKey]);
      expect((await stat(keyringFile)).mode & 0o777).toBe(0o600);
      await expect(theirs.command('keys', '-remove', secondKey)).rejects.toThrow();
      await theirs.command('keys', '-remove', firstKey);
      expect(await stored(keyringFile)).toEqual([secondKey]);

      const { keys } = ours.gossip;
      const whole = { nodes: 3, responded: 3, failed: 0 };
      expect(await keys.list()).toMatchObject({ ...whole, keys: { [secondKey]: 3 } });
      expect(await keys.install(firstKey)).toMatchObject(whole);
      expect(await keys.use(firstKey)).toMatchObject(whole);
      expect(await keys.remove(firstKey)).toMatchObject({ ...whole, failed: 3 });
      expect(await keys.remove(secondKey)).toMatchObject(whole);
      expect(await stored(theirFile)).toEqual([firstKey]);
      expect(await theirs.command('keys', '-list')).toMatch(everywhere);
      await peers.waitUntilAllAlive(theirs, other, ours);
      expect(ours.gossip.stats().dropped).not.toHaveProperty('WIRE_DECRYPT');

      // Each side starts from the file that the other has written.
      await Promise.all([ours.dispose(), theirs.dispose()]);
      const [again, fromOurs] = await Promise.all([
        peers.hobnob({ name: 'again', encryption: { keyringFile: theirFile } }),
        peers.serf({ version, name: 'from-ours', config: { keyring_file: keyringFile } }),
      ]);
      await again.join(fromOurs.address);
      await peers.waitUntil('they understand each other', async () => {
        return (await fromOurs.members()).some(({ name, status }) => name === 'again' && status === 'alive');
      });
    });
  },
);
