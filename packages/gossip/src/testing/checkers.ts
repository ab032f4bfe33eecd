import type { Gossip } from '../gossip.ts';
import type { TestCluster } from './test-cluster.ts';

/** One member's verdict that another has failed. */
export interface FailureSeen {
  readonly atMs: number;
  readonly observer: string;
  readonly subject: string;
}

/** Keeps every `member-failed` of the members it was given. */
export interface FailureWatch {
  readonly seen: readonly FailureSeen[];
  /** Watches one member more, for instance one that was restarted. */
  add(gossip: Gossip): void;
  /** Those about members that had not failed. */
  falsePositives(hasFailed: (failure: FailureSeen) => boolean): readonly FailureSeen[];
}

/** Watches these members of a pool, from now on; by default all that run. */
export function watchFailures(
  cluster: TestCluster,
  names: readonly string[] = cluster.running,
): FailureWatch {
  const seen: FailureSeen[] = [];
  const add = (gossip: Gossip): void => {
    gossip.on('member-failed', ({ members }) => {
      const atMs = cluster.clock.nowMs();
      for (const { name } of members) seen.push({ atMs, observer: gossip.name, subject: name });
    });
  };
  for (const name of names) add(cluster.gossip(name));
  return { seen, add, falsePositives: (hasFailed) => seen.filter((failure) => !hasFailed(failure)) };
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

/** How many of the differences a failure names. */
const differencesShown = 8;

/**
 * Checks that every running member sees all running members alive, and nobody else.
 * @throws Error naming seed, time and who differs from that.
 */
export function checkConverged(cluster: TestCluster): void {
  const running = cluster.running;
  const missing = running.flatMap((observer) =>
    running
      .map((subject) => ({ subject, status: cluster.statusSeenBy(observer, subject) ?? 'unknown' }))
      .filter(({ status }) => status !== 'alive')
      .map(({ subject, status }) => `${observer} sees ${subject} as ${status}`),
  );
  const ghosts = findGhosts(cluster).map(
    ({ observer, ghost }) => `${observer} sees ${ghost}, who does not run`,
  );
  const differences = [...missing, ...ghosts];
  if (differences.length === 0) return;
  const shown = differences.slice(0, differencesShown).join('; ');
  const count =
    differences.length > differencesShown ? ` and ${differences.length - differencesShown} more` : '';
  throw new Error(`not converged at ${cluster.clock.nowMs()} ms (seed ${cluster.seed}): ${shown}${count}`);
}
