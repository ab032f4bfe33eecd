import type { Topic } from '../store/topics.ts';
import { type FollowedAs, KeyTree } from './key-tree.ts';

const keyStart = 'key:';
const underStart = 'keys-under:';
const treeStart = 'key-tree:';

/**
 * What follows topics, to be found by the topics that a commit changed. A changed key also concerns who follows a prefix
 * of it, and a removed tree all who follow a key in it or a prefix of it.
 */
export class TopicMap<Follower> {
  /** All topics but those of keys. */
  readonly #byTopic = new Map<Topic, Set<Follower>>();
  readonly #byKey = new KeyTree<Follower>();

  follow(topic: Topic, follower: Follower): void {
    const key = keyFollowed(topic);
    if (key !== undefined) {
      this.#byKey.follow(key.text, key.as, follower);
      return;
    }
    const followers = this.#byTopic.get(topic);
    if (followers === undefined) this.#byTopic.set(topic, new Set([follower]));
    else followers.add(follower);
  }

  unfollow(topic: Topic, follower: Follower): void {
    const key = keyFollowed(topic);
    if (key !== undefined) {
      this.#byKey.unfollow(key.text, key.as, follower);
      return;
    }
    const followers = this.#byTopic.get(topic);
    if (followers?.delete(follower) === true && followers.size === 0) this.#byTopic.delete(topic);
  }

  /**
   * Visits everything that follows what a change of the topics concerns, some of it more than once; `visit` must not change
   * the map. Thousands of keys, as a session may lose, cost little more than their count when they come in order.
   */
  visit(changed: Iterable<Topic>, visit: (follower: Follower) => void): void {
    const keys: string[] = [];
    const trees: string[] = [];
    for (const topic of changed) {
      if (topic.startsWith(keyStart)) keys.push(topic.slice(keyStart.length));
      else if (topic.startsWith(treeStart)) trees.push(topic.slice(treeStart.length));
      else for (const follower of this.#byTopic.get(topic) ?? []) visit(follower);
    }
    this.#byKey.visitKeys(keys, visit);
    for (const tree of outermost(trees)) this.#byKey.visitTree(tree, visit);
  }
}

/** The key or prefix that a topic follows; undefined for another topic. */
function keyFollowed(topic: Topic): { readonly text: string; readonly as: FollowedAs } | undefined {
  if (topic.startsWith(keyStart)) return { text: topic.slice(keyStart.length), as: 'key' };
  return topic.startsWith(underStart) ? { text: topic.slice(underStart.length), as: 'prefix' } : undefined;
}

/** The prefixes that begin with no other one of them. */
function outermost(prefixes: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (const prefix of prefixes.toSorted(byUnits)) {
    const last = found.at(-1);
    if (last === undefined || !prefix.startsWith(last)) found.push(prefix);
  }
  return found;
}

function byUnits(a: string, b: string): number {
  if (a < b) return -1;
  return a === b ? 0 : 1;
}

/** Whether what follows `followed` is concerned by the change of `changed`. */
export function concerns(changed: Topic, followed: Topic): boolean {
  if (changed === followed) return true;
  const tree = restOf(changed, treeStart);
  const key = tree ?? restOf(changed, keyStart);
  if (key === undefined) return false;
  const prefix = restOf(followed, underStart);
  if (prefix !== undefined) return key.startsWith(prefix) || (tree !== undefined && prefix.startsWith(tree));
  return tree !== undefined && restOf(followed, keyStart)?.startsWith(tree) === true;
}

function restOf(topic: Topic, start: string): string | undefined {
  return topic.startsWith(start) ? topic.slice(start.length) : undefined;
}

/** Whether a commit that changed `changed` concerns what follows any of `followed`. */
export function concernsAny(changed: ReadonlySet<Topic>, followed: readonly Topic[]): boolean {
  return followed.some((topic) => changed.has(topic) || (isOfKeys(topic) && concernsOne(changed, topic)));
}

function isOfKeys(topic: Topic): boolean {
  return topic.startsWith(keyStart) || topic.startsWith(underStart);
}

function concernsOne(changed: ReadonlySet<Topic>, followed: Topic): boolean {
  for (const topic of changed) if (concerns(topic, followed)) return true;
  return false;
}
