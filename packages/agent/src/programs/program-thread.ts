import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ProgramReply, ProgramTask } from './program-messages.ts';
import type { ProgramRun, ProgramToRun, RunEnd, RunOutcome } from './run-program.ts';

/** Sources of this file run from `src` in tests; a worker is always the built program. */
const program = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/programs/program-worker.js' : './program-worker.js',
  import.meta.url,
);

/**
 * Begins the thread: without the flags of this process, since hooks and conditions of its modules are not meant for it, and
 * without Node's account of descriptors, which does not know that a socket has taken one over.
 */
export function startWorker(): Worker {
  return new Worker(program, { execArgv: [], trackUnmanagedFds: false });
}

/** How long `close` waits for a thread that does not answer. */
const closeMsMax = 2_000;

interface Waiting {
  readonly settle: (outcome: RunOutcome) => void;
  readonly leave: () => void;
}

/**
 * Runs programs as children of a thread of its own, which begins with the first of them. A thread that ends unasked fails
 * what runs, and the next run begins another. Owns the thread until `close`.
 */
export class ProgramThread {
  readonly #start: () => Worker;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #nextId = 1;
  #isClosed = false;

  /** @param start Starts the thread. */
  constructor(start = startWorker) {
    this.#start = start;
  }

  /** As `RunProgram`. */
  run(program: ProgramToRun, signal: AbortSignal): ProgramRun {
    if (this.#isClosed || signal.aborted) {
      const outcome = Promise.resolve(emptyOutcome({ type: 'stopped', problem: undefined }));
      return { outcome, gone: Promise.resolve() };
    }
    const id = this.#nextId;
    this.#nextId += 1;
    const settled = pending<RunOutcome>();
    const left = pending<void>();
    this.#post({ kind: 'run', id, program });
    this.#waiting.set(id, { settle: settled.resolve, leave: () => left.resolve() });
    const stop = (): void => this.#post({ kind: 'stop', id });
    signal.addEventListener('abort', stop, { once: true });
    void settled.promise.then(() => signal.removeEventListener('abort', stop));
    return { outcome: settled.promise, gone: left.promise };
  }

  /** Kills what runs, and ends the thread when that is done. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#post({ kind: 'close' });
    const answered = new AbortController();
    const late = delay(closeMsMax, undefined, { signal: answered.signal }).catch(() => undefined);
    // The thread may also have ended by itself, or stand still.
    await Promise.race([closedReply(worker), once(worker, 'exit'), late]);
    answered.abort();
    await worker.terminate();
  }

  #post(task: ProgramTask): void {
    this.#worker ??= this.#begin();
    this.#worker.postMessage(task);
  }

  #begin(): Worker {
    const worker = this.#start();
    let fault = 'it is gone';
    worker.on('message', (reply: ProgramReply) => this.#take(reply));
    worker.on('error', (error) => {
      fault = String(error);
    });
    worker.on('exit', () => this.#end(worker, fault));
    return worker;
  }

  #take(reply: ProgramReply): void {
    if (reply.kind === 'closed') return;
    const waiting = this.#waiting.get(reply.id);
    if (reply.kind === 'outcome') {
      waiting?.settle(reply.outcome);
    } else {
      this.#waiting.delete(reply.id);
      waiting?.leave();
    }
  }

  #end(worker: Worker, fault: string): void {
    if (this.#worker === worker) this.#worker = undefined;
    const problem = `the thread that starts programs has ended: ${fault}`;
    const end: RunEnd = this.#isClosed
      ? { type: 'stopped', problem: undefined }
      : { type: 'not-started', problem };
    for (const { settle, leave } of this.#waiting.values()) {
      settle(emptyOutcome(end));
      leave();
    }
    this.#waiting.clear();
  }
}

interface Pending<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

function pending<T>(): Pending<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function closedReply(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.on('message', ({ kind }: ProgramReply) => {
      if (kind === 'closed') resolve();
    });
  });
}

function emptyOutcome(end: RunEnd): RunOutcome {
  return { end, output: new Uint8Array(0), outputBytes: 0 };
}
