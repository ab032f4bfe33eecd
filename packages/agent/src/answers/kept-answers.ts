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
  /** Lets other work pass while thousands of answers are given up. Without it that is done in one go. */
  readonly nextTurn?: () => Promise<void>;
}

/** What commits can make outdated: an answer that is being made and then kept. */
interface Subject {
  readonly key: string;
  readonly topics: readonly Topic[];
  readonly wakesWhenOutdated: boolean;
  /** Nobody gets the answer from then on, and it is given up. */
  isOutdated: boolean;
  /** Once it is kept. */
  answer: KeptAnswer | undefined;
}

/** So many steps of giving up answers are done in one go. */
const stepsEach = 200;

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
  readonly #stop: () => void;
  readonly #nextTurn: (() => Promise<void>) | undefined;
  #byKey = new Map<string, Subject>();
  #making = new Map<string, Making>();
  #byTopic = new TopicMap<Subject>();
  /** What is to be given up. */
  #outdatedSubjects: Subject[] = [];
  #isGivingUp = false;
  #isClosed = false;
  #bytes = 0;
  #found = 0;
  #made = 0;
  #outdated = 0;
  #evicted = 0;

  constructor({ onCommit, nextTurn, answersMax = 10_000, bytesMax = 64 * 1024 * 1024 }: KeptAnswersOptions) {
    this.#limits = { answersMax, bytesMax };
    this.#nextTurn = nextTurn;
    this.#stop = onCommit((topics, commit) => {
      this.#recent.add(topics, commit);
      if (topics === undefined) this.#dropAll();
      else this.#outdate(topics);
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
    const subject = this.#byKey.get(key);
    if (subject?.answer === undefined || subject.isOutdated) return undefined;
    const { answer } = subject;
    answer.wasSent = true;
    this.#found += 1;
    return answer;
  }

  /**
   * The answer under `key`: the one that is kept, or that is being made, or what `make` gives for the state that
   * `source` names. Undefined when `make` finds it too large to be kept: then each caller sends it by itself.
   */
  async share(key: string, source: AnswerSource, make: Make): Promise<KeptAnswer | undefined> {
    const making = this.#making.get(key);
    const shared = this.find(key) ?? (making?.subject.isOutdated === false ? making.made : undefined);
    if (shared !== undefined) return shared;
    // One that is outdated and not given up yet makes room for the next.
    for (const outdated of [this.#byKey.get(key), making?.subject]) if (outdated) this.#takeOut(outdated);
    this.#made += 1;
    const { topics, wakesWhenOutdated, asOf } = source;
    const subject: Subject = { key, topics, wakesWhenOutdated, isOutdated: false, answer: undefined };
    if (this.#isClosed || !this.#recent.areUnchanged(topics, asOf)) {
      const content = await make();
      return (
        content && new KeptAnswer({ key, topics, wakesWhenOutdated, content, onGrowth: () => undefined })
      );
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

  /** Keeps an answer that was made in this turn of the event loop, unless another is kept or being made under `key`. */
  keep(key: string, source: AnswerSource, content: AnswerContent): void {
    const { topics, wakesWhenOutdated, asOf } = source;
    const others = [this.#byKey.get(key), this.#making.get(key)?.subject];
    if (this.#isClosed || others.some((other) => other?.isOutdated === false)) return;
    if (!this.#recent.areUnchanged(topics, asOf)) return;
    for (const outdated of others) if (outdated) this.#takeOut(outdated);
    this.#made += 1;
    const subject: Subject = { key, topics, wakesWhenOutdated, isOutdated: false, answer: undefined };
    this.#follow(subject);
    this.#put(subject, this.#answerOf(subject, content));
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
    const answer = this.#answerOf(subject, content);
    // Otherwise a commit has made it outdated meanwhile.
    if (this.#isMaking(subject) && !subject.isOutdated) {
      this.#making.delete(subject.key);
      this.#put(subject, answer);
    }
    return answer;
  }

  #answerOf(subject: Subject, content: AnswerContent): KeptAnswer {
    const { key, topics, wakesWhenOutdated } = subject;
    return new KeptAnswer({
      key,
      topics,
      wakesWhenOutdated,
      content,
      onGrowth: (bytes) => {
        if (this.#byKey.get(key) !== subject) return;
        this.#bytes += bytes;
        this.#makeRoom();
      },
    });
  }

  /** The topics of the subject are followed already. */
  #put(subject: Subject, answer: KeptAnswer): void {
    subject.answer = answer;
    this.#byKey.set(subject.key, subject);
    this.#bytes += answer.bytes;
    this.#makeRoom();
  }

  #isMaking(subject: Subject): boolean {
    return this.#making.get(subject.key)?.subject === subject;
  }

  /** The oldest go first, those that were sent lately get a second chance. */
  #makeRoom(): void {
    const { answersMax, bytesMax } = this.#limits;
    for (const subject of this.#byKey.values()) {
      if (this.#byKey.size <= answersMax && this.#bytes <= bytesMax) return;
      if (subject.answer?.wasSent === true && !subject.isOutdated) {
        subject.answer.wasSent = false;
        this.#byKey.delete(subject.key);
        this.#byKey.set(subject.key, subject);
      } else {
        if (!subject.isOutdated) this.#evicted += 1;
        this.#takeOut(subject);
        for (const outdated of subject.answer?.takeWaiting() ?? []) outdated();
      }
    }
  }

  /** From here on nobody gets what a commit concerns; giving up thousands of answers is done in turns. */
  #outdate(topics: ReadonlySet<Topic>): void {
    this.#byTopic.visit(topics, (subject) => {
      if (subject.isOutdated) return;
      subject.isOutdated = true;
      this.#outdated += 1;
      this.#outdatedSubjects.push(subject);
    });
    if (!this.#isGivingUp) void this.#giveUp();
  }

  async #giveUp(): Promise<void> {
    this.#isGivingUp = true;
    let steps = 0;
    while (this.#outdatedSubjects.length > 0) {
      const subjects = this.#outdatedSubjects;
      this.#outdatedSubjects = [];
      for (const subject of subjects) {
        this.#takeOut(subject);
        // Undefined stands for the answer itself.
        for (const outdated of [undefined, ...(subject.answer?.takeWaiting() ?? [])]) {
          outdated?.();
          steps += 1;
          if (this.#nextTurn !== undefined && steps % stepsEach === 0) await this.#nextTurn();
        }
      }
    }
    this.#isGivingUp = false;
  }

  #dropAll(): void {
    const kept = this.#byKey.values();
    const making = this.#making.values();
    this.#byKey = new Map();
    this.#making = new Map();
    this.#byTopic = new TopicMap();
    this.#bytes = 0;
    for (const { subject } of making) subject.isOutdated = true;
    for (const subject of kept) {
      subject.isOutdated = true;
      this.#outdatedSubjects.push(subject);
    }
    if (!this.#isGivingUp) void this.#giveUp();
  }

  /** Takes what is kept or being made out of the tables. */
  #takeOut(subject: Subject): void {
    const { key, answer } = subject;
    if (this.#isMaking(subject)) this.#forget(subject);
    if (this.#byKey.get(key) !== subject || answer === undefined) return;
    this.#byKey.delete(key);
    this.#bytes -= answer.bytes;
    this.#unfollow(subject);
  }

  #forget(subject: Subject): void {
    this.#making.delete(subject.key);
    this.#unfollow(subject);
  }

  #follow(subject: Subject): void {
    for (const topic of subject.topics) this.#byTopic.follow(topic, subject);
  }

  #unfollow(subject: Subject): void {
    for (const topic of subject.topics) this.#byTopic.unfollow(topic, subject);
  }
}
