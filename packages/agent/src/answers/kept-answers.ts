import { type CommitListener, type Topic, TopicMap } from '@hobnob/catalog';
import { type AnswerContent, KeptAnswer } from './kept-answer.ts';
import { RecentCommits } from './recent-commits.ts';

/** Answers beyond these bounds are made again when they are asked for. */
export interface KeptLimits {
  /** Default 10,000. */
  readonly answersMax?: number;
  /** Of all answers together; default 64 MiB. */
  readonly bytesMax?: number;
}

/** Of which state an answer is, and what it depends on. */
export interface AnswerSource {
  readonly topics: readonly Topic[];
  /** The number of the last commit that it contains. */
  readonly asOf: number;
  /** Whether every change of a topic concerns those who wait for another answer. */
  readonly wakesWhenOutdated: boolean;
}

/** How many answers are kept, what that takes, and what it saved since the start. */
export interface KeptStats {
  readonly answers: number;
  /** Roughly. */
  readonly bytes: number;
  /** Asked for and found. */
  readonly found: number;
  /** Made because there was none. */
  readonly made: number;
  /** Dropped because a commit changed what they say. */
  readonly outdated: number;
  /** Dropped to make room. */
  readonly evicted: number;
}

/** What the table needs. */
export interface KeptAnswersOptions extends KeptLimits {
  /** Of the catalog's watches. */
  readonly onCommit: (listener: CommitListener) => () => void;
}

/** What commits can make outdated: an answer that is kept or being made. */
interface Subject {
  readonly key: string;
  readonly topics: readonly Topic[];
  readonly wakesWhenOutdated: boolean;
}

/** An answer that is being made at this moment, for all who ask meanwhile. */
interface Making {
  readonly subject: Subject;
  readonly made: Promise<KeptAnswer | undefined>;
}

type Make = () => Promise<AnswerContent | undefined>;

/**
 * Answers as bytes, each until a commit names a topic that it depends on. A commit drops answers before its writer
 * hears of it, so no answer from here is older than a write that was acknowledged before the question came.
 */
export class KeptAnswers {
  readonly #limits: Required<KeptLimits>;
  readonly #recent = new RecentCommits();
  readonly #byKey = new Map<string, KeptAnswer>();
  readonly #making = new Map<string, Making>();
  readonly #byTopic = new TopicMap<string>();
  readonly #stop: () => void;
  #isClosed = false;
  #bytes = 0;
  #found = 0;
  #made = 0;
  #outdated = 0;
  #evicted = 0;

  constructor({ onCommit, answersMax = 10_000, bytesMax = 64 * 1024 * 1024 }: KeptAnswersOptions) {
    this.#limits = { answersMax, bytesMax };
    this.#stop = onCommit((topics, commit) => {
      this.#recent.add(topics, commit);
      if (topics === undefined) this.#dropAll();
      else this.#dropOf(topics);
    });
  }

  get stats(): KeptStats {
    return {
      answers: this.#byKey.size,
      bytes: this.#bytes,
      found: this.#found,
      made: this.#made,
      outdated: this.#outdated,
      evicted: this.#evicted,
    };
  }

  /** The answer that is right at this moment, if it is kept. */
  find(key: string): KeptAnswer | undefined {
    const answer = this.#byKey.get(key);
    if (answer === undefined) return undefined;
    answer.wasSent = true;
    this.#found += 1;
    return answer;
  }

  /**
   * The answer under `key`: the one that is kept, or that is being made, or what `make` gives for the state that
   * `source` names. Undefined when `make` finds it too large to be kept: then each caller sends it by itself.
   */
  async share(key: string, source: AnswerSource, make: Make): Promise<KeptAnswer | undefined> {
    const shared = this.find(key) ?? this.#making.get(key)?.made;
    if (shared !== undefined) return shared;
    this.#made += 1;
    const { topics, wakesWhenOutdated, asOf } = source;
    const subject = { key, topics, wakesWhenOutdated };
    if (this.#isClosed || !this.#recent.areUnchanged(topics, asOf)) {
      const content = await make();
      return content && new KeptAnswer({ ...subject, content, onGrowth: () => undefined });
    }
    const made = this.#make(subject, make);
    this.#making.set(key, { subject, made });
    this.#follow(subject);
    try {
      return await made;
    } finally {
      if (this.#isMaking(subject)) this.#forget(subject);
    }
  }

  /** Drops all, and keeps nothing from then on. */
  close(): void {
    this.#isClosed = true;
    this.#stop();
    this.#dropAll();
  }

  async #make(subject: Subject, make: Make): Promise<KeptAnswer | undefined> {
    const content = await make();
    if (content === undefined) return undefined;
    const answer: KeptAnswer = new KeptAnswer({
      ...subject,
      content,
      onGrowth: (bytes) => {
        if (this.#byKey.get(subject.key) !== answer) return;
        this.#bytes += bytes;
        this.#makeRoom();
      },
    });
    // Otherwise a commit has made it outdated meanwhile.
    if (this.#isMaking(subject)) {
      this.#making.delete(subject.key);
      this.#byKey.set(subject.key, answer);
      this.#bytes += answer.bytes;
      this.#makeRoom();
    }
    return answer;
  }

  #isMaking(subject: Subject): boolean {
    return this.#making.get(subject.key)?.subject === subject;
  }

  /** The oldest go first, those that were sent lately get a second chance. */
  #makeRoom(): void {
    const { answersMax, bytesMax } = this.#limits;
    for (const answer of this.#byKey.values()) {
      if (this.#byKey.size <= answersMax && this.#bytes <= bytesMax) return;
      if (answer.wasSent) {
        answer.wasSent = false;
        this.#byKey.delete(answer.key);
        this.#byKey.set(answer.key, answer);
      } else {
        this.#evicted += 1;
        this.#drop(answer.key);
      }
    }
  }

  #dropOf(topics: ReadonlySet<Topic>): void {
    const keys = new Set<string>();
    this.#byTopic.visit(topics, (key) => keys.add(key));
    for (const key of keys) {
      this.#outdated += 1;
      this.#drop(key);
    }
  }

  #dropAll(): void {
    for (const key of [...this.#byKey.keys(), ...this.#making.keys()]) this.#drop(key);
  }

  #drop(key: string): void {
    const answer = this.#byKey.get(key);
    const making = this.#making.get(key);
    if (answer !== undefined) {
      this.#byKey.delete(key);
      this.#bytes -= answer.bytes;
      this.#unfollow(answer);
      for (const outdated of answer.waiting) outdated();
      answer.waiting.clear();
    }
    if (making !== undefined) this.#forget(making.subject);
  }

  #forget(subject: Subject): void {
    this.#making.delete(subject.key);
    this.#unfollow(subject);
  }

  #follow({ key, topics }: Subject): void {
    for (const topic of topics) this.#byTopic.follow(topic, key);
  }

  #unfollow({ key, topics }: Subject): void {
    for (const topic of topics) this.#byTopic.unfollow(topic, key);
  }
}
