import type { Address } from './wire/address.ts';

/**
 * Everything the gossip takes from the outside world. The cores use none of these: only the driver
 * holds them, and hands time and randomness to the cores as arguments.
 */

/** A port whose timers or sockets keep the process alive. Both methods are idempotent, and a port may lack them. */
export interface KeepsAlive {
  /** Keeps the process alive again, which is the default. */
  ref?(): void;
  /** Lets the process end although timers or sockets are open, those that are opened later included. */
  unref?(): void;
}

/** Monotonic time. `nowMs` never goes backwards and has no relation to the calendar. */
export interface Clock extends KeepsAlive {
  /** Milliseconds since an arbitrary origin; fractions are allowed. */
  nowMs(): number;
  /** Calls `wake` once, at or after `deadlineMs`. Returns a function that cancels it. */
  wakeAt(deadlineMs: number, wake: () => void): () => void;
}

/** Randomness that may be seeded: shuffles, staggers, choices of peers. Never used for keys or nonces. */
export interface Rng {
  /** A number in [0, 1). */
  next(): number;
}

/** Randomness that must not be guessable: nonces. Never seeded outside tests. */
export interface Entropy {
  /** `count` fresh random bytes. */
  bytes(count: number): Uint8Array;
}

/** One file that is appended to, and now and then written anew. Calls never overlap. */
export interface LogStorage {
  /** Everything in it; undefined when there is nothing yet. */
  read(): Promise<Uint8Array | undefined>;
  append(bytes: Uint8Array): Promise<void>;
  /** Puts other content in its place. After a crash the old one is there or the new one, never a part or neither. */
  replace(bytes: Uint8Array): Promise<void>;
  /** What was appended is safe from a power cut afterwards. */
  sync(): Promise<void>;
  /** Frees the file. May be called twice. */
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

/** Receives datagrams. `packet` is only valid during the call: copy what is kept. */
export type PacketListener = (packet: Uint8Array, from: Address) => void;

/** Datagrams. One instance is one bound socket; sending never throws and never waits. */
export interface PacketTransport extends KeepsAlive {
  /** The bound address, known once `open` has resolved. */
  readonly localAddress: Address;
  /**
   * Sends one datagram. `onError` is told when the operating system refuses it at once
   * (for instance EMSGSIZE or ECONNREFUSED); a lost datagram is not an error. `packet` must not change
   * afterwards: the system may take it later.
   */
  send(packet: Uint8Array, to: Address, onError?: (error: Error) => void): void;
  /** Replaces the listener; datagrams that arrive before one is set are dropped. */
  onPacket(listener: PacketListener): void;
  /** Frees the socket. May be called twice. */
  close(): Promise<void>;
}

/** What the owner of a stream is told. After `onClose` nothing more is called. */
export interface StreamHandler {
  /** The connection is established (dialled streams only). */
  onOpen?(): void;
  /** Bytes arrived. The view is only valid during the call. */
  onData(chunk: Uint8Array): void;
  /** The peer has finished sending. The stream may still be written to. */
  onEnd(): void;
  /** The stream is gone; `error` is set when it did not end in order (reset, refused, timed out). */
  onClose(error?: Error): void;
}

/** One connection. All methods are harmless after it has closed. */
export interface StreamConnection {
  readonly remoteAddress: Address;
  /** `bytes` must not change afterwards: the system may take them later. */
  write(bytes: Uint8Array): void;
  /** Sends what was written, then finishes our side. */
  end(): void;
  /** Drops the connection at once. */
  destroy(): void;
}

/**
 * Streams: one connection an exchange, as memberlist does. The transport ends every stream whose
 * whole life exceeds its timeout, and refuses incoming streams beyond its limit.
 */
export interface StreamTransport extends KeepsAlive {
  readonly localAddress: Address;
  /** Opens a connection; the outcome arrives on the handler. `timeoutMs` bounds the whole exchange. */
  dial(to: Address, timeoutMs: number, handler: StreamHandler): StreamConnection;
  /** Replaces the listener that turns every accepted connection into a handler. */
  onConnection(listener: (connection: StreamConnection) => StreamHandler): void;
  /** Stops listening and destroys every open stream. May be called twice. */
  close(): Promise<void>;
}
