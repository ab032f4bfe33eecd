import { describe, expect, onTestFinished, test } from 'vitest';
import { createTestCluster, type TestCluster, type TestClusterOptions } from '../../src/testing/index.ts';
import { coordinateErrors } from '../support/plane.ts';

async function clusterOf(options: TestClusterOptions): Promise<TestCluster> {
  const cluster = await createTestCluster(options);
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  return cluster;
}

describe('network coordinates', () => {
  // `long-sim/coordinates.sim.ts` lets them measure for longer, until the error is as small as the paper promises.
  test('estimate the round trips of a plane with slow links', async () => {
    const errors = await coordinateErrors(1, 5 * 60_000);
    expect(errors).toHaveLength(66);
    expect(errors[33]).toBeLessThan(0.15);
  });

  test('do not count the pauses of a busy process as distance', async () => {
    const cluster = await clusterOf({ nodes: 2, seed: 4, latencyMs: 20 });
    for (let i = 0; i < 5000; i += 1) {
      const resume = cluster.pause('m1');
      await cluster.advance(100);
      resume();
      await cluster.advance(97);
    }
    // Half of the answers of m2 wait unread for up to 100 ms and are not measured. The others took 40 ms.
    expect(cluster.gossip('m1').rttMs('m2')).toBeGreaterThan(35);
    expect(cluster.gossip('m1').rttMs('m2')).toBeLessThan(48);
  });

  test('are forgotten with the member', async () => {
    const cluster = await clusterOf({ nodes: 3, seed: 5 });
    await cluster.advance(30_000);
    expect(cluster.gossip('m1').coordinate('m3')?.vec).toHaveLength(8);
    await cluster.settle(cluster.gossip('m3').leave());
    await cluster.stop('m3');
    await cluster.settle(cluster.gossip('m1').forceLeave('m3', { prune: true }));
    expect(cluster.gossip('m1').member('m3')).toBeUndefined();
    expect(cluster.gossip('m1').coordinate('m3')).toBeUndefined();
    expect(cluster.gossip('m1').rttMs('m2', 'm3')).toBeUndefined();
  });

  test('are neither sent nor stored when they are turned off', async () => {
    const cluster = await clusterOf({ nodes: 2, seed: 6, gossip: { coordinates: false } });
    await cluster.advance(30_000);
    expect(cluster.gossip('m1').coordinate()).toBeUndefined();
    expect(cluster.gossip('m1').coordinate('m2')).toBeUndefined();
  });
});
