import type { Gossip } from '../gossip.ts';
import type { Member } from '../member.ts';
import { formatAddress } from '../wire/address.ts';
import { throwDifferences } from './checkers.ts';
import type { TestCluster } from './cluster-interface.ts';

/** One member's picture of another that is not what the other says of itself. */
export interface StaleView {
  readonly observer: string;
  readonly subject: string;
  readonly about: 'incarnation' | 'tags' | 'address';
  /** What the observer believes, in words. */
  readonly seen: string;
  /** What the subject says of itself, in words. */
  readonly own: string;
}

/**
 * Every view of a running member by another that differs from what that member says of itself: of an earlier life,
 * or from before it changed. Members that do not know each other are not compared: see `checkConverged`.
 */
export function findStale(cluster: TestCluster): readonly StaleView[] {
  const { running } = cluster;
  return running.flatMap((subject) => {
    const own = viewOf(cluster, subject, subject);
    if (own === undefined) return [];
    return running.flatMap((observer) => {
      const seen = viewOf(cluster, observer, subject);
      if (seen === undefined) return [];
      return aspects
        .filter((about) => seen[about] !== own[about])
        .map((about) => ({ observer, subject, about, seen: seen[about], own: own[about] }));
    });
  });
}

/**
 * Checks that every member sees the others as they are now: their incarnation, tags and address.
 * @throws Error naming seed, time and who is behind.
 */
export function checkFresh(cluster: TestCluster): void {
  const differences = findStale(cluster).map(
    ({ observer, subject, about, seen, own }) =>
      `${observer} sees ${about} ${seen} of ${subject}, now ${own}`,
  );
  throwDifferences(cluster, 'stale', differences);
}

/** A member went back to an older incarnation of another. */
export interface Regression {
  readonly atMs: number;
  readonly observer: string;
  readonly subject: string;
  readonly before: number;
  readonly after: number;
}

/** Keeps every step back that was seen. */
export interface RegressionWatch {
  readonly seen: readonly Regression[];
}

/**
 * Looks, at every event about members, whether the incarnation in which the observer knows the subject is lower
 * than one it knew before: then something old has come back to life. That never happens to one life of an observer,
 * unless it has erased the subject in between; a restarted observer begins anew.
 */
export function watchRegressions(
  cluster: Pick<TestCluster, 'onEvent' | 'running' | 'incarnationSeenBy'>,
): RegressionWatch {
  const seen: Regression[] = [];
  const known = new WeakMap<Gossip, Map<string, number>>();
  cluster.onEvent(({ atMs, observer, gossip, event }) => {
    if (!('members' in event)) return;
    const highest = known.get(gossip) ?? new Map<string, number>();
    known.set(gossip, highest);
    for (const { name: subject } of event.members) {
      const after = cluster.running.includes(observer)
        ? cluster.incarnationSeenBy(observer, subject)
        : undefined;
      const before = highest.get(subject);
      if (after === undefined) highest.delete(subject);
      else highest.set(subject, after);
      if (before !== undefined && after !== undefined && after < before) {
        seen.push({ atMs, observer, subject, before, after });
      }
    }
  });
  return { seen };
}

const aspects = ['incarnation', 'tags', 'address'] as const;

function viewOf(
  cluster: TestCluster,
  observer: string,
  subject: string,
): Readonly<Record<StaleView['about'], string>> | undefined {
  const member = cluster.gossip(observer).member(subject);
  const incarnation = cluster.incarnationSeenBy(observer, subject);
  if (member === undefined || incarnation === undefined) return undefined;
  return {
    incarnation: String(incarnation),
    tags: tagsInOrder(member),
    address: formatAddress(member.address),
  };
}

function tagsInOrder({ tags }: Member): string {
  return JSON.stringify(Object.fromEntries(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))));
}
