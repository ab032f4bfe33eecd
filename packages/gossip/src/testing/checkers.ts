import type { Gossip } from '../gossip.ts';
import type { TestCluster } from './cluster-interface.ts';

/** A `member-failed` event: one member has found that another failed. */
export interface FailureSeen {
  readonly atMs: number;
  readonly observer: string;
  readonly subject: string;
  /** Whether a member of that name was running then; a paused, slow or partitioned member is running. */
  readonly wasRunning: boolean;
}

/** Records the `member-failed` events of the observed members. */
export interface FailureWatch {
  readonly seen: readonly FailureSeen[];
  /** Adds an observer, where only some members are observed. */
  add(gossip: Gossip): void;
  /** The events about members that had not failed. Unless `hasFailed` decides otherwise, a running member has not failed. */
  falsePositives(hasFailed?: (failure: FailureSeen) => boolean): readonly FailureSeen[];
}

/** Records failures as these members report them from now on; by default all members, including those that start later. */
export function watchFailures(cluster: TestCluster, names?: readonly string[]): FailureWatch {
  const seen: FailureSeen[] = [];
  const observers = names && new Set(names.map((name) => cluster.gossip(name)));
  cluster.onEvent(({ atMs, observer, gossip, event }) => {
    if (event.type !== 'member-failed' || observers?.has(gossip) === false) return;
    for (const { name: subject } of event.members) {
      seen.push({ atMs, observer, subject, wasRunning: cluster.running.includes(subject) });
    }
  });
  return {
    seen,
    add: (gossip) => {
      observers?.add(gossip);
    },
    falsePositives: (hasFailed = ({ wasRunning }) => !wasRunning) =>
      seen.filter((failure) => !hasFailed(failure)),
  };
}

/** A member that another lists as alive though it does not run. */
export interface Ghost {
  readonly observer: string;
  readonly ghost: string;
  readonly status: string;
}

/** Every pair of an observer and a member that it lists as alive though no member of that name runs. */
export function findGhosts(cluster: TestCluster): readonly Ghost[] {
  const running = new Set(cluster.running);
  return [...running].flatMap((observer) =>
    cluster
      .gossip(observer)
      .members()
      .filter(({ name, status }) => status === 'alive' && !running.has(name))
      .map(({ name, status }) => ({ observer, ghost: name, status })),
  );
}

/**
 * Checks that every running member lists all running members, and no others, as alive.
 * @throws Error naming the seed, the time and every observer and subject for which that is not so.
 */
export function checkConverged(cluster: TestCluster): void {
  throwDifferences(cluster, 'not converged', convergenceDifferences(cluster));
}

/** One sentence for each observer and subject that differ from convergence; empty when the pool has converged. */
export function convergenceDifferences(cluster: TestCluster): readonly string[] {
  const { running } = cluster;
  const missing = running.flatMap((observer) =>
    running
      .map((subject) => ({ subject, status: cluster.statusSeenBy(observer, subject) ?? 'unknown' }))
      .filter(({ status }) => status !== 'alive')
      .map(({ subject, status }) => `${observer} sees ${subject} as ${status}`),
  );
  const ghosts = findGhosts(cluster).map(
    ({ observer, ghost }) => `${observer} sees ${ghost}, which does not run`,
  );
  return [...missing, ...ghosts];
}

/** @throws Error naming seed, time and the first differences, when there is one. */
export function throwDifferences(
  cluster: TestCluster,
  problem: string,
  differences: readonly string[],
): void {
  if (differences.length === 0) return;
  const { clock, seed } = cluster;
  throw new Error(`${problem} at ${clock.nowMs()} ms (seed ${seed}): ${firstOf(differences)}`);
}

/** How many differences an error message lists. */
const differencesShown = 8;

/** The first differences, for an error message. */
export function firstOf(differences: readonly string[]): string {
  const rest = differences.length - differencesShown;
  return `${differences.slice(0, differencesShown).join('; ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
