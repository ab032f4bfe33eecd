import type { RemoteInfo } from 'node:dgram';
import { DgramAsPromised, type SocketAsPromised } from 'dgram-as-promised';
import type { Logger, PacketListener, PacketTransport } from '../ports.ts';
import type { Address } from '../wire/address.ts';
import { OtherFamilyLog } from './other-family-log.ts';
import { canonicalHost, requireNumericHost } from './socket-address.ts';
import { bindError } from './system-error.ts';

/** Holds a burst of datagrams that arrive during a step; the system may limit it (net.core.rmem_max). */
const receiveBufferBytes = 2 * 1024 * 1024;

export interface UdpTransportOptions {
  /** A numeric IPv4 or IPv6 address; `::` accepts both families where the system allows it. */
  readonly host: string;
  /** 0 chooses a free port. */
  readonly port: number;
  /** Whether the open socket keeps the process alive. Default true. */
  readonly keepAlive?: boolean;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Warns of members that cannot be reached because of their family. Default: a log of its own. */
  readonly otherFamily?: OtherFamilyLog;
}

/** Counters since the socket was opened. */
export interface UdpStats {
  /** Datagrams that the system refused to send, for instance with EMSGSIZE. */
  readonly sendErrorsCount: number;
  /** Errors while receiving; the socket stays open. */
  readonly receiveErrorsCount: number;
}

/** Datagrams over one bound UDP socket. */
export interface UdpTransport extends PacketTransport {
  stats(): UdpStats;
}

/**
 * Binds a UDP socket. A packet passed to `send` must not be changed afterwards: the system may read it later. After
 * `close` nothing is sent and no callback is called, including `onError` of earlier datagrams.
 * @throws GossipError GOSSIP_BIND when the address cannot be bound.
 */
export async function openUdpTransport(options: UdpTransportOptions): Promise<UdpTransport> {
  const { host, port } = options;
  const transport: { current?: UdpSocket } = {};
  const onMessage = (packet: Buffer, from: RemoteInfo): void => transport.current?.receive(packet, from);
  const family = host.includes(':') ? 6 : 4;
  const socket = DgramAsPromised.createSocket(
    {
      type: family === 6 ? 'udp6' : 'udp4',
      recvBufferSize: receiveBufferBytes,
      // All addresses are numeric. The default lookup would delay each datagram by a turn of the event loop.
      lookup: (address, _options, done) => done(null, address, family),
    },
    onMessage,
  );
  try {
    requireNumericHost(host);
    const bound = await socket.bind({ address: host, port, exclusive: true });
    const localAddress = { host: canonicalHost(bound.address), port: bound.port };
    transport.current = new UdpSocket(socket, {
      localAddress,
      family,
      logger: options.logger,
      otherFamily: options.otherFamily ?? new OtherFamilyLog(options.logger),
    });
  } catch (error) {
    // A socket that failed to bind keeps its error and would report it again, so it is not reused.
    await socket.close();
    throw bindError('UDP', options, error);
  }
  if (options.keepAlive === false) socket.unref();
  return transport.current;
}

interface UdpSocketSettings {
  readonly localAddress: Address;
  readonly family: 4 | 6;
  readonly logger: Logger | undefined;
  readonly otherFamily: OtherFamilyLog;
}

class UdpSocket implements UdpTransport {
  readonly localAddress: Address;
  readonly #socket: SocketAsPromised;
  readonly #family: 4 | 6;
  readonly #logger: Logger | undefined;
  readonly #otherFamily: OtherFamilyLog;
  #listener: PacketListener | undefined;
  #closing: Promise<void> | undefined;
  #sendErrorsCount = 0;
  #receiveErrorsCount = 0;

  constructor(socket: SocketAsPromised, { localAddress, family, logger, otherFamily }: UdpSocketSettings) {
    this.#socket = socket;
    this.localAddress = localAddress;
    this.#family = family;
    this.#logger = logger;
    this.#otherFamily = otherFamily;
    // `destroy` only removes the library's own listeners. They would keep an error of receiving and let the next send
    // fail with it.
    socket.destroy();
    socket.socket.on('error', (error) => this.#noteReceiveError(error));
  }

  send(packet: Uint8Array, to: Address, onError?: (error: Error) => void): void {
    if (this.#closing !== undefined) return;
    this.#socket.send(packet, to.port, this.#reachable(to.host)).catch((error: Error) => {
      if (this.#closing !== undefined) return;
      this.#sendErrorsCount += 1;
      this.#otherFamily.datagramFailed(this.localAddress.host, to, error);
      onError?.(error);
    });
  }

  onPacket(listener: PacketListener): void {
    this.#listener = listener;
  }

  receive(packet: Uint8Array, from: RemoteInfo): void {
    if (this.#closing !== undefined) return;
    this.#listener?.(packet, { host: canonicalHost(from.address), port: from.port });
  }

  close(): Promise<void> {
    this.#closing ??= this.#socket.close();
    return this.#closing;
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  stats(): UdpStats {
    return { sendErrorsCount: this.#sendErrorsCount, receiveErrorsCount: this.#receiveErrorsCount };
  }

  /** A dual-stack socket sends to IPv4 addresses in their mapped form only. */
  #reachable(host: string): string {
    return this.#family === 6 && !host.includes(':') ? `::ffff:${host}` : host;
  }

  /** Warns once and then logs at debug: peers may cause such errors, and must not fill the log. */
  #noteReceiveError(error: Error): void {
    this.#receiveErrorsCount += 1;
    const level = this.#receiveErrorsCount === 1 ? 'warn' : 'debug';
    this.#logger?.[level]({ err: error, receiveErrorsCount: this.#receiveErrorsCount }, 'UDP socket error');
  }
}
