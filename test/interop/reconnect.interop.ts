import { describe, expect, test } from 'vitest';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';
import { openLayers } from './wire-kit/layers.ts';
import { readPushPull, Type } from './wire-kit/messages.ts';
import { RawPeer } from './wire-kit/raw-peer.ts';
import { becomeMember, pushPullWith } from './wire-kit/scripted-member.ts';

/** A failed member is not forgotten: it is tried again and again, and may return by that alone. */

const addresses = new LoopbackAddresses(11);

describe.runIf(peersFolder !== undefined)('reconnecting', { concurrent: true }, () => {
  test.for(['serf 0.9.4', 'serf 0.10.1', 'ours'] as const)(
    '%s tries to join a failed member again by a push/pull',
    async (name, { onTestFinished }) => {
      const peers = new Peers(addresses, onTestFinished);
      const config = { reconnect_interval: '1s' };
      const target = await (name === 'ours'
        ? peers.hobnob({ name: 'target', timing: { reconnectIntervalMs: 1000 } })
        : peers.serf({ version: name === 'serf 0.9.4' ? '0.9.4' : '0.10.1', name: 'target', config }));
      const raw = await RawPeer.open(addresses.next(), onTestFinished);
      await becomeMember(peers, raw, 'raw', target);
      raw.answersPings = false;
      await peers.waitForStatus(target, 'raw', 'failed');
      raw.forget();
      // Serf starts it with any process at the address, ours only with one that answers to the name.
      raw.answersPings = name === 'ours';
      const received = await peers.waitUntil('a push/pull has started', () =>
        raw.streams
          .filter((bytes) => bytes.length > 0)
          .flatMap((bytes) => openLayers(bytes))
          .find((message) => message[0] === Type.pushPull),
      );
      const { header, nodes } = readPushPull(received);
      expect(header['Join']).toBe(true);
      expect(nodes.map((node) => String(node['Name']))).toContain('target');
    },
  );

  test.for(['0.9.4', '0.10.1'] as const)(
    'a serf %s that receives an old leave intent late lists us as alive again',
    async (version, { onTestFinished }) => {
      const peers = new Peers(addresses, onTestFinished);
      const theirs = await peers.serf({ version, name: 'theirs' });
      const ours = await peers.hobnob({ name: 'ours', timing: { pushPullIntervalMs: 1000 } });
      await ours.join(theirs.address);
      await peers.waitUntilAllAlive(ours, theirs);
      const raw = await RawPeer.open(addresses.next(), onTestFinished);
      const state = { lamportTime: 60, statusTimes: { ours: 50 }, leftMembers: ['ours'] };
      await pushPullWith(raw, theirs, [], { join: false, state });
      await peers.waitForStatus(theirs, 'ours', 'leaving');
      await peers.waitForStatus(theirs, 'ours', 'alive');
    },
  );

  test('a real agent that is paused and resumed is alive again for us, and we for it', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const theirs = await peers.serf({
      version: '0.10.1',
      name: 'theirs',
      config: { reconnect_interval: '1s' },
    });
    const ours = await peers.hobnob({ name: 'ours', timing: { reconnectIntervalMs: 1000 } });
    await ours.join(theirs.address);
    await peers.waitUntilAllAlive(ours, theirs);
    theirs.signal('SIGSTOP');
    await peers.waitForStatus(ours, 'theirs', 'failed', { timeoutMs: 30_000 });
    theirs.signal('SIGCONT');
    await peers.waitUntilAllAlive(ours, theirs);
  });
});
