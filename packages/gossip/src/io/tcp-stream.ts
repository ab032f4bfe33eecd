import type { Socket } from 'node:net';
import type { StreamConnection, StreamHandler } from '../ports.ts';
import type { Address } from '../wire/address.ts';

/** The longest delay of setTimeout; with a longer one it fires at once. */
const timerDelayMaxMs = 2 ** 31 - 1;

export interface TcpStreamOptions {
  readonly remoteAddress: Address;
  /** Bounds the whole life of the stream. */
  readonly timeoutMs: number;
  /** Called once, before the handler's `onClose`. */
  readonly onGone: () => void;
}

/** A socket with a deadline for its whole life. However it ends, `onClose` is called once. */
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
    // The socket decides whether the process stays alive.
    this.#deadline.unref();
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    socket.on('close', () => this.#finish());
  }

  /** Sets the handler. Must be called in the tick in which the socket was created, so that no event is missed. */
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
    // A reset shows the peer that the stream did not end in order. A socket that is connecting has no peer yet, and
    // one that has ended cannot be reset.
    if (socket.connecting || socket.writableEnded) socket.destroy();
    else socket.resetAndDestroy();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  /** Closes the connection at once and passes `error` to `onClose`. */
  abort(error: Error): void {
    if (this.#socket.destroyed) return;
    this.#error ??= error;
    this.destroy();
  }

  #emit(call: (handler: StreamHandler) => void): void {
    if (this.#handler !== undefined && !this.#socket.destroyed) call(this.#handler);
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

/** The error of the deadline, without the peer's address. */
function timedOut({ timeoutMs }: TcpStreamOptions): Error {
  return Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: 'ETIMEDOUT' });
}
