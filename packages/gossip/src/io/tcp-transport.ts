import { createServer, type Server, Socket } from 'node:net';
import type { Logger, StreamConnection, StreamHandler, StreamTransport } from '../ports.ts';
import type { Address } from '../wire/address.ts';
import { ConnectionLimit } from './connection-limit.ts';
import { OtherFamilyLog } from './other-family-log.ts';
import { canonicalHost, familyOf, isWildcardHost, requireNumericHost } from './socket-address.ts';
import { bindError } from './system-error.ts';
import { TcpStream } from './tcp-stream.ts';

export interface TcpTransportOptions {
  /** A numeric IPv4 or IPv6 address; `::` accepts both families where the system allows it. */
  readonly host: string;
  /** 0 chooses a free port. */
  readonly port: number;
  /** The most incoming streams at once; one remote host may have half of them (see ConnectionLimit). */
  readonly connectionsMax: number;
  /** Bounds the whole life of an incoming stream. */
  readonly timeoutMs: number;
  /** Whether the open sockets keep the process alive. Default true. */
  readonly keepAlive?: boolean;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Warns of members that cannot be reached because of their family. Default: a log of its own. */
  readonly otherFamily?: OtherFamilyLog;
}

export interface TcpStats {
  /** Incoming streams open now. */
  readonly incomingCount: number;
  /** Dialled streams open now, those still connecting included. */
  readonly outgoingCount: number;
  /** Incoming streams that were reset at once, because of a limit or because there is no listener. */
  readonly refusedCount: number;
  /** Connections that the system could not accept, for instance for lack of file descriptors. */
  readonly acceptErrorsCount: number;
}

/** Streams over one listening TCP socket. */
export interface TcpTransport extends StreamTransport {
  stats(): TcpStats;
}

/**
 * Listens for TCP streams. Bytes passed to `write` must not be changed afterwards. `close` calls `onClose(error)` of every
 * open stream before it resolves; a stream that its owner destroys ends with `onClose()`.
 * @throws GossipError GOSSIP_BIND when the address cannot be bound.
 */
export async function openTcpTransport(options: TcpTransportOptions): Promise<TcpTransport> {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  try {
    requireNumericHost(options.host);
    const localAddress = await listen(server, options);
    return new TcpListener(server, localAddress, options);
  } catch (error) {
    throw bindError('TCP', options, error);
  }
}

function listen(server: Server, { host, port }: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.removeListener('error', reject);
      const bound = server.address();
      if (bound === null || typeof bound === 'string') reject(new Error('the listener has no IP address'));
      else resolve({ host: canonicalHost(bound.address), port: bound.port });
    });
  });
}

class TcpListener implements TcpTransport {
  readonly localAddress: Address;
  readonly #server: Server;
  readonly #options: TcpTransportOptions;
  readonly #streams = new Set<TcpStream>();
  readonly #incoming: ConnectionLimit;
  readonly #otherFamily: OtherFamilyLog;
  #refusedCount = 0;
  #acceptErrorsCount = 0;
  #listener: ((connection: StreamConnection) => StreamHandler) | undefined;
  #closing: Promise<void> | undefined;
  #onStreamGone: (() => void) | undefined;
  #keepsAlive: boolean;

  constructor(server: Server, localAddress: Address, options: TcpTransportOptions) {
    this.#server = server;
    this.localAddress = localAddress;
    this.#options = options;
    this.#incoming = new ConnectionLimit(options.connectionsMax);
    this.#otherFamily = options.otherFamily ?? new OtherFamilyLog(options.logger);
    server.on('connection', (socket) => this.#accept(socket));
    server.on('error', (error) => this.#noteAcceptError(error));
    this.#keepsAlive = options.keepAlive !== false;
    if (!this.#keepsAlive) server.unref();
  }

  dial(to: Address, timeoutMs: number, handler: StreamHandler): StreamConnection {
    const socket = new Socket({ allowHalfOpen: true });
    socket.setNoDelay(true);
    if (!this.#keepsAlive) socket.unref();
    const stream = this.#track(socket, to, timeoutMs);
    socket.once('error', (error) => this.#otherFamily.streamFailed(this.localAddress.host, to, error));
    if (this.#closing === undefined) connect(socket, to, this.localAddress.host);
    else socket.destroy(new Error('the stream transport is closed'));
    stream.attach(handler);
    return stream;
  }

  onConnection(listener: (connection: StreamConnection) => StreamHandler): void {
    this.#listener = listener;
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  ref(): void {
    this.#keepsAlive = true;
    this.#server.ref();
    for (const stream of this.#streams) stream.ref();
  }

  unref(): void {
    this.#keepsAlive = false;
    this.#server.unref();
    for (const stream of this.#streams) stream.unref();
  }

  stats(): TcpStats {
    return {
      incomingCount: this.#incoming.count,
      outgoingCount: this.#streams.size - this.#incoming.count,
      refusedCount: this.#refusedCount,
      acceptErrorsCount: this.#acceptErrorsCount,
    };
  }

  async #shutDown(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const stream of this.#streams) stream.abort(new Error('the stream transport was closed'));
    // The server waits neither for dialled sockets nor for the handlers of its own.
    const drained = new Promise<void>((resolve) => {
      this.#onStreamGone = () => {
        if (this.#streams.size === 0) resolve();
      };
      this.#onStreamGone();
    });
    await Promise.all([stopped, drained]);
  }

  #accept(socket: Socket): void {
    const listener = this.#closing === undefined ? this.#listener : undefined;
    const remoteAddress = addressOf(socket);
    if (
      listener === undefined ||
      remoteAddress === undefined ||
      !this.#incoming.tryAcquire(remoteAddress.host)
    ) {
      this.#refusedCount += 1;
      socket.resetAndDestroy();
      return;
    }
    if (!this.#keepsAlive) socket.unref();
    const release = (): void => this.#incoming.release(remoteAddress.host);
    const stream = this.#track(socket, remoteAddress, this.#options.timeoutMs, release);
    stream.attach(listener(stream));
  }

  #track(socket: Socket, remoteAddress: Address, timeoutMs: number, release?: () => void): TcpStream {
    const stream = new TcpStream(socket, {
      remoteAddress,
      timeoutMs,
      onGone: () => {
        this.#streams.delete(stream);
        release?.();
        this.#onStreamGone?.();
      },
    });
    this.#streams.add(stream);
    return stream;
  }

  /** Warns once and then logs at debug: peers may cause such errors, and must not fill the log. */
  #noteAcceptError(error: Error): void {
    this.#acceptErrorsCount += 1;
    const level = this.#acceptErrorsCount === 1 ? 'warn' : 'debug';
    const fields = { err: error, acceptErrorsCount: this.#acceptErrorsCount };
    this.#options.logger?.[level](fields, 'cannot accept a connection');
  }
}

/** The peer's address; undefined when the peer has disconnected already. */
function addressOf({ remoteAddress, remotePort }: Socket): Address | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return { host: canonicalHost(remoteAddress), port: remotePort };
}

/**
 * Connects from the bound address, so that peers and their firewalls see the member's address. For the other family the
 * system chooses one. A wrong `to` becomes an error of the socket, never an exception.
 */
function connect(socket: Socket, to: Address, localHost: string): void {
  try {
    requireNumericHost(to.host);
    const hasSource = !isWildcardHost(localHost) && familyOf(localHost) === familyOf(to.host);
    const source = hasSource ? { localAddress: localHost } : {};
    socket.connect({ host: to.host, port: to.port, ...source });
  } catch (error) {
    socket.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}
