/**
 * Twenty members in virtual time: the network is cut in two for a minute, heals, and the pool is whole
 * again. The same seed repeats the same history.
 *
 *     node examples/dist/simulate-partition.js 42
 */
import { createTestCluster } from '@hobnob/gossip/testing';

const seed = Number(process.argv[2] ?? 42);
const cluster = await createTestCluster({ nodes: 20, seed });
const left = cluster.names.slice(0, 10);
const right = cluster.names.slice(10);

const heal = cluster.partition(left, right);
await cluster.advance(60_000);
process.stdout.write(`during the partition m1 sees m20 as ${cluster.statusSeenBy('m1', 'm20')}\n`);

heal();
const healedAtMs = cluster.clock.nowMs();
await cluster.advanceUntil(() => cluster.isConverged(), 10 * 60_000);
const seconds = (cluster.clock.nowMs() - healedAtMs) / 1000;
process.stdout.write(`whole again ${seconds.toFixed(1)} s of virtual time after it healed\n`);
await cluster[Symbol.asyncDispose]();
