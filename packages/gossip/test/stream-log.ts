import type { StreamConnection, StreamHandler, StreamTransport } from '../src/ports.ts';
import { Mailbox } from './mailbox.ts';

/** The calls of a handler. Consecutive data is one event, because no transport promises how it splits bytes. */
export class StreamLog {
  readonly events: ('open' | 'data' | 'end' | 'close')[] = [];
  readonly opened: Promise<void>;
  readonly ended: Promise<void>;
  readonly closed: Promise<Error | undefined>;
  readonly handler: StreamHandler;
  connection: StreamConnection | undefined;
  onData: (() => void) | undefined;
  readonly #chunks: Buffer[] = [];

  constructor() {
    const opened = deferred<void>();
    const ended = deferred<void>();
    const closed = deferred<Error | undefined>();
    this.opened = opened.promise;
    this.ended = ended.promise;
    this.closed = closed.promise;
    this.handler = {
      onOpen: () => {
        this.events.push('open');
        opened.resolve();
      },
      onData: (chunk) => {
        if (this.events.at(-1) !== 'data') this.events.push('data');
        this.#chunks.push(Buffer.from(chunk));
        this.onData?.();
      },
      onEnd: () => {
        this.events.push('end');
        ended.resolve();
      },
      onClose: (error) => {
        this.events.push('close');
        closed.resolve(error);
      },
    };
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  text(): string {
    return this.bytes().toString();
  }
}

export interface Accepted {
  readonly connection: StreamConnection;
  readonly log: StreamLog;
}

/** The next connection, with the calls of its handler. */
export function acceptOne(streams: StreamTransport): Promise<Accepted> {
  return new Arrivals(streams).next();
}

/** The connections that a listener takes, in order. */
export class Arrivals {
  readonly #queue = new Mailbox<Accepted>();

  constructor(streams: StreamTransport) {
    streams.onConnection((connection) => {
      const log = new StreamLog();
      this.#queue.put({ connection, log });
      return log.handler;
    });
  }

  next(): Promise<Accepted> {
    return this.#queue.next();
  }
}

/** A handler that takes everything and answers nothing. */
export function silent(onClose: (error?: Error) => void = () => undefined): StreamHandler {
  return { onData: () => undefined, onEnd: () => undefined, onClose };
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
