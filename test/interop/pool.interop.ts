import { describe, expect, test } from 'vitest';
import { statusSeenBy } from './peer.ts';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';
import { complaints, poolKinds, startAnchor, startOurs, startOursApart, startReal, tagsOf } from './pools.ts';
import { hostOf } from './serf-agent.ts';

/** The life of members, with our node in a real pool and real nodes in ours. */

const addresses = new LoopbackAddresses(4);
const suite = describe.runIf(peersFolder !== undefined);

suite.each(poolKinds)('a pool with %s', { concurrent: true }, (kind) => {
  test('ours joins theirs: both see both alive, with tags', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const [theirs, ours] = await Promise.all([
      startAnchor(peers, kind, { name: 'theirs' }),
      startOurs(peers, kind, { name: 'ours' }),
    ]);
    await ours.join(theirs.address);
    await peers.waitUntilAllAlive(ours, theirs);
    const seenByTheirs = (await theirs.members()).find((member) => member.name === 'ours');
    expect(seenByTheirs).toMatchObject({ host: hostOf(ours.address), tags: tagsOf(kind, 'ours') });
    const seenByOurs = (await ours.members()).find((member) => member.name === 'theirs');
    const itself = (await theirs.members()).find((member) => member.name === 'theirs');
    expect(seenByOurs).toEqual(itself);
    expect(complaints(theirs)).toEqual([]);
  });

  test('theirs joins ours: both see both alive, with tags', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const [theirs, ours] = await Promise.all([
      startAnchor(peers, kind, { name: 'theirs' }),
      startOurs(peers, kind, { name: 'ours' }),
    ]);
    await theirs.join(ours.address);
    await peers.waitUntilAllAlive(ours, theirs);
    const seenByTheirs = (await theirs.members()).find((member) => member.name === 'ours');
    expect(seenByTheirs?.tags).toEqual(tagsOf(kind, 'ours'));
    expect(complaints(theirs)).toEqual([]);
  });

  test('ours is killed: theirs sees it fail, and alive again after a restart', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const theirs = await startAnchor(peers, kind, { name: 'theirs' });
    const ours = await startOursApart(peers, kind, { name: 'ours' });
    await ours.join(theirs.address);
    await peers.waitUntilAllAlive(ours, theirs);
    await ours.crash();
    await peers.waitForStatus(theirs, 'ours', 'failed', { timeoutMs: 30_000 });
    const again = await startOurs(peers, kind, { name: 'ours', host: hostOf(ours.address) });
    await again.join(theirs.address);
    await peers.waitUntilAllAlive(again, theirs);
  });

  test('theirs is killed: ours sees it fail, and alive again after a restart', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const anchor = await startAnchor(peers, kind, { name: 'anchor' });
    const theirs = await startReal(peers, kind, { name: 'theirs' });
    const ours = await startOurs(peers, kind, { name: 'ours' });
    await ours.join(anchor.address);
    await theirs.join(ours.address);
    await peers.waitUntilAllAlive(anchor, theirs, ours);
    await theirs.crash();
    await peers.waitForStatus(ours, 'theirs', 'failed', { timeoutMs: 30_000 });
    const again = await startReal(peers, kind, { name: 'theirs', host: hostOf(theirs.address) });
    await again.join(ours.address);
    await peers.waitUntilAllAlive(anchor, again, ours);
  });

  test('each leaves in turn, and the other calls it left, never failed', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const anchor = await startAnchor(peers, kind, { name: 'anchor' });
    const theirs = await startReal(peers, kind, { name: 'theirs' });
    const ours = await startOurs(peers, kind, { name: 'ours' });
    const leaver = await startOurs(peers, kind, { name: 'leaver' });
    for (const peer of [theirs, ours, leaver]) await peer.join(anchor.address);
    await peers.waitUntilAllAlive(anchor, theirs, ours, leaver);
    const left = (name: string) => async () => {
      const statuses = await Promise.all([statusSeenBy(anchor, name), statusSeenBy(ours, name)]);
      expect(statuses).not.toContain('failed');
      return statuses.every((status) => status === 'left');
    };
    await leaver.leave();
    await leaver.dispose();
    await peers.waitUntil('all see that our leaver left', left('leaver'));
    await theirs.leave();
    await peers.waitUntil('all see that their leaver left', left('theirs'));
  });

  test('a failed member that either side forces to leave is left on both sides', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const anchor = await startAnchor(peers, kind, { name: 'anchor' });
    const theirs = await startReal(peers, kind, { name: 'theirs' });
    const ours = await startOurs(peers, kind, { name: 'ours' });
    const killed = await startOursApart(peers, kind, { name: 'killed' });
    for (const peer of [theirs, ours, killed]) await peer.join(anchor.address);
    await peers.waitUntilAllAlive(anchor, theirs, ours, killed);
    await Promise.all([killed.crash(), theirs.crash()]);
    for (const name of ['killed', 'theirs']) {
      for (const observer of [anchor, ours]) {
        await peers.waitForStatus(observer, name, 'failed', { timeoutMs: 40_000 });
      }
    }
    // The dead are gossiped to for a while (15 s in serf's local profile) and use up copies of a message. With two
    // copies and two of three targets dead, one leave intent in three reaches no live member, from real agents and from ours.
    const failedAtMs = performance.now();
    const gossipToTheDeadMs = kind === 'consul 1.8.7' ? 0 : 15_000;
    await peers.waitUntil(
      'the dead are no longer gossiped to',
      () => performance.now() - failedAtMs > gossipToTheDeadMs + 500,
    );
    await anchor.forceLeave('killed');
    for (const observer of [anchor, ours]) await peers.waitForStatus(observer, 'killed', 'left');
    await ours.forceLeave('theirs');
    for (const observer of [anchor, ours]) await peers.waitForStatus(observer, 'theirs', 'left');
    await ours.forceLeave('killed', { prune: true });
    await peers.waitForStatus(ours, 'killed', 'absent');
    await peers.waitForStatus(anchor, 'killed', 'absent');
  });

  test('a live member that is forced to leave refutes, and stays alive', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const theirs = await startAnchor(peers, kind, { name: 'theirs' });
    // A real agent does not gossip a leave intent when it knows no other live member, so a third member is needed.
    const witness = await startReal(peers, kind, { name: 'witness' });
    const ours = await startOurs(peers, kind, { name: 'ours' });
    await witness.join(theirs.address);
    await ours.join(theirs.address);
    await peers.waitUntilAllAlive(ours, theirs, witness);
    const logged = (line: string) => () => witness.log().some((one) => one.includes(line));
    // Before our join intent has arrived a leave intent may carry the same Lamport time, and would then win.
    await peers.waitUntil('our join intent has arrived', logged('messageJoinType: ours'));
    await theirs.forceLeave('ours');
    await peers.waitUntil('it was said that ours leaves', logged('messageLeaveType: ours'));
    await ours.forceLeave('theirs');
    await peers.waitUntil('it was said that theirs leaves', logged('messageLeaveType: theirs'));
    await peers.waitUntilAllAlive(ours, theirs, witness);
  });

  test.for([
    ['128 bits', Buffer.from('0123456789abcdef')],
    ['256 bits', Buffer.from('0123456789abcdef0123456789ABCDEF')],
  ] as const)(
    'with a key of %s both see both, and without it ours is refused',
    async (row, { onTestFinished }) => {
      const peers = new Peers(addresses, onTestFinished);
      const encrypt = row[1].toString('base64');
      const theirs = await startAnchor(peers, kind, { name: 'theirs', encrypt });
      const ours = await startOurs(peers, kind, { name: 'ours', encrypt });
      const keyless = await startOurs(peers, kind, { name: 'keyless' });
      await expect(keyless.join(theirs.address)).rejects.toMatchObject({ code: 'GOSSIP_JOIN_FAILED' });
      await ours.join(theirs.address);
      await peers.waitUntilAllAlive(ours, theirs);
    },
  );

  test('without compression on one side both see both', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const theirs = await startAnchor(peers, kind, { name: 'theirs' });
    const ours = await startOurs(peers, kind, { name: 'ours', compression: false });
    const more = await startReal(peers, kind, { name: 'more', compression: false });
    await ours.join(theirs.address);
    await more.join(ours.address);
    await peers.waitUntilAllAlive(ours, theirs, more);
    expect(complaints(theirs)).toEqual([]);
  });
});
