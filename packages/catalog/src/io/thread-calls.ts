import type { Worker } from 'node:worker_threads';
import { CatalogError } from '../errors.ts';
import type { WorkerReply } from './lmdb-messages.ts';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: CatalogError) => void;
}

/**
 * Tasks for a worker thread, each of which is answered once. A thread that ends, for whatever reason, fails all that wait
 * and all that come later: a log whose thread is gone must not look like one that is slow.
 */
export class ThreadCalls<Task extends object> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #isClosed = false;
  /** Why the thread answers no more. */
  #gone: CatalogError | undefined;
  #onEnd: ((error: CatalogError) => void) | undefined;

  /** @param explain What to say of an error that the thread did not catch. */
  constructor(worker: Worker, explain = faultOf) {
    this.#worker = worker;
    worker.on('message', (reply: WorkerReply) => this.#take(reply));
    worker.on('error', (error) => this.#end(explain(error)));
    worker.on('messageerror', (error) => this.#end(explain(error)));
    worker.on('exit', () => this.#end('its thread has ended'));
  }

  /** @throws CatalogError CATALOG_DISK for what the thread reports, and when it is gone; CATALOG_CLOSED. */
  ask(task: Task): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(new CatalogError('CATALOG_CLOSED', 'the log is closed'));
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...task });
    });
  }

  /** Told once when the thread ends without `close`; at once when it has. */
  onEnd(listener: (error: CatalogError) => void): void {
    if (this.#gone === undefined) this.#onEnd = listener;
    else listener(this.#gone);
  }

  /** Asks the thread to end with `last`, and resolves when it has. May be called twice. */
  async close(last: Task): Promise<void> {
    if (this.#isClosed) return;
    const hasEnded = this.#worker.threadId === -1;
    // An error at the end ends the thread as well; `once` of node:events would reject before anybody waits for it.
    const ended = hasEnded
      ? undefined
      : new Promise<void>((resolve) => {
          this.#worker.once('exit', () => resolve());
        });
    // A thread that cannot end in order is ended.
    const asked = this.ask(last).catch(() => this.#worker.terminate());
    this.#isClosed = true;
    await asked;
    await ended;
  }

  async terminate(): Promise<void> {
    this.#isClosed = true;
    await this.#worker.terminate();
  }

  #take({ id, value, error }: WorkerReply): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(unusable(error));
  }

  #end(reason: string): void {
    if (this.#gone !== undefined) return;
    const gone = unusable(reason);
    this.#gone = gone;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(gone);
    if (!this.#isClosed) this.#onEnd?.(gone);
  }
}

/** Some errors lose what they were on the way from the thread. */
export function faultOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? String(error) : 'its thread has failed';
}

export function unusable(reason: string): CatalogError {
  return new CatalogError('CATALOG_DISK', `the log cannot be used: ${reason}`);
}
