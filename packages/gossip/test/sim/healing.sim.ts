import {
  block,
  createTestCluster,
  loss,
  seededEntropy,
  seededRng,
  streamsOnly,
  type TestCluster,
  udpOnly,
} from '@hobnob/gossip/testing';
import { afterEach, describe, expect, test } from 'vitest';
import type { Gossip } from '../../src/gossip.ts';
import type { GossipOptions } from '../../src/options.ts';
import { createGossip } from '../../src/pool/create-gossip.ts';
import { encodePacketMessage } from '../../src/wire/swim-codec.ts';
import { alive, dead, suspect } from '../support/swim-fixture.ts';

const open: TestCluster[] = [];

/** Uncompressed, because compressing takes most of the time of a large pool and changes nothing here. */
async function clusterOf(
  nodes: number,
  seed: number,
  gossip: Omit<GossipOptions, 'name' | 'bind' | 'ports'> = {},
): Promise<TestCluster> {
  const cluster = await createTestCluster({ nodes, seed, gossip: { compression: false, ...gossip } });
  open.push(cluster);
  return cluster;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((cluster) => cluster[Symbol.asyncDispose]()));
});

describe('a partition heals by itself, without a list of seeds', () => {
  test('a pool of 100 in two halves for ten minutes is whole within 30 s', async () => {
    const cluster = await clusterOf(100, 1);
    const heal = cluster.partition(cluster.names.slice(0, 50), cluster.names.slice(50));
    await cluster.advance(600_000);
    expect(cluster.statusSeenBy('m1', 'm100')).toBe('failed');
    heal();
    await cluster.advanceUntil(() => cluster.isConverged(), 30_000);
  }, 180_000);

  // The moment decides how long Serf's own reconnects take, so that one seed alone proves nothing.
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'a member that was cut off is back within 15 s (seed %i)',
    async (seed) => {
      const cluster = await clusterOf(20, seed);
      const heal = cluster.partition(['m1'], cluster.names.slice(1));
      await cluster.advance(150_000 + seed * 3_700);
      heal();
      await cluster.advanceUntil(() => cluster.isConverged(), 15_000);
    },
  );

  test.each([1, 2])('halves that have reaped each other find each other again (seed %i)', async (seed) => {
    const cluster = await clusterOf(12, seed, { timing: { reconnectTimeoutMs: 60_000 } });
    const heal = cluster.partition(cluster.names.slice(0, 6), cluster.names.slice(6));
    await cluster.advance(300_000);
    expect(cluster.statusSeenBy('m1', 'm12')).toBeUndefined();
    heal();
    await cluster.advanceUntil(() => cluster.isConverged(), 60_000);
  });
});

describe('a restart of nearly all loses nobody', () => {
  test('of 200 members 180 restart within a second and know no seed', async () => {
    const cluster = await clusterOf(200, 1);
    const rng = seededRng(1);
    const startedMs = cluster.clock.nowMs();
    for (const name of cluster.names.slice(20)) {
      await cluster.restart(name);
      if (rng.next() < 0.2) await cluster.advance(25);
    }
    expect(cluster.clock.nowMs() - startedMs).toBeLessThan(2_000);
    await cluster.advanceUntil(() => cluster.isConverged(), 60_000);
    expect(
      new Set(
        cluster
          .gossip('m1')
          .members()
          .map(({ name }) => name),
      ),
    ).toEqual(new Set(cluster.names));
  }, 180_000);

  test('a member that restarts alone, without a seed, is met by whoever pings it', async () => {
    const cluster = await clusterOf(10, 2, { timing: { pushPullIntervalMs: 0 } });
    await cluster.advance(30_000); // until nobody gossips any more
    const back = await cluster.restart('m10');
    expect(back.members()).toHaveLength(1);
    await cluster.advanceUntil(() => cluster.isConverged(), 10_000);
  });
});

describe('a member comes back under its name from another address', () => {
  test('at once, when nobody is at the old one', async () => {
    const cluster = await clusterOf(8, 1);
    cluster.crash('m8');
    const back = await cluster.restart('m8', { host: '10.9.9.9' });
    await cluster.settle(back.join([cluster.addressOf('m1').host]));
    await cluster.advanceUntil(
      () => cluster.names.every((name) => cluster.gossip(name).member('m8')?.address.host === '10.9.9.9'),
      5_000,
    );
    await cluster.advance(60_000);
    expect(cluster.isConverged()).toBe(true);
  });

  test('never, while the old one answers, though the new one does too', async () => {
    const cluster = await clusterOf(5, 2);
    const old = cluster.addressOf('m5');
    const second = await secondOf(cluster, 'm5');
    for (let i = 0; i < 10; i += 1) {
      await cluster.settle(second.join([cluster.addressOf('m1').host]));
      await cluster.advance(2_000);
    }
    await second.close();
    expect(cluster.names.map((name) => cluster.gossip(name).member('m5')?.address)).toEqual(
      cluster.names.map(() => old),
    );
    expect(cluster.isConverged()).toBe(true);
  });

  test('not by a partition, in which the old one is only silent', async () => {
    const cluster = await clusterOf(6, 3);
    const others = cluster.names.slice(0, 5);
    cluster.partition(others, ['m6']);
    const second = await secondOf(cluster, 'm6');
    await cluster.settle(second.join([cluster.addressOf('m1').host]));
    await cluster.advance(3_000);
    await second.close();
    expect(others.map((name) => cluster.gossip(name).member('m6')?.address)).toEqual(
      others.map(() => cluster.addressOf('m6')),
    );
  });
});

