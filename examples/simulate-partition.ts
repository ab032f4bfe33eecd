/**
 * Twenty members in virtual time, on a network with a long tail: it is cut in two for a minute, heals, and the
 * pool is whole again. In the end every running member is listed as alive, and no other. The same seed repeats the same
 * history.
 *
 *     node examples/dist/simulate-partition.js 42
 */
import {
  checkConverged,
  createTestCluster,
  findGhosts,
  latency,
  logNormalMs,
  watchFailures,
} from '@hobnob/gossip/testing';

const seed = Number(process.argv[2] ?? 42);
const cluster = await createTestCluster({ nodes: 20, seed });
const failures = watchFailures(cluster);
cluster.addRule(latency(logNormalMs({ medianMs: 2, p99Ms: 80 })));
const left = cluster.names.slice(0, 10);
const right = cluster.names.slice(10);

const heal = cluster.partition(left, right);
await cluster.advance(60_000);
process.stdout.write(`during the partition m1 sees m20 as ${cluster.statusSeenBy('m1', 'm20')}\n`);

heal();
const healedAtMs = cluster.clock.nowMs();
await cluster.advanceUntil(() => cluster.isConverged(), 10 * 60_000);
checkConverged(cluster);
const seconds = (cluster.clock.nowMs() - healedAtMs) / 1000;
process.stdout.write(`whole again ${seconds.toFixed(1)} s of virtual time after it healed\n`);
const sameSide = failures.falsePositives(
  ({ observer, subject }) => left.includes(observer) !== left.includes(subject),
);
process.stdout.write(`${sameSide.length} members were reported failed by a member of their own side\n`);
process.stdout.write(`${findGhosts(cluster).length} ghosts are left\n`);
process.stdout.write(`the last things that happened:\n${cluster.history().slice(-5).join('\n')}\n`);
await cluster[Symbol.asyncDispose]();
