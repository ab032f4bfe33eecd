import type { Address } from './wire/address.ts';

/**
 * Everything that a gossip takes from the outside world. The cores use none of these ports: the driver holds them, and
 * passes time and randomness to the cores as arguments.
 */

/** A port whose timers or sockets keep the process alive. Both methods are idempotent and optional. */
export interface KeepsAlive {
  /** Keeps the process alive. The default. */
  ref?(): void;
  /** Lets the process end while timers or sockets are open; holds for those that are opened later too. */
  unref?(): void;
}

/** Monotonic time. `nowMs` never goes backwards and has no relation to the calendar. */
export interface Clock extends KeepsAlive {
  /** Milliseconds since an arbitrary origin; fractions are allowed. */
  nowMs(): number;
  /** Calls `wake` once, at or after `deadlineMs`, never before. Returns a function that cancels the call. */
  wakeAt(deadlineMs: number, wake: () => void): () => void;
}

/** Randomness for shuffles, staggers and the choice of peers; may be seeded. Never used for keys or nonces. */
export interface Rng {
  /** A number in [0, 1). */
  next(): number;
}

/** Randomness for nonces, which must not be guessable. Never seeded outside tests. */
export interface Entropy {
  /** `count` random bytes that were never given out before. */
  bytes(count: number): Uint8Array;
}

/** A file that is appended to and sometimes replaced as a whole. Calls never overlap. */
export interface LogStorage {
  /** The whole content; undefined when the file does not exist. */
  read(): Promise<Uint8Array | undefined>;
  append(bytes: Uint8Array): Promise<void>;
  /** Replaces the content. After a crash either the old or the new content is there, whole. */
  replace(bytes: Uint8Array): Promise<void>;
  /** Makes all appended bytes safe from a power cut. */
  sync(): Promise<void>;
  /** Releases the file. May be called twice. */
  close(): Promise<void>;
}

/** A pino-shaped logger: fields first, then a constant message. */
export interface Logger {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  trace(fields: object, message: string): void;
}

/** Receives datagrams. `packet` is only valid during the call: copy bytes that you keep. */
export type PacketListener = (packet: Uint8Array, from: Address) => void;

/** Datagrams of one bound socket. Sending never throws and never waits. */
export interface PacketTransport extends KeepsAlive {
  /** The bound address, known once `open` has resolved. */
  readonly localAddress: Address;
  /**
   * Sends one datagram. `onError` is called when the operating system refuses it (for instance with EMSGSIZE or
   * ECONNREFUSED); a lost datagram is no error. `packet` must not change afterwards: the system may read it later.
   */
  send(packet: Uint8Array, to: Address, onError?: (error: Error) => void): void;
  /** Replaces the listener. Datagrams that arrive before there is one are dropped. */
  onPacket(listener: PacketListener): void;
  /** Closes the socket. May be called twice. */
  close(): Promise<void>;
}

/** The callbacks of a stream. None is called after `onClose`. */
export interface StreamHandler {
  /** The connection is established (dialled streams only). */
  onOpen?(): void;
  /** Bytes arrived. The view is only valid during the call. */
  onData(chunk: Uint8Array): void;
  /** The peer has finished sending. The stream may still be written to. */
  onEnd(): void;
  /** The stream is closed; `error` is set when it did not end in order (reset, refused, timed out). */
  onClose(error?: Error): void;
}

/** One connection. All methods are harmless after it has closed. */
export interface StreamConnection {
  readonly remoteAddress: Address;
  /** Writes bytes, which must not change afterwards: the system may read them later. */
  write(bytes: Uint8Array): void;
  /** Sends everything written so far, then ends this side of the stream. */
  end(): void;
  /** Closes the connection at once. */
  destroy(): void;
}

/**
 * Streams: one connection for each request and its answer, as in memberlist. The transport closes every stream that is
 * open for longer than its timeout, and refuses incoming streams beyond its limit.
 */
export interface StreamTransport extends KeepsAlive {
  readonly localAddress: Address;
  /** Opens a connection; `handler` receives the outcome. `timeoutMs` bounds the stream's whole life. */
  dial(to: Address, timeoutMs: number, handler: StreamHandler): StreamConnection;
  /** Replaces the listener that gives every accepted connection its handler. */
  onConnection(listener: (connection: StreamConnection) => StreamHandler): void;
  /** Stops listening and destroys all open streams. May be called twice. */
  close(): Promise<void>;
}
