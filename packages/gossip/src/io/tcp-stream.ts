import type { Socket } from 'node:net';
import type { StreamConnection, StreamHandler } from '../ports.ts';
import type { Address } from '../wire/address.ts';

/** setTimeout takes no longer delay; a larger one would fire at once. */
const timerDelayMaxMs = 2 ** 31 - 1;

export interface TcpStreamOptions {
  readonly remoteAddress: Address;
  /** Bounds the whole life of the stream. */
  readonly timeoutMs: number;
  /** Called once, before the handler is told. */
  readonly onGone: () => void;
}

/** One socket with a deadline on its whole life, and with every way to end leading to one `onClose`. */
export class TcpStream implements StreamConnection {
  readonly remoteAddress: Address;
  readonly #socket: Socket;
  readonly #onGone: () => void;
  readonly #deadline: NodeJS.Timeout;
  #handler: StreamHandler | undefined;
  #error: Error | undefined;

  /** `socket` must allow half-open connections. */
  constructor(socket: Socket, options: TcpStreamOptions) {
    this.#socket = socket;
    this.remoteAddress = options.remoteAddress;
    this.#onGone = options.onGone;
    this.#deadline = setTimeout(
      () => this.abort(timedOut(options)),
      Math.min(options.timeoutMs, timerDelayMaxMs),
    );
    // Whether the process stays alive is the socket's matter.
    this.#deadline.unref();
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    socket.on('close', () => this.#finish());
  }

  /** Starts to report to `handler`. Called in the turn in which the socket appeared, so that nothing is missed. */
  attach(handler: StreamHandler): void {
    this.#handler = handler;
    const socket = this.#socket;
    if (socket.connecting) socket.once('connect', () => this.#emit((target) => target.onOpen?.()));
    socket.on('data', (chunk) => this.#emit((target) => target.onData(chunk)));
    socket.on('end', () => this.#emit((target) => target.onEnd()));
  }

  write(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  end(): void {
    if (this.#socket.writable) this.#socket.end();
  }

  destroy(): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    // The peer is to see a broken stream, not the end of a whole one. A socket that is connecting has nobody
    // to tell, and one that is finishing cannot be reset any more.
    if (socket.connecting || socket.writableEnded) socket.destroy();
    else socket.resetAndDestroy();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  /** Drops the connection at once; the handler's `onClose` is given `error`. */
  abort(error: Error): void {
    if (this.#socket.destroyed) return;
    this.#error ??= error;
    this.destroy();
  }

  #emit(tell: (handler: StreamHandler) => void): void {
    if (this.#handler !== undefined && !this.#socket.destroyed) tell(this.#handler);
  }

  #finish(): void {
    clearTimeout(this.#deadline);
    const handler = this.#handler;
    this.#handler = undefined;
    this.#onGone();
    if (this.#error === undefined) handler?.onClose();
    else handler?.onClose(this.#error);
  }
}

/** Whoever reports it names the peer. */
function timedOut({ timeoutMs }: TcpStreamOptions): Error {
  return Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: 'ETIMEDOUT' });
}
