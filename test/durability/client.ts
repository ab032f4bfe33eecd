import type { KeyShown, KvOutput } from '@hobnob/catalog/testing';
import type { HttpCaller } from '../support/http-caller.ts';
import { nextOperation, type Random, type Session } from './plan.ts';
import { callOf, type Done, type Input, outputOf } from './requests.ts';

/** Where a client writes down what it did. */
export interface Record {
  readonly nowMs: () => number;
  readonly round: () => number;
  add(done: Done): void;
}

/** How a request ended: 'lost' when the connection did not live, or did not answer in time. */
export type Sent = 'answered' | 'lost';

/** One client, which does one thing after the other and writes down what it was answered. */
export class RecordingClient {
  readonly #name: string;
  readonly #record: Record;
  readonly #random: Random;
  readonly #indexes = new Map<string, number>();
  readonly #sessions = new Map<string, Session>();
  #values = 0;

  constructor(name: string, random: Random, record: Record) {
    this.#name = name;
    this.#random = random;
    this.#record = record;
  }

  /** Does what its plan says next. */
  async next(caller: HttpCaller): Promise<Sent> {
    this.#values += 1;
    const memory = { indexes: this.#indexes, sessions: this.#sessions };
    const planned = nextOperation(this.#random, `${this.#name}.${this.#values}`, memory);
    if ('sessionFor' in planned) return this.#createSession(caller, planned.sessionFor, planned.behavior);
    const sent = await this.send(caller, planned);
    if (planned.kv.kind === 'end-session') this.#sessions.delete(planned.object);
    return sent;
  }

  /** Sends one operation and writes it down. What a refused connection did not take has surely not happened. */
  async send(caller: HttpCaller, input: Input): Promise<Sent> {
    const calledAt = this.#record.nowMs();
    const about = { client: this.#name, round: this.#record.round(), input, calledAt };
    let output: KvOutput | undefined;
    let sent: Sent = 'answered';
    try {
      output = outputOf(input.kv, await caller.send(callOf(input.kv)));
    } catch (error) {
      if (!(error instanceof Error) || !isLoss(error)) throw error;
      if ('code' in error && error.code === 'ECONNREFUSED') return 'lost';
      sent = 'lost';
    }
    const returnedAt = output === undefined ? Number.POSITIVE_INFINITY : this.#record.nowMs();
    this.#record.add({ ...about, output, returnedAt });
    this.#remember(input, output);
    return sent;
  }

  #remember({ kv }: Input, output: KvOutput | undefined): void {
    if (output?.kind === 'shown' && kv.kind === 'get') this.#rememberKey(kv.key, output.entry);
    if (output?.kind !== 'results' || kv.kind !== 'txn') return;
    const gets = kv.actions.filter(({ kind }) => kind === 'get');
    for (const [at, entry] of (output.shown ?? []).entries()) this.#rememberKey(gets[at]?.key ?? '', entry);
  }

  #rememberKey(key: string, entry: KeyShown | null): void {
    if (entry === null) this.#indexes.delete(key);
    else this.#indexes.set(key, entry.index);
  }

  /** A session that no one was told the id of is not missed. */
  async #createSession(caller: HttpCaller, lock: string, behavior: Session['behavior']): Promise<Sent> {
    const body = { LockDelay: '0s', Behavior: behavior, NodeChecks: [], ServiceChecks: [] };
    try {
      const answer = await caller.send({ method: 'PUT', path: '/v1/session/create', body });
      if (answer.status === 200) {
        const { ID: id } = JSON.parse(answer.body) as { ID: string };
        this.#sessions.set(lock, { id, behavior });
      } else if (answer.status !== 500) throw new Error(`a session: ${answer.status} ${answer.body}`);
      return 'answered';
    } catch (error) {
      if (error instanceof Error && isLoss(error)) return 'lost';
      throw error;
    }
  }
}

/** Whether the connection is to blame, or the time that the caller had. */
function isLoss(error: Error): boolean {
  const code = 'code' in error ? `${error.code}` : '';
  const isClosed = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(code);
  return isClosed || error.message === 'aborted' || / no answer within /.test(error.message);
}
