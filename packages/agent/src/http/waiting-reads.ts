import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { everything } from '@hobnob/catalog';
import { keyOf } from '../answers/answer-key.ts';
import type { AnswerForm, KeptAnswer } from '../answers/kept-answer.ts';
import type { OwnCatalog } from '../answers/own-catalog.ts';
import { setWaitDeadline } from './wait-deadline.ts';
import type { WaitTarget } from './wait-target.ts';

/** More wait in the catalog's own watches, which have a bound too. */
const readsMax = 100_000;
/** Waits of this length and more end together with others of the same moment; the added jitter is longer. */
const sharedWaitMs = 5_000;
const sharedMomentMs = 50;

/** A request that may wait. */
export interface HeldExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly isGzip: boolean;
  /** When it came, on the clock of `performance`. */
  readonly startedMs: number;
}

/** A blocking query that waits for a kept answer to become outdated. */
interface WaitingRead extends HeldExchange {
  readonly key: string;
  readonly index: number;
  readonly deadlineMs: number;
  readonly outdated: () => void;
  /** Undefined while it looks for the next one. */
  answer: KeptAnswer | undefined;
  isOver: boolean;
}

/** Reads whose time ends together. */
interface Moment {
  readonly reads: Set<WaitingRead>;
  readonly cancel: () => void;
}

export interface WaitingReadsParts {
  readonly catalog: OwnCatalog;
  readonly send: (exchange: HeldExchange, form: AnswerForm) => void;
  readonly next: RequestListener;
}

/**
 * Blocking queries whose answer is kept and known to the client: they hold nothing but their socket until a commit
 * makes that answer outdated. Then one of them goes to the route, which asks the catalog and keeps the new answer, and
 * the others get its bytes.
 */
export class WaitingReads {
  readonly #catalog: OwnCatalog;
  readonly #send: WaitingReadsParts['send'];
  readonly #next: RequestListener;
  readonly #byDeadline = new Map<number, Moment>();
  /** The keys of which a read was given to its route in the turn of that number. */
  readonly #asked = { turn: 0, keys: new Set<string>() };
  #count = 0;

  constructor({ catalog, send, next }: WaitingReadsParts) {
    this.#catalog = catalog;
    this.#send = send;
    this.#next = next;
  }

  /** Answers a read or lets it wait. False when it does not know the answer that the client has. */
  take(exchange: HeldExchange, { target, index, waitMs }: WaitTarget): boolean {
    const key = keyOf(target, everything);
    const { kept, clock, waitTimeMs } = this.#catalog;
    // Of a response behind others of its connection Node does not say that its client is gone.
    if (exchange.response.socket === null || this.#count >= readsMax) return false;
    const answer = kept.find(key);
    if (answer === undefined || !answer.wakesWhenOutdated) return false;
    if (answer.index > index) return this.#answer(exchange, answer);
    const read: WaitingRead = {
      ...exchange,
      key,
      index,
      deadlineMs: momentOf(clock.nowMs(), waitTimeMs(waitMs)),
      outdated: () => void this.#lookAgain(read),
      answer,
      isOver: false,
    };
    exchange.response.once('close', () => this.#end(read));
    answer.waiting.add(read.outdated);
    this.#endAtDeadline(read);
    this.#count += 1;
    return true;
  }

  #answer(exchange: HeldExchange, answer: KeptAnswer): boolean {
    const form = exchange.isGzip ? answer.gzip() : answer.plain;
    if (form instanceof Promise) return false;
    this.#send(exchange, form);
    return true;
  }

  async #lookAgain(read: WaitingRead): Promise<void> {
    const { kept, turns, clock } = this.#catalog;
    read.answer = undefined;
    await turns.next();
    while (!read.isOver) {
      const answer = kept.find(read.key);
      const hasTime = clock.nowMs() < read.deadlineMs;
      if (hasTime && answer !== undefined && answer.index <= read.index && answer.wakesWhenOutdated) {
        read.answer = answer;
        answer.waiting.add(read.outdated);
        return;
      }
      // One read of a turn asks for all; by the next turn there is what the others look for.
      if (answer === undefined && this.#isAsked(read.key)) {
        await turns.next();
        continue;
      }
      this.#end(read);
      if (answer !== undefined && answer.index > read.index && this.#answer(read, answer)) return;
      this.#giveToRoute(read);
    }
  }

  #giveToRoute(read: WaitingRead): void {
    if (!this.#isAsked(read.key)) this.#asked.keys.add(read.key);
    setWaitDeadline(read.request, read.deadlineMs);
    this.#next(read.request, read.response);
  }

  #isAsked(key: string): boolean {
    const { count } = this.#catalog.turns;
    if (this.#asked.turn !== count) {
      this.#asked.turn = count;
      this.#asked.keys.clear();
    }
    return this.#asked.keys.has(key);
  }

  /** Its time is over: the answer that the client has is still right. */
  async #expire(read: WaitingRead): Promise<void> {
    await this.#catalog.turns.next();
    const { answer } = read;
    // Without an answer it looks for the next one, and sees that its time is over.
    if (read.isOver || answer === undefined) return;
    this.#end(read);
    if (!this.#answer(read, answer)) this.#giveToRoute(read);
  }

  #end(read: WaitingRead): void {
    if (read.isOver) return;
    read.isOver = true;
    this.#count -= 1;
    read.answer?.waiting.delete(read.outdated);
    const moment = this.#byDeadline.get(read.deadlineMs);
    moment?.reads.delete(read);
    if (moment?.reads.size !== 0) return;
    moment.cancel();
    this.#byDeadline.delete(read.deadlineMs);
  }

  #endAtDeadline(read: WaitingRead): void {
    const { deadlineMs } = read;
    const known = this.#byDeadline.get(deadlineMs);
    if (known !== undefined) {
      known.reads.add(read);
      return;
    }
    const reads = new Set([read]);
    const cancel = this.#catalog.clock.wakeAt(deadlineMs, () => {
      this.#byDeadline.delete(deadlineMs);
      for (const due of reads) void this.#expire(due);
    });
    this.#byDeadline.set(deadlineMs, { reads, cancel });
  }
}

function momentOf(nowMs: number, waitMs: number): number {
  const deadlineMs = nowMs + waitMs;
  return waitMs < sharedWaitMs ? deadlineMs : Math.ceil(deadlineMs / sharedMomentMs) * sharedMomentMs;
}
