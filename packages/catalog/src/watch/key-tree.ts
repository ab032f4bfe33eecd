/** What follows a text: as a key of its own, or everything that begins with it. */
export type FollowedAs = 'key' | 'prefix';

/** A place in the tree: the texts of the edges from the root to it, joined, are its text. */
class Place<Follower> {
  /** The text of the edge that leads here. */
  edge: string;
  readonly followers: Record<FollowedAs, Set<Follower> | undefined> = { key: undefined, prefix: undefined };
  /** By the first unit of their edges. Most places have none below, and a map takes more than all the rest. */
  #below: Map<number, Place<Follower>> | undefined;

  constructor(edge: string) {
    this.edge = edge;
  }

  /** Whether it is needed for nothing but what may stand below it. */
  get isFree(): boolean {
    const { key, prefix } = this.followers;
    return key === undefined && prefix === undefined && this.belowCount <= 1;
  }

  get belowCount(): number {
    return this.#below?.size ?? 0;
  }

  below(): Iterable<Place<Follower>> {
    return this.#below?.values() ?? [];
  }

  /** The place whose edge begins with a unit. */
  next(unit: number): Place<Follower> | undefined {
    return this.#below?.get(unit);
  }

  put(place: Place<Follower>): void {
    this.#below ??= new Map();
    this.#below.set(place.edge.charCodeAt(0), place);
  }

  remove(place: Place<Follower>): void {
    this.#below?.delete(place.edge.charCodeAt(0));
  }
}

type Visit<Follower> = (follower: Follower) => void;

/**
 * Followers of keys and of prefixes as a radix tree: those whom a changed key concerns stand on the way to it, and those
 * whom a removed tree concerns also below its end. So a walk costs no more than the key has units, however many prefixes
 * are followed.
 */
export class KeyTree<Follower> {
  readonly #root: Place<Follower> = new Place('');

  /** How many places there are below the root. */
  get placesCount(): number {
    let count = -1;
    eachPlace(this.#root, () => {
      count += 1;
    });
    return count;
  }

  follow(text: string, as: FollowedAs, follower: Follower): void {
    const { followers } = this.#placeOf(text);
    followers[as] ??= new Set();
    followers[as].add(follower);
  }

  unfollow(text: string, as: FollowedAs, follower: Follower): void {
    const way = this.#wayTo(text);
    const place = way.at(-1);
    const followers = place?.followers[as];
    if (place === undefined || followers === undefined) return;
    followers.delete(follower);
    if (followers.size > 0) return;
    place.followers[as] = undefined;
    const [around, parent] = [way.at(-3), way.at(-2)];
    if (parent === undefined || !place.isFree) return;
    if (place.belowCount > 0) joinWithOnly(place, parent);
    else {
      parent.remove(place);
      if (around !== undefined && parent.isFree) joinWithOnly(parent, around);
    }
  }

  /**
   * Visits who follows one of the keys or a beginning of it. A key goes on from where its way leaves that of the key before
   * it, so that keys in order come to each place once.
   */
  visitKeys(keys: Iterable<string>, visit: Visit<Follower>): void {
    const way: WayPoint<Follower>[] = [{ place: this.#root, length: 0 }];
    let last: string | undefined;
    for (const key of keys) {
      if (last === undefined) visitEach(this.#root.followers.prefix, visit);
      else goBack(way, sharedLength(last, 0, key, 0));
      last = key;
      goOn(way, key, visit);
      const end = way.at(-1);
      if (end?.length === key.length) visitEach(end.place.followers.key, visit);
    }
  }

  /** Visits who follows a beginning of the prefix, or anything that begins with it. */
  visitTree(prefix: string, visit: Visit<Follower>): void {
    const way: WayPoint<Follower>[] = [{ place: this.#root, length: 0 }];
    visitEach(this.#root.followers.prefix, visit);
    goOn(way, prefix, visit);
    const end = way.at(-1) as WayPoint<Follower>;
    if (end.length === prefix.length) {
      visitEach(end.place.followers.key, visit);
      for (const place of end.place.below()) visitWhole(place, visit);
      return;
    }
    // The prefix may end within an edge.
    const next = end.place.next(prefix.charCodeAt(end.length));
    if (next?.edge.startsWith(prefix.slice(end.length)) === true) visitWhole(next, visit);
  }

  #placeOf(text: string): Place<Follower> {
    let place = this.#root;
    for (let at = 0; at < text.length; ) {
      const next = place.next(text.charCodeAt(at));
      if (next === undefined) {
        const end = new Place<Follower>(text.slice(at));
        place.put(end);
        return end;
      }
      const shared = sharedLength(next.edge, 0, text, at);
      place = shared === next.edge.length ? next : divide(place, next, shared);
      at += shared;
    }
    return place;
  }

  /** The places from the root to a text; empty when it is none. */
  #wayTo(text: string): readonly Place<Follower>[] {
    const way = [this.#root];
    for (let at = 0; at < text.length; ) {
      const next = way.at(-1)?.next(text.charCodeAt(at));
      if (next === undefined || !text.startsWith(next.edge, at)) return [];
      way.push(next);
      at += next.edge.length;
    }
    return way;
  }
}

/** A place and the length of its text. */
interface WayPoint<Follower> {
  readonly place: Place<Follower>;
  readonly length: number;
}

/** Leaves the way after so many units. */
function goBack<Follower>(way: WayPoint<Follower>[], length: number): void {
  while ((way.at(-1)?.length ?? 0) > length) way.pop();
}

/** Follows `key` from the end of the way as far as there are places, and visits who follows each as a prefix. */
function goOn<Follower>(way: WayPoint<Follower>[], key: string, visit: Visit<Follower>): void {
  for (let end = way.at(-1); end !== undefined && end.length < key.length; ) {
    const next = end.place.next(key.charCodeAt(end.length));
    if (next === undefined || !key.startsWith(next.edge, end.length)) return;
    end = { place: next, length: end.length + next.edge.length };
    way.push(end);
    visitEach(next.followers.prefix, visit);
  }
}

/** Puts a place on the edge to `next`, after so many units of it. */
function divide<Follower>(place: Place<Follower>, next: Place<Follower>, length: number): Place<Follower> {
  const middle = new Place<Follower>(next.edge.slice(0, length));
  place.put(middle);
  next.edge = next.edge.slice(length);
  middle.put(next);
  return middle;
}

/** Puts the only place below `place` into its place below `parent`. */
function joinWithOnly<Follower>(place: Place<Follower>, parent: Place<Follower>): void {
  for (const only of place.below()) {
    only.edge = place.edge + only.edge;
    parent.put(only);
  }
}

function visitWhole<Follower>(top: Place<Follower>, visit: Visit<Follower>): void {
  eachPlace(top, ({ followers }) => {
    visitEach(followers.key, visit);
    visitEach(followers.prefix, visit);
  });
}

/** Keys are longer than a stack of calls is deep. */
function eachPlace<Follower>(top: Place<Follower>, use: (place: Place<Follower>) => void): void {
  const open = [top];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    use(place);
    for (const next of place.below()) open.push(next);
  }
}

function visitEach<Follower>(followers: ReadonlySet<Follower> | undefined, visit: Visit<Follower>): void {
  if (followers !== undefined) for (const follower of followers) visit(follower);
}

/** How many units two texts share from where they are looked at. */
function sharedLength(a: string, fromA: number, b: string, fromB: number): number {
  const most = Math.min(a.length - fromA, b.length - fromB);
  let length = 0;
  while (length < most && a.charCodeAt(fromA + length) === b.charCodeAt(fromB + length)) length += 1;
  return length;
}