describe('a process that is late accuses nobody', () => {
  test.each([
    ['blocked for 2 s every 5 s', 2_000, 3_000],
    ['starved of CPU, 400 ms of every 500', 400, 100],
  ])('%s', async (_, blockedMs, runningMs) => {
    const { logger, accusers } = accusersLog();
    const cluster = await clusterOf(8, 4, { logger });
    let worstHealth = 0;
    for (let passedMs = 0; passedMs < 120_000; passedMs += blockedMs + runningMs) {
      const resume = cluster.pause('m4');
      await cluster.advance(blockedMs);
      resume();
      worstHealth = Math.max(worstHealth, cluster.gossip('m4').stats().healthScore);
      await cluster.advance(runningMs);
    }
    expect(accusers).not.toContain('m4');
    expect(worstHealth).toBeGreaterThan(1);
    await cluster.advanceUntil(() => cluster.isConverged(), 60_000);
  });
});

describe('a pool without UDP', () => {
  test('spreads news in seconds, and says once per member what is wrong', async () => {
    const warned: string[] = [];
    const logger = { ...silent, warn: (_: object, message: string) => void warned.push(message) };
    const cluster = await clusterOf(12, 5, { logger });
    cluster.addRule(udpOnly(loss(1)));
    await cluster.advance(60_000);
    await cluster.settle(cluster.gossip('m3').setTags({ role: 'db' }));
    await cluster.advanceUntil(
      () => cluster.names.every((name) => cluster.gossip(name).member('m3')?.tags['role'] === 'db'),
      15_000,
    );
    await cluster.advance(240_000);
    expect(cluster.isConverged()).toBe(true);
    for (const name of cluster.names) expect(cluster.gossip(name).stats().udpBlocked).toHaveLength(11);
    expect(warned.filter((message) => message.startsWith('UDP')).length).toBeLessThanOrEqual(12 * 11);
  });

  test('one way blocked is told from both, and repaired when it heals', async () => {
    const cluster = await clusterOf(2, 6);
    const heal = cluster.addRule(
      udpOnly(block([cluster.addressOf('m1').host], [cluster.addressOf('m2').host])),
    );
    await cluster.advance(30_000);
    expect(cluster.gossip('m1').stats().udpBlocked).toEqual([{ name: 'm2', direction: 'outgoing' }]);
    expect(cluster.gossip('m2').stats().udpBlocked).toEqual([{ name: 'm1', direction: 'incoming-or-both' }]);
    heal();
    await cluster.advance(10_000);
    expect(cluster.gossip('m1').stats().udpBlocked).toEqual([]);
    expect(cluster.gossip('m2').stats().udpBlocked).toEqual([]);
  });

  test('streams that are lost besides do not make members fail', async () => {
    const cluster = await clusterOf(6, 7);
    cluster.addRule(udpOnly(loss(1)));
    cluster.addRule(streamsOnly(loss(0.05)));
    await cluster.advance(120_000);
    expect(cluster.isConverged()).toBe(true);
  });
});

test('hostile messages do no lasting harm to a pool, spec 8.3, 8.6 and 8.20', async () => {
  const cluster = await clusterOf(6, 8);
  const { packets } = cluster.network.host({ host: '10.66.6.6', port: 7946 });
  const hostile = [
    alive('m2', { incarnation: 0xffff_ffff }),
    alive('m2', { host: '10.66.6.6', incarnation: 50 }),
    alive('m3', { versions: zeroVersions, incarnation: 9, host: cluster.addressOf('m3').host }),
    alive('ghost', { versions: zeroVersions, incarnation: 1 }),
    suspect('m4', 0xffff_ffff),
    dead('m4', 0xffff_ffff, 'm4'),
    dead('m1', 0xffff_fff0, 'x'),
  ].map(encodePacketMessage);
  const raw = [[3], [7, 255], [9, 1, 0, 0], [8, 4, 0x80], [8, 3, 0xc0], [244, 1], [10, 0]].map((bytes) =>
    Uint8Array.from(bytes),
  );
  for (let i = 0; i < 20; i += 1) {
    for (const name of cluster.names) {
      for (const bytes of [...hostile, ...raw]) packets.send(bytes, cluster.addressOf(name));
    }
    await cluster.advance(1_000);
  }
  await cluster.advanceUntil(() => cluster.isConverged(), 10_000);
  expect(
    cluster
      .gossip('m1')
      .members()
      .map(({ name }) => name),
  ).not.toContain('ghost');
  cluster.crash('m6');
  await cluster.advanceUntil(() => cluster.statusSeenBy('m1', 'm6') === 'failed', 60_000);
});

/** Another process that has the name of a member, and answers to it. */
function secondOf(cluster: TestCluster, name: string): Promise<Gossip> {
  const address = { host: '10.66.6.6', port: 7946 };
  const { clock, packets, streams } = cluster.network.host(address);
  const rng = seededRng(cluster.seed);
  const ports = { clock, packets, streams, rng, entropy: seededEntropy(rng) };
  return createGossip({ name, bind: address, ports });
}

const zeroVersions = {
  protocolMin: 0,
  protocolMax: 0,
  protocolCur: 0,
  delegateMin: 0,
  delegateMax: 0,
  delegateCur: 0,
};

const nothing = (): void => undefined;
const silent = { error: nothing, warn: nothing, info: nothing, debug: nothing, trace: nothing };

/** Who accused whom, as every member notes it. */
function accusersLog(): {
  readonly logger: NonNullable<GossipOptions['logger']>;
  readonly accusers: string[];
} {
  const accusers: string[] = [];
  const info = (fields: object): void => {
    if ('accuser' in fields && typeof fields.accuser === 'string') accusers.push(fields.accuser);
  };
  return { logger: { ...silent, info }, accusers };
}
