import { createSocket, type Socket } from 'node:dgram';
import { connect, createServer, type Server, type Socket as StreamSocket } from 'node:net';
import { waitUntil } from '../wait-until.ts';
import { openLayers } from './layers.ts';
import { message, Type } from './messages.ts';
import { asFields, type Fields, unpack } from './msgpack.ts';

/** One message of a received datagram, its layers taken off. */
export interface Received {
  readonly bytes: Buffer;
  /** How many messages its datagram held, and which one this is. */
  readonly packetSize: number;
  readonly atMs: number;
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** `host:port` as two parts; IPv4 only. */
export function endpointOf(address: string): Endpoint {
  const [host = '', port = '7946'] = address.split(':');
  return { host, port: Number(port) };
}

/**
 * A scripted peer: a datagram socket and a listener on one port, as every member has. It records what it
 * receives and sends nothing by itself, unless it is set to answer pings or streams.
 */
export class RawPeer {
  readonly host: string;
  readonly port: number;
  /** Answer pings with an empty ack, as a healthy member would. Default false. */
  answersPings = false;
  /** What to do with an accepted connection's bytes so far; the returned bytes are sent and it is ended. */
  onStream: ((received: Buffer) => Uint8Array | undefined) | undefined;
  readonly #key: Uint8Array | undefined;
  readonly #udp: Socket;
  readonly #tcp: Server;
  readonly #received: Received[] = [];
  readonly #streams: Buffer[] = [];
  #lastSeq = 1_000_000;

  private constructor(endpoint: Endpoint, udp: Socket, tcp: Server, key: Uint8Array | undefined) {
    this.host = endpoint.host;
    this.port = endpoint.port;
    this.#udp = udp;
    this.#tcp = tcp;
    this.#key = key;
    udp.on('message', (packet, from) => this.#take(packet, { host: from.address, port: from.port }));
    tcp.on('connection', (socket) => this.#accept(socket));
  }

  /** Binds `host:port` and registers its end. */
  static async open(
    host: string,
    onEnd: (dispose: () => Promise<void>) => void,
    { port = 7946, key }: { readonly port?: number; readonly key?: Uint8Array } = {},
  ): Promise<RawPeer> {
    const udp = createSocket('udp4');
    const tcp = createServer();
    await new Promise<void>((resolve, reject) => udp.once('error', reject).bind(port, host, resolve));
    await new Promise<void>((resolve, reject) => tcp.once('error', reject).listen(port, host, resolve));
    const peer = new RawPeer({ host, port }, udp, tcp, key);
    onEnd(() => peer.close());
    return peer;
  }

  /** Every message so far, oldest first. */
  get received(): readonly Received[] {
    return this.#received;
  }

  /** What every accepted stream has sent so far, oldest stream first. */
  get streams(): readonly Buffer[] {
    return this.#streams;
  }

  /** Forgets what was received. */
  forget(): void {
    this.#received.length = 0;
    this.#streams.length = 0;
  }

  send(packet: Uint8Array, to: string): void {
    const { host, port } = endpointOf(to);
    this.#udp.send(packet, port, host);
  }

  /** A ping with a fresh sequence number. */
  ping(node: string): { readonly seq: number; readonly bytes: Buffer } {
    this.#lastSeq += 1;
    const seq = this.#lastSeq;
    return { seq, bytes: message(Type.ping, { Node: node, SeqNo: seq }) };
  }

  /** The received messages of a type whose fields fit, decoded. */
  messages(type: number, fits: (fields: Fields) => boolean = () => true): Fields[] {
    return this.#received
      .filter(({ bytes }) => bytes[0] === type)
      .map(({ bytes }) => asFields(unpack(bytes, 1).value))
      .filter(fits);
  }

  /** Waits for a message of a type whose fields fit. */
  waitForMessage(
    type: number,
    fits: (fields: Fields) => boolean = () => true,
    timeoutMs = 10_000,
  ): Promise<Fields> {
    return waitUntil(`a message of type ${type} reaches ${this.host}`, () => this.messages(type, fits)[0], {
      timeoutMs,
      everyMs: 10,
      explain: async () => this.#received.map(({ bytes }) => bytes.toString('hex')).join('\n'),
    });
  }

  /**
   * Sends a packet and then a ping that any node answers: datagrams on loopback stay in order, so the ack
   * of that ping proves that the packet was handled. Returns whether the packet's own ping was answered.
   */
  async isAnswered(
    packet: Uint8Array,
    seq: number,
    to: string,
    seal = (bytes: Uint8Array) => bytes,
  ): Promise<boolean> {
    const proof = this.ping('');
    this.send(packet, to);
    this.send(seal(proof.bytes), to);
    await this.waitForMessage(Type.ack, (fields) => fields['SeqNo'] === proof.seq);
    return this.messages(Type.ack, (fields) => fields['SeqNo'] === seq).length > 0;
  }

  /** Connects, sends, and returns everything that came back before the other side closed. */
  exchange(request: Uint8Array, to: string, timeoutMs = 8000): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const { host, port } = endpointOf(to);
      const chunks: Buffer[] = [];
      const socket = connect({ host, port, localAddress: this.host });
      socket.setTimeout(timeoutMs, () =>
        socket.destroy(new Error(`${to} did not close within ${timeoutMs} ms`)),
      );
      socket.on('connect', () => socket.write(request));
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('end', () => socket.end());
      // A side that closes with unread bytes resets the connection: what it sent before still counts.
      socket.on('error', (error) =>
        'code' in error && error.code === 'ECONNRESET' ? undefined : reject(error),
      );
      socket.on('close', () => resolve(Buffer.concat(chunks)));
    });
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#udp.close(resolve));
    await new Promise<void>((resolve) => {
      this.#tcp.close(() => resolve());
    });
  }

  #accept(socket: StreamSocket): void {
    const index = this.#streams.push(Buffer.alloc(0)) - 1;
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      const bytes = Buffer.concat([this.#streams[index] ?? Buffer.alloc(0), chunk]);
      this.#streams[index] = bytes;
      const answer = this.onStream?.(bytes);
      if (answer !== undefined) socket.end(answer);
    });
  }

  #take(packet: Buffer, from: Endpoint): void {
    const messages = openLayers(Buffer.from(packet), this.#key);
    for (const bytes of messages) {
      this.#received.push({ bytes, packetSize: messages.length, atMs: performance.now() });
      if (this.answersPings && bytes[0] === Type.ping) this.#answerPing(bytes, from);
    }
  }

  #answerPing(ping: Buffer, from: Endpoint): void {
    const seq = asFields(unpack(ping, 1).value)['SeqNo'];
    if (typeof seq !== 'number') return;
    this.send(message(Type.ack, { Payload: null, SeqNo: seq }), `${from.host}:${from.port}`);
  }
}
