import type { Topic } from '@hobnob/catalog';
import { gzip } from './gzip.ts';

/** What is sent for a question, with status 200. */
export interface AnswerContent {
  /** The index that the headers name. */
  readonly index: number;
  /** Names and values in turn, in the letter case in which they are sent, without those about the body. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** One form of an answer as Node sends it without looking at it again. */
export interface AnswerForm {
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** What an answer is made of. */
export interface KeptAnswerParts {
  readonly key: string;
  readonly topics: readonly Topic[];
  readonly wakesWhenOutdated: boolean;
  readonly content: AnswerContent;
  /** Told how many bytes it has grown by. */
  readonly onGrowth: (bytes: number) => void;
}

/** An answer that may be sent to everyone who asks the same until a commit changes one of its topics. */
export class KeptAnswer {
  readonly key: string;
  readonly topics: readonly Topic[];
  readonly content: AnswerContent;
  /** Whether a client that has this answer may wait until it is outdated: nothing else wakes it then. */
  readonly wakesWhenOutdated: boolean;
  /** Called when the answer is outdated or given up. */
  readonly waiting = new Set<() => void>();
  readonly plain: AnswerForm;
  /** Asked for again since room was made last. */
  wasSent = false;
  readonly #onGrowth: (bytes: number) => void;
  #gzipped: AnswerForm | undefined;
  #gzipping: Promise<AnswerForm> | undefined;

  constructor({ key, topics, wakesWhenOutdated, content, onGrowth }: KeptAnswerParts) {
    this.key = key;
    this.topics = topics;
    this.wakesWhenOutdated = wakesWhenOutdated;
    this.content = content;
    this.plain = formOf(content.headers, content.body);
    this.#onGrowth = onGrowth;
  }

  /** Those who wait for it to be outdated, each to be called once. */
  takeWaiting(): readonly (() => void)[] {
    const waiting = [...this.waiting];
    this.waiting.clear();
    return waiting;
  }

  get index(): number {
    return this.content.index;
  }

  /** What it takes in memory, roughly. */
  get bytes(): number {
    return overheadBytes + 2 * this.key.length + this.content.body.length + (this.#gzipped?.body.length ?? 0);
  }

  /** The gzip form; made for the first who asks for it. */
  gzip(): AnswerForm | Promise<AnswerForm> {
    if (this.#gzipped !== undefined) return this.#gzipped;
    if (this.#gzipping !== undefined) return this.#gzipping;
    const made = gzip(this.content.body);
    if (!(made instanceof Promise)) return this.#takeGzipped(made);
    this.#gzipping = made.then((body) => this.#takeGzipped(body));
    return this.#gzipping;
  }

  #takeGzipped(body: Buffer): AnswerForm {
    this.#gzipped = formOf(['Content-Encoding', 'gzip', ...this.content.headers], body);
    this.#gzipping = undefined;
    this.#onGrowth(body.length);
    return this.#gzipped;
  }
}

/** Objects, headers and the places in tables. */
const overheadBytes = 2048;

function formOf(headers: readonly string[], body: Buffer): AnswerForm {
  return { headers: [...headers, 'Content-Length', String(body.length)], body };
}
