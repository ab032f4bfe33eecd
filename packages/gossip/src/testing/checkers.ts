import type { Gossip } from '../gossip.ts';
import type { TestCluster } from './cluster-interface.ts';

/** One member's verdict that another has failed. */
export interface FailureSeen {
  readonly atMs: number;
  readonly observer: string;
  readonly subject: string;
  /** Whether a member of that name was running then; one that is paused, slow or cut off runs. */
  readonly wasRunning: boolean;
}

/** Keeps every `member-failed` of the members it was given. */
export interface FailureWatch {
  readonly seen: readonly FailureSeen[];
  /** Watches one member more, where only some are watched. */
  add(gossip: Gossip): void;
  /** Those about members that had not failed: by default, that were running. */
  falsePositives(hasFailed?: (failure: FailureSeen) => boolean): readonly FailureSeen[];
}

/** Watches these members of a pool, from now on; by default all, those that start later included. */
export function watchFailures(cluster: TestCluster, names?: readonly string[]): FailureWatch {
  const seen: FailureSeen[] = [];
  const watched = names && new Set(names.map((name) => cluster.gossip(name)));
  cluster.onEvent(({ atMs, observer, gossip, event }) => {
    if (event.type !== 'member-failed' || watched?.has(gossip) === false) return;
    for (const { name: subject } of event.members) {
      seen.push({ atMs, observer, subject, wasRunning: cluster.running.includes(subject) });
    }
  });
  return {
    seen,
    add: (gossip) => {
      watched?.add(gossip);
    },
    falsePositives: (hasFailed = ({ wasRunning }) => !wasRunning) =>
      seen.filter((failure) => !hasFailed(failure)),
  };
}

/** Somebody who is in a member's list though no such member runs. */
export interface Ghost {
  readonly observer: string;
  readonly ghost: string;
  readonly status: string;
}

/** Every pair of a member and somebody it believes alive who does not run. */
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
 * Checks that every running member sees all running members alive, and nobody else.
 * @throws Error naming seed, time and who differs from that.
 */
export function checkConverged(cluster: TestCluster): void {
  throwDifferences(cluster, 'not converged', convergenceDifferences(cluster));
}

/** Who sees whom wrongly, in words; empty when the pool is whole. */
export function convergenceDifferences(cluster: TestCluster): readonly string[] {
  const { running } = cluster;
  const missing = running.flatMap((observer) =>
    running
      .map((subject) => ({ subject, status: cluster.statusSeenBy(observer, subject) ?? 'unknown' }))
      .filter(({ status }) => status !== 'alive')
      .map(({ subject, status }) => `${observer} sees ${subject} as ${status}`),
  );
  const ghosts = findGhosts(cluster).map(
    ({ observer, ghost }) => `${observer} sees ${ghost}, who does not run`,
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

/** How many of the differences a failure names. */
const differencesShown = 8;

/** As much of them as fits a message. */
export function firstOf(differences: readonly string[]): string {
  const rest = differences.length - differencesShown;
  return `${differences.slice(0, differencesShown).join('; ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
