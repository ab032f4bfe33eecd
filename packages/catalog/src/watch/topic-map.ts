import type { Topic } from '../store/topics.ts';

const keyStart = 'key:';
const underStart = 'keys-under:';
const treeStart = 'key-tree:';

/**
 * What follows topics, to be found by the topics that a commit changed. A changed key also concerns who follows a prefix
 * of it, and a removed tree all who follow a key in it or a prefix of it.
 */
export class TopicMap<Follower> {
  readonly #byTopic = new Map<Topic, Set<Follower>>();
  /** How many prefixes of each length are followed: only so many beginnings of a key are looked up. */
  readonly #prefixLengths = new Map<number, number>();

  follow(topic: Topic, follower: Follower): void {
    const followers = this.#byTopic.get(topic);
    if (followers !== undefined) {
      followers.add(follower);
      return;
    }
    this.#byTopic.set(topic, new Set([follower]));
    if (topic.startsWith(underStart)) this.#count(topic.length - underStart.length, 1);
  }

  unfollow(topic: Topic, follower: Follower): void {
    const followers = this.#byTopic.get(topic);
    if (followers === undefined || !followers.delete(follower) || followers.size > 0) return;
    this.#byTopic.delete(topic);
    if (topic.startsWith(underStart)) this.#count(topic.length - underStart.length, -1);
  }

  /** Visits everything that follows what a change of `topic` concerns; `visit` must not change the map. */
  visit(topic: Topic, visit: (follower: Follower) => void): void {
    this.#visitOne(topic, visit);
    if (topic.startsWith(keyStart)) this.#visitPrefixes(topic.slice(keyStart.length), visit);
    else if (topic.startsWith(treeStart)) this.#visitTree(topic.slice(treeStart.length), visit);
  }

  #visitOne(topic: Topic, visit: (follower: Follower) => void): void {
    for (const follower of this.#byTopic.get(topic) ?? []) visit(follower);
  }

  #visitPrefixes(key: string, visit: (follower: Follower) => void): void {
    for (const length of this.#prefixLengths.keys()) {
      if (length <= key.length) this.#visitOne(`${underStart}${key.slice(0, length)}`, visit);
    }
  }

  #visitTree(prefix: string, visit: (follower: Follower) => void): void {
    this.#visitPrefixes(prefix, visit);
    for (const topic of this.#byTopic.keys()) {
      const isBelow =
        topic.startsWith(`${keyStart}${prefix}`) ||
        // Who follows the prefix itself was visited with its beginnings.
        (topic.startsWith(`${underStart}${prefix}`) && topic.length > underStart.length + prefix.length);
      if (isBelow) this.#visitOne(topic, visit);
    }
  }

  #count(length: number, by: 1 | -1): void {
    const count = (this.#prefixLengths.get(length) ?? 0) + by;
    if (count === 0) this.#prefixLengths.delete(length);
    else this.#prefixLengths.set(length, count);
  }
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
