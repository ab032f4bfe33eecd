import { describe, expect, test } from 'vitest';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';

/** What a join of ours makes sure of when real agents answer it, ADR 0020. */

const addresses = new LoopbackAddresses(2, 31);

describe.runIf(peersFolder !== undefined).each(['0.9.4', '0.10.1'] as const)(
  'joining a pool of serf %s',
  { concurrent: true },
  (version) => {
    test('under the name of a live member is refused, and the error names its address', async ({
      onTestFinished,
    }) => {
      const peers = new Peers(addresses, onTestFinished);
      const seed = await peers.serf({ version, name: 'seed' });
      const holder = await peers.serf({ version, name: 'dup' });
      await holder.join(seed.address);
      await peers.waitForStatus(seed, 'dup', 'alive');
      const second = await peers.hobnob({ name: 'dup' });
      await expect(second.gossip.join([seed.address])).rejects.toMatchObject({
        code: 'GOSSIP_NOT_ADMITTED',
        message: expect.stringContaining(`lists the name "dup" for the member at ${holder.address}`),
      });
      await peers.waitForStatus(seed, 'dup', 'alive');
    });

    test('from an address that leads nowhere is refused, and the member fails once', async ({
      onTestFinished,
    }) => {
      const peers = new Peers(addresses, onTestFinished);
      const seed = await peers.serf({ version, name: 'seed' });
      const lost = await peers.hobnob({ name: 'lost', advertise: { host: addresses.next() } });
      await expect(lost.gossip.join([seed.address])).rejects.toMatchObject({
        code: 'GOSSIP_NOT_ADMITTED',
        message: expect.stringContaining(`${seed.address} cannot reach this member`),
      });
      await peers.waitForStatus(seed, 'lost', 'failed');
      await lost.gossip.join([seed.address]).catch((error: Error) => error);
      const joins = seed.log().filter((line) => line.includes('EventMemberJoin: lost'));
      expect(joins).toHaveLength(1);
    });

    test('again after a restart is no error', async ({ onTestFinished }) => {
      const peers = new Peers(addresses, onTestFinished);
      const seed = await peers.serf({ version, name: 'seed' });
      const ours = await peers.hobnob({ name: 'ours', tags: { life: 'first' } });
      await ours.gossip.join([seed.address]);
      await ours.gossip.setTags({ life: 'second' });
      await ours.gossip.close();
      const { host } = ours.gossip.bindAddress;
      const back = await peers.hobnob({ name: 'ours', host, tags: { life: 'third' } });
      expect(await back.gossip.join([seed.address])).toMatchObject({ joinedCount: 1 });
    });
  },
);
