import type {
  PacketListener,
  PacketTransport,
  StreamConnection,
  StreamHandler,
  StreamTransport,
} from '../../src/ports.ts';
import type { Address } from '../../src/wire/address.ts';

/** One side of a stream, played by a test: what was written on it, how it ended, and what the peer does. */
export class FakeStream implements StreamConnection {
  readonly remoteAddress: Address;
  readonly written: Uint8Array[] = [];
  state: 'open' | 'ended' | 'destroyed' = 'open';
  #handler: StreamHandler | undefined;

  constructor(remoteAddress: Address) {
    this.remoteAddress = remoteAddress;
  }

  /** All that was written, in one piece. */
  get bytes(): Uint8Array {
    return Buffer.concat(this.written);
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler;
  }

  write(bytes: Uint8Array): void {
    if (this.state === 'open') this.written.push(bytes);
  }

  end(): void {
    if (this.state === 'open') this.state = 'ended';
  }

  destroy(): void {
    this.state = 'destroyed';
  }

  /** The peer sends; a real transport goes on delivering until the stream is gone. */
  peerSends(bytes: Uint8Array): void {
    this.#handler?.onData(bytes);
  }

  peerEnds(): void {
    this.#handler?.onEnd();
  }

  closes(error?: Error): void {
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.onClose(error);
  }
}

/** Streams that go nowhere: a test plays the peers. */
export class FakeStreams implements StreamTransport {
  readonly localAddress: Address;
  readonly dialled: FakeStream[] = [];
  isClosed = false;
  #listener: ((connection: StreamConnection) => StreamHandler) | undefined;

  constructor(localAddress: Address) {
    this.localAddress = localAddress;
  }

  dial(to: Address, _timeoutMs: number, handler: StreamHandler): StreamConnection {
    const stream = new FakeStream(to);
    stream.attach(handler);
    this.dialled.push(stream);
    return stream;
  }

  onConnection(listener: (connection: StreamConnection) => StreamHandler): void {
    this.#listener = listener;
  }

  /** A peer connects. */
  accept(from: Address): FakeStream {
    const stream = new FakeStream(from);
    if (this.#listener === undefined) throw new Error('no listener');
    stream.attach(this.#listener(stream));
    return stream;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

/** Datagrams that go nowhere; those to a refused host fail at once, inside the call. */
export class FakePackets implements PacketTransport {
  readonly localAddress: Address;
  readonly sent: { readonly packet: Uint8Array; readonly to: Address }[] = [];
  readonly refusedHosts = new Set<string>();
  /** What happens inside every call of `send`. */
  onSend: (() => void) | undefined;
  isClosed = false;
  #listener: PacketListener | undefined;

  constructor(localAddress: Address) {
    this.localAddress = localAddress;
  }

  send(packet: Uint8Array, to: Address, onError?: (error: Error) => void): void {
    this.sent.push({ packet, to });
    this.onSend?.();
    if (this.refusedHosts.has(to.host)) onError?.(new Error('host unreachable'));
  }

  onPacket(listener: PacketListener): void {
    this.#listener = listener;
  }

  receive(packet: Uint8Array, from: Address): void {
    this.#listener?.(packet, from);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
