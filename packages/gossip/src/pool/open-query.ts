import type { Query, QueryAck, QueryResponse, QueryResult } from '../query.ts';

/** The caller's end of a query: collects what the core tells. Bounded by the core, which tells each answer once. */
export class OpenQuery implements Query {
  readonly done: Promise<QueryResult>;
  readonly #membersCount: number;
  readonly #onEnd: () => void;
  readonly #acks = new AnswerLog<QueryAck>();
  readonly #responses = new AnswerLog<QueryResponse>();
  #settle: (result: QueryResult) => void = () => undefined;
  #isOver = false;

  /** @param onEnd called once when the caller ends the query before its time. */
  constructor(membersCount: number, onEnd: () => void) {
    this.#membersCount = membersCount;
    this.#onEnd = onEnd;
    this.done = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  responses(): AsyncIterableIterator<QueryResponse> {
    return this.#responses.read();
  }

  acks(): AsyncIterableIterator<QueryAck> {
    return this.#acks.read();
  }

  end(): void {
    if (this.#isOver) return;
    this.#onEnd();
    this.finish('aborted');
  }

  answered(from: string, kind: 'ack' | 'response', payload: Uint8Array): void {
    if (kind === 'ack') this.#acks.push({ from });
    else this.#responses.push({ from, payload });
  }

  finish(ended: QueryResult['ended']): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#acks.end();
    this.#responses.end();
    this.#settle({
      acks: this.#acks.items.map(({ from }) => from),
      responses: [...this.#responses.items],
      membersCount: this.#membersCount,
      ended,
    });
  }
}

/** A list that grows until it ends, and that any number of readers follow. */
class AnswerLog<T> {
  readonly items: T[] = [];
  readonly #waiting: (() => void)[] = [];
  #isEnded = false;

  push(item: T): void {
    this.items.push(item);
    this.#wake();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  async *read(): AsyncGenerator<T, undefined, undefined> {
    for (let next = 0; ; next += 1) {
      while (next >= this.items.length) {
        if (this.#isEnded) return;
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
      yield this.items[next] as T;
    }
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
