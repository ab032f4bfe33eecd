/**
 * A transport of your own: three members that talk in memory, without a socket. A transport is two ports, one for
 * datagrams and one for streams; gossip over QUIC, a unix socket or a service mesh replaces the same two.
 *
 *     node examples/dist/custom-transport.js
 */
import {
  type Address,
  createGossip,
  formatAddress,
  type PacketListener,
  type PacketTransport,
  type StreamConnection,
  type StreamHandler,
  type StreamTransport,
} from '@hobnob/gossip';

/** The transports of one network, by address. */
class MemoryNetwork {
  readonly packets = new Map<string, MemoryPackets>();
  readonly streams = new Map<string, MemoryStreams>();
}

class MemoryPackets implements PacketTransport {
  readonly localAddress: Address;
  readonly #network: MemoryNetwork;
  #listener: PacketListener = () => undefined;

  constructor(network: MemoryNetwork, localAddress: Address) {
    this.#network = network;
    this.localAddress = localAddress;
    network.packets.set(formatAddress(localAddress), this);
  }

  send(packet: Uint8Array, to: Address): void {
    // A datagram may be lost, but it never arrives before `send` has returned.
    setImmediate(() => this.#network.packets.get(formatAddress(to))?.receive(packet, this.localAddress));
  }

  receive(packet: Uint8Array, from: Address): void {
    this.#listener(packet, from);
  }

  onPacket(listener: PacketListener): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    this.#network.packets.delete(formatAddress(this.localAddress));
  }
}

class MemoryStreams implements StreamTransport {
  readonly localAddress: Address;
  readonly #network: MemoryNetwork;
  readonly #open = new Set<StreamEnd>();
  #listener: (connection: StreamConnection) => Partial<StreamHandler> = () => ({});

  constructor(network: MemoryNetwork, localAddress: Address) {
    this.#network = network;
    this.localAddress = localAddress;
    network.streams.set(formatAddress(localAddress), this);
  }

  dial(to: Address, timeoutMs: number, handler: StreamHandler): StreamConnection {
    const near = this.#begin(to, handler);
    const peer = this.#network.streams.get(formatAddress(to));
    setImmediate(() => {
      if (near.isClosed) return;
      if (peer === undefined) {
        near.destroy(new Error('connection refused'));
        return;
      }
      near.connect(peer.accept(this.localAddress));
      const timeout = setTimeout(() => near.destroy(new Error('the stream timed out')), timeoutMs);
      near.onGone(() => clearTimeout(timeout));
      handler.onOpen?.();
    });
    return near;
  }

  onConnection(listener: (connection: StreamConnection) => StreamHandler): void {
    this.#listener = listener;
  }

  accept(remoteAddress: Address): StreamEnd {
    const end = this.#begin(remoteAddress, {});
    end.handler = this.#listener(end);
    return end;
  }

  async close(): Promise<void> {
    this.#network.streams.delete(formatAddress(this.localAddress));
    for (const end of this.#open) end.destroy();
  }

  #begin(remoteAddress: Address, handler: Partial<StreamHandler>): StreamEnd {
    const end = new StreamEnd(remoteAddress, handler);
    this.#open.add(end);
    end.onGone(() => this.#open.delete(end));
    return end;
  }
}

/** One end of a stream. It hands on bytes, the end of them, and the end of the stream, in this order. */
class StreamEnd implements StreamConnection {
  readonly remoteAddress: Address;
  handler: Partial<StreamHandler>;
  #peer: StreamEnd | undefined;
  #waiting: (() => void)[] = [];
  #gone: (() => void)[] = [];
  #hasEnded = false;
  isClosed = false;

  constructor(remoteAddress: Address, handler: Partial<StreamHandler>) {
    this.remoteAddress = remoteAddress;
    this.handler = handler;
  }

  connect(peer: StreamEnd): void {
    this.#peer = peer;
    peer.#peer = this;
    for (const send of this.#waiting.splice(0)) send();
  }

  onGone(callback: () => void): void {
    this.#gone.push(callback);
  }

  write(bytes: Uint8Array): void {
    this.#send((peer) => peer.handler.onData?.(bytes));
  }

  end(): void {
    this.#send((peer) => {
      this.#hasEnded = true;
      peer.handler.onEnd?.();
      if (peer.#hasEnded) this.destroy(); // both sides have ended
    });
  }

  destroy(error?: Error): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const callback of this.#gone.splice(0)) callback();
    this.handler.onClose?.(error);
    setImmediate(() => this.#peer?.destroy(error));
  }

  #send(deliver: (peer: StreamEnd) => void): void {
    // Written before the peer has accepted: kept until then.
    const send = (): void => {
      setImmediate(() => {
        if (this.#peer !== undefined && !this.#peer.isClosed) deliver(this.#peer);
      });
    };
    if (this.#peer === undefined) this.#waiting.push(send);
    else send();
  }
}

const network = new MemoryNetwork();
/** Each member has a numeric address, as on a real network; no socket is bound to it. */
const member = (name: string, host: string) => {
  const address: Address = { host, port: 7946 };
  return createGossip({
    name,
    profile: 'local',
    bind: address,
    ports: { packets: new MemoryPackets(network, address), streams: new MemoryStreams(network, address) },
  });
};

const members = await Promise.all([
  member('one', '10.0.0.1'),
  member('two', '10.0.0.2'),
  member('three', '10.0.0.3'),
]);
const [first, ...others] = members;
if (first === undefined) throw new Error('no member was started');
try {
  await Promise.all(others.map((each) => each.join(['10.0.0.1:7946'])));
  for (const { name, status } of first.members()) process.stdout.write(`${name} is ${status}\n`);
  for (const each of others) each.on('query', (query) => void query.respond(Buffer.from('fine')));
  const query = first.query('health', undefined, { timeoutMs: 1000 });
  for await (const { from, payload } of query.responses()) {
    process.stdout.write(`${from} answers: ${Buffer.from(payload).toString()}\n`);
  }
} finally {
  await Promise.all(members.map((each) => each.close()));
}
