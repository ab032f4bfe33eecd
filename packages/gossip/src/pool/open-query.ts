import { GossipError } from '../errors.ts';
import type { PayloadType } from '../payload.ts';
import type { Query, QueryAck, QueryResponse, QueryResult } from '../query.ts';
import type { RequestAnswer, RequestResult, UnreadableAnswer } from '../request.ts';

export interface OpenQueryParts {
  readonly membersCount: number;
  /** The names of the members that receive the query; undefined when they are not known. */
  readonly recipients: Iterable<string> | undefined;
  /** Whether the query also waits for acks. */
  readonly needsAcks: boolean;
  /** Called once when the query ends before its timeout. */
  readonly onEnd: () => void;
}

/** A query as its caller sees it: collects acks and responses. The core bounds them: it reports one of each per member. */
export class OpenQuery implements Query {
  readonly done: Promise<QueryResult>;
  readonly membersCount: number;
  readonly #onEnd: () => void;
  readonly #acks = new AnswerLog<QueryAck>();
  readonly #responses = new AnswerLog<QueryResponse>();
  /** The members that have not responded yet; undefined when the recipients are not known. */
  readonly #unanswered: Set<string> | undefined;
  readonly #unacked: Set<string> | undefined;
  #settle: (result: QueryResult) => void = () => undefined;
  #isOver = false;

  constructor({ membersCount, recipients, needsAcks, onEnd }: OpenQueryParts) {
    this.membersCount = membersCount;
    this.#onEnd = onEnd;
    if (recipients !== undefined) {
      this.#unanswered = new Set(recipients);
      this.#unacked = new Set(needsAcks ? recipients : []);
    }
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
    this.#endEarly('aborted');
  }

  answered(from: string, kind: 'ack' | 'response', payload: Uint8Array): void {
    if (kind === 'ack') {
      this.#acks.push({ from });
      this.#unacked?.delete(from);
    } else {
      this.#responses.push({ from, payload });
      this.#unanswered?.delete(from);
    }
    if (this.#unanswered?.size === 0 && this.#unacked?.size === 0) this.#endEarly('all-answered');
  }

  finish(ended: QueryResult['ended']): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#acks.end();
    this.#responses.end();
    this.#settle({
      acks: this.#acks.items.map(({ from }) => from),
      responses: [...this.#responses.items],
      membersCount: this.membersCount,
      unanswered: this.#unanswered && [...this.#unanswered].sort(),
      ended,
    });
  }

  #endEarly(ended: QueryResult['ended']): void {
    if (this.#isOver) return;
    this.#onEnd();
    this.finish(ended);
  }
}

/** A list that grows until it ends, with any number of readers. */
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

/**
 * Waits until a query has ended and unpacks its responses.
 * @throws GossipError GOSSIP_CLOSED when the gossip was closed meanwhile; the signal's reason when it aborted.
 */
export async function collectAnswers<A>(
  query: Query,
  answer: Pick<PayloadType<A, never>, 'unpack'> | undefined,
  signal: AbortSignal | undefined,
): Promise<RequestResult<A>> {
  const { responses, unanswered, membersCount, ended } = await query.done;
  if (ended === 'aborted') throw signal?.reason;
  if (ended === 'closed') throw new GossipError('GOSSIP_CLOSED', 'the gossip was closed during a request');
  const answers: RequestAnswer<A>[] = [];
  const unreadable: UnreadableAnswer[] = [];
  for (const { from, payload } of responses) {
    try {
      // Without `answer`, `A` is bytes. Awaited, because a custom `unpack` may be asynchronous.
      answers.push({ from, value: answer === undefined ? (payload as A) : await answer.unpack(payload) });
    } catch (error) {
      unreadable.push({ from, payload, error });
    }
  }
  return { answers, unreadable, unanswered, membersCount, ended };
}
