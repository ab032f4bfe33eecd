import type { Gossip } from '../gossip.ts';
import type { Member } from '../member.ts';
import { formatAddress } from '../wire/address.ts';
import { throwDifferences } from './checkers.ts';
import type { TestCluster } from './cluster-interface.ts';

/** What one member knows about another differs from what the other knows about itself. */
export interface StaleView {
  readonly observer: string;
  readonly subject: string;
  readonly about: 'incarnation' | 'tags' | 'address';
  /** The value that the observer knows, as text. */
  readonly seen: string;
  /** The subject's own value, as text. */
  readonly own: string;
}

/**
 * Every running member that another knows with an old incarnation, old tags or an old address. Members that do not know each
 * other are not compared: see `checkConverged`.
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
 * Checks that every member knows the current incarnation, tags and address of the others.
 * @throws Error naming the seed, the time, and every observer with an old value.
 */
export function checkFresh(cluster: TestCluster): void {
  const differences = findStale(cluster).map(
    ({ observer, subject, about, seen, own }) =>
      `${observer} sees ${about} ${seen} of ${subject}, now ${own}`,
  );
  throwDifferences(cluster, 'stale', differences);
}

/** A member replaced the incarnation of another by an older one. */
export interface Regression {
  readonly atMs: number;
  readonly observer: string;
  readonly subject: string;
  readonly before: number;
  readonly after: number;
}

/** Records regressions. */
export interface RegressionWatch {
  readonly seen: readonly Regression[];
}

/**
 * Records, from now on, every time that an observer knows a lower incarnation of a subject than before: then an old claim
 * has replaced a newer one. Each instance of an observer starts anew, and an erased subject is forgotten. Checked at
 * every event about members.
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
