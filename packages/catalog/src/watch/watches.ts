import { CatalogError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import type { Answer } from '../store/queries/answer.ts';
import type { Topic } from '../store/topics.ts';
import { sliceMs } from './time-slice.ts';
import { TopicMap } from './topic-map.ts';

/** A question that may be asked again. */
export interface Question<T> {
  /** The same for questions that have the same answer: method, arguments and what the caller may see. */
  readonly key: string;
  readonly ask: () => Answer<T>;
}

export interface WaitOptions {
  /** The caller knows the answers up to this index. 0 means not to wait. */
  readonly minIndex: number;
  readonly waitMs: number;
  /** Ends the wait with its reason, and frees it. */
  readonly signal?: AbortSignal | undefined;
}

/** An answer, and of which commit it is. */
export interface Found<T> extends Answer<T> {
  /** The number of the last commit that it contains, as listeners of commits are told it. */
  readonly asOf: number;
  /** Whether the caller has waited for it. */
  readonly hasWaited: boolean;
}

/**
 * Called with the topics of a commit and its number, counted from 1; without topics when the whole state was replaced
 * by another one.
 */
export type CommitListener = (topics: ReadonlySet<Topic> | undefined, commit: number) => void;

/** One caller who waits. */
interface Waiter<T> {
  /** Below every index once the store is another one. */
  minIndex: number;
  settle(answer: Found<T>): void;
  fail(error: unknown): void;
}

/** What tells of an answer whom it concerns and when it is outdated. */
type Standing = Pick<Found<unknown>, 'index' | 'topics' | 'indexTopics' | 'asOf'>;

/** All who wait for the answer to one question. */
interface Group<T> {
  readonly question: Question<T>;
  readonly waiters: Set<Waiter<T>>;
  standing: Standing;
}

/** What watches need. */
export interface WatchesOptions {
  readonly clock: Clock;
  /** More waits are refused. Default 100,000, which take about 100 MB. */
  readonly waitersMax?: number;
}

/** How many wait, and what that costs. */
export interface WatchesStats {
  readonly waiters: number;
  readonly groups: number;
  /** How often a question was asked since the start. */
  readonly asked: number;
  readonly refused: number;
}

/**
 * Callers that wait for answers to change. A commit names the topics that it changed; only groups whose answer depends
 * on one of them ask again, each once for all its callers. Source: consensus-and-rpc.md 4.1.
 */
export class Watches {
  readonly #clock: Clock;
  readonly #waitersMax: number;
  // A key stands for one question, and so for one type of answer.
  readonly #groups = new Map<string, Group<unknown>>();
  readonly #byTopic = new TopicMap<Group<unknown>>();
  readonly #dirty = new Set<Group<unknown>>();
  /**
   * The answers of the state of now. A value may hold whole tables: kept longer, each group would hold those of the moment
   * when it began to wait.
   */
  #found = new Map<Group<unknown>, Found<unknown>>();
  readonly #listeners = new Set<CommitListener>();
  /** The commit that changed a topic last, for topics of which answers report the index. */
  readonly #changedAt = new Map<Topic, number>();
  /** What a flush has left for later turns. */
  #slice: Generator<undefined, void, undefined> | undefined;
  #commits = 0;
  #waitersCount = 0;
  #asked = 0;
  #refused = 0;
  #closed: { readonly reason: unknown } | undefined;

  constructor({ clock, waitersMax = 100_000 }: WatchesOptions) {
    this.#clock = clock;
    this.#waitersMax = waitersMax;
  }

  get stats(): WatchesStats {
    return {
      waiters: this.#waitersCount,
      groups: this.#groups.size,
      asked: this.#asked,
      refused: this.#refused,
    };
  }

  /** Calls `listener` at every commit, before any caller is answered. Returns the unsubscribe. */
  onCommit(listener: CommitListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Records what a commit changed. Callers are answered by `flush`. */
  publish(topics: ReadonlySet<Topic>): void {
    this.#commits += 1;
    this.#found = new Map();
    for (const topic of topics) {
      if (this.#changedAt.has(topic)) this.#changedAt.set(topic, this.#commits);
    }
    this.#byTopic.visit(topics, (group) => this.#dirty.add(group));
    for (const listener of this.#listeners) listener(topics, this.#commits);
  }

  /**
   * Asks the questions again that commits have changed, and answers the callers whose index is behind. What takes long goes
   * on after `endMs` in later turns of the event loop, and then sees the state of then.
   */
  flush(endMs = this.#clock.nowMs() + sliceMs): void {
    // A slice that waits for its turn comes to what is new as well.
    if (this.#slice !== undefined || this.#dirty.size === 0) return;
    this.#goOn(this.#flushSteps(), endMs);
  }

  #goOn(steps: Generator<undefined, void, undefined>, endMs: number): void {
    this.#slice = undefined;
    while (steps.next().done !== true) {
      const nowMs = this.#clock.nowMs();
      if (nowMs < endMs) continue;
      this.#slice = steps;
      this.#clock.wakeAt(nowMs, () => this.#goOn(steps, this.#clock.nowMs() + sliceMs));
      return;
    }
  }

  *#flushSteps(): Generator<undefined, void, undefined> {
    for (const group of this.#dirty) {
      this.#dirty.delete(group);
      const answer = this.#askAgain(group);
      if (answer !== undefined) {
        for (const waiter of group.waiters) {
          if (answer.index <= waiter.minIndex) continue;
          waiter.settle(answer);
          yield;
        }
      }
      yield;
    }
  }

  /** Answers all callers: the store is another one, and its indexes may be smaller. */
  replaced(): void {
    this.#commits += 1;
    this.#found = new Map();
    for (const topic of this.#changedAt.keys()) this.#changedAt.set(topic, this.#commits);
    for (const listener of this.#listeners) listener(undefined, this.#commits);
    for (const group of this.#groups.values()) {
      for (const waiter of group.waiters) waiter.minIndex = -1;
      this.#dirty.add(group);
    }
    this.flush();
  }

  /** Fails all who wait with `reason`, and those who would wait later. */
  close(reason: unknown): void {
    this.#closed ??= { reason };
    for (const { waiters } of [...this.#groups.values()]) {
      for (const waiter of waiters) waiter.fail(reason);
    }
  }

  /** The answer of now. @throws What the question throws. */
  answerOf<T>(ask: Question<T>['ask']): Found<T> {
    this.#asked += 1;
    const { index, value, topics, indexTopics } = ask();
    return {
      index: Math.max(index, 1),
      value,
      topics,
      indexTopics,
      asOf: this.#commits,
      hasWaited: false,
    };
  }

  /**
   * The answer as soon as its index is above `minIndex`; after `waitMs` the answer of then.
   * @throws CatalogError CATALOG_BUSY when too many wait; what the question throws; the reason of `signal` or
   * of `close`.
   */
  async wait<T>(question: Question<T>, options: WaitOptions): Promise<Found<T>> {
    options.signal?.throwIfAborted();
    if (options.minIndex <= 0) return this.answerOf(question.ask);
    const group = this.#join(question);
    if (group.standing.index > options.minIndex) {
      const found = this.#foundOf(group);
      this.#leaveIfEmpty(group);
      return found ?? this.answerOf(question.ask);
    }
    if (this.#closed !== undefined) {
      this.#leaveIfEmpty(group);
      throw this.#closed.reason;
    }
    if (this.#waitersCount >= this.#waitersMax) {
      this.#leaveIfEmpty(group);
      this.#refused += 1;
      throw new CatalogError('CATALOG_BUSY', `${this.#waitersMax} blocking queries are waiting already`);
    }
    return await this.#waitIn(group, options);
  }

  #waitIn<T>(group: Group<T>, { minIndex, waitMs, signal }: WaitOptions): Promise<Found<T>> {
    return new Promise((resolve, reject) => {
      const end = () => {
        cancel();
        signal?.removeEventListener('abort', abort);
        group.waiters.delete(waiter);
        this.#waitersCount -= 1;
        this.#leaveIfEmpty(group);
      };
      const waiter: Waiter<T> = {
        minIndex,
        settle: (answer) => {
          end();
          resolve({ ...answer, hasWaited: true });
        },
        fail: (error) => {
          end();
          reject(error);
        },
      };
      const abort = () => waiter.fail(signal?.reason);
      const cancel = this.#clock.wakeAt(this.#clock.nowMs() + waitMs, () => {
        const answer = this.#foundOf(group) ?? this.#askAgain(group);
        if (answer !== undefined) waiter.settle(answer);
      });
      signal?.addEventListener('abort', abort, { once: true });
      group.waiters.add(waiter);
      this.#waitersCount += 1;
    });
  }

  /** The group of a question, as its answer stands now. */
  #join<T>(question: Question<T>): Group<T> {
    const existing = this.#groups.get(question.key) as Group<T> | undefined;
    if (existing !== undefined && this.#refresh(existing)) return existing;
    const answer = this.answerOf(question.ask);
    const group: Group<T> = { question, waiters: new Set(), standing: standingOf(answer) };
    this.#groups.set(question.key, group as Group<unknown>);
    this.#found.set(group as Group<unknown>, answer);
    this.#follow(group, answer);
    return group;
  }

  /** Asks again when a commit has changed the answer or the index that it reports. False when that fails. */
  #refresh<T>(group: Group<T>): boolean {
    const { asOf, indexTopics } = group.standing;
    const hasMoved = (topic: Topic) => (this.#changedAt.get(topic) ?? 0) > asOf;
    const isStale = this.#dirty.has(group as Group<unknown>) || indexTopics.some(hasMoved);
    return !isStale || this.#askAgain(group) !== undefined;
  }

  /** The answer of now, if it was asked for since the last commit. */
  #foundOf<T>(group: Group<T>): Found<T> | undefined {
    return this.#found.get(group as Group<unknown>) as Found<T> | undefined;
  }

  /** Undefined when the question fails, and with it all who wait for it. */
  #askAgain<T>(group: Group<T>): Found<T> | undefined {
    try {
      const answer = this.answerOf(group.question.ask);
      this.#unfollow(group, group.standing);
      this.#follow(group, answer);
      group.standing = standingOf(answer);
      this.#found.set(group as Group<unknown>, answer);
      return answer;
    } catch (error) {
      for (const waiter of group.waiters) waiter.fail(error);
      return undefined;
    }
  }

  #follow<T>(group: Group<T>, { topics, indexTopics }: Standing): void {
    for (const topic of topics) {
      this.#byTopic.follow(topic, group as Group<unknown>);
    }
    for (const topic of indexTopics) {
      if (!this.#changedAt.has(topic)) this.#changedAt.set(topic, this.#commits);
    }
  }

  #unfollow<T>(group: Group<T>, { topics }: Standing): void {
    for (const topic of topics) {
      this.#byTopic.unfollow(topic, group as Group<unknown>);
    }
  }

  #leaveIfEmpty<T>(group: Group<T>): void {
    if (group.waiters.size > 0) return;
    this.#unfollow(group, group.standing);
    this.#dirty.delete(group as Group<unknown>);
    this.#found.delete(group as Group<unknown>);
    const { key } = group.question;
    if (this.#groups.get(key) === (group as Group<unknown>)) this.#groups.delete(key);
  }
}

function standingOf({ index, topics, indexTopics, asOf }: Found<unknown>): Standing {
  return { index, topics, indexTopics, asOf };
}
