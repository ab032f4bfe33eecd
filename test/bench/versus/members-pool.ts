import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket as Stream } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { origin } from '../../../packages/gossip/src/serf/coordinates/vivaldi.ts';
import { type Address, hostToBytes } from '../../../packages/gossip/src/wire/address.ts';
import { encodeCoordinate } from '../../../packages/gossip/src/wire/coordinate-codec.ts';
import { openPacket, sealPacket } from '../../../packages/gossip/src/wire/packet.ts';
import { encodeStreamMessage } from '../../../packages/gossip/src/wire/stream-frames.ts';
import { encodePacketMessage } from '../../../packages/gossip/src/wire/swim-codec.ts';
import type { PacketMessage, PushPull } from '../../../packages/gossip/src/wire/swim-messages.ts';
import { stateOfPool } from '../large-pool.ts';

/** Slow enough that no datagram is lost. */
const pingsPerBurst = 20;
const burstEveryMs = 10;
/** How many bursts in a row, acked without updates, count as an empty queue. */
const quietBursts = 5;

const opening = { verifyIncoming: false, label: '' } as const;
const sealing = {
  compression: false,
  crc: false,
  verifyOutgoing: false,
  label: '',
  nonce: () => new Uint8Array(12),
} as const;

/** Half a push/pull without members. */
const nothing: PushPull = { type: 'push-pull', join: false, nodes: [], userState: new Uint8Array(0) };

/**
 * Members that exist on the wire only. All of them are at one address, where one socket answers whatever ping
 * comes, so that they are not suspected.
 */
export class MembersPool implements AsyncDisposable {
  readonly #address: Address;
  readonly #socket: Socket;
  readonly #server: Server;
  readonly #streams = new Set<Stream>();
  readonly #payload = encodeCoordinate(origin);
  #seq = 0;
  #updatesCount = 0;
  #acksCount = 0;

  private constructor(address: Address, socket: Socket, server: Server) {
    this.#address = address;
    this.#socket = socket;
    this.#server = server;
    socket.on('message', (bytes, { address: host, port }) => this.#take(bytes, { host, port }));
    server.on('connection', (stream) => this.#answerPushPull(stream));
  }

  static async open(address: Address): Promise<MembersPool> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
    const server = createServer();
    socket.bind(address.port, address.host);
    server.listen(address.port, address.host);
    await Promise.all([once(socket, 'listening'), once(server, 'listening')]);
    return new MembersPool(address, socket, server);
  }

  /** Sends `count` members to `target` in one push/pull; resolves when it has answered. */
  async introduce(target: Address, count: number): Promise<void> {
    const { host, port } = this.#address;
    const { nodes, ...rest } = stateOfPool(count);
    const addr = hostToBytes(host);
    const state = { ...rest, nodes: nodes.map((node) => ({ ...node, addr, port })) };
    const stream = connect({ host: target.host, port: target.port, localAddress: host });
    stream.resume();
    stream.write(encodeStreamMessage(state, { ...sealing, writeLabelHeader: false }));
    await once(stream, 'end');
    stream.destroy();
  }

  /** Pings `target` until its acks carry no more updates. Returns the number of acks. */
  async drain(target: Address, name: string): Promise<number> {
    const acksBefore = this.#acksCount;
    for (let quiet = 0; quiet < quietBursts; ) {
      const acks = this.#acksCount;
      const updates = this.#updatesCount;
      for (let i = 0; i < pingsPerBurst; i += 1) this.#ping(target, name);
      await delay(burstEveryMs);
      const wasQuiet = this.#acksCount > acks && this.#updatesCount === updates;
      quiet = wasQuiet ? quiet + 1 : 0;
    }
    return this.#acksCount - acksBefore;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    for (const stream of this.#streams) stream.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #ping(target: Address, node: string): void {
    this.#seq += 1;
    const sourceNode = 'client-00000.example';
    this.#send({ type: 'ping', seq: this.#seq, node, replyTo: this.#address, sourceNode }, target);
  }

  #send(message: PacketMessage, to: Address): void {
    this.#socket.send(sealPacket([encodePacketMessage(message)], sealing), to.port, to.host);
  }

  #take(bytes: Uint8Array, from: Address): void {
    for (const message of openPacket(bytes, opening).messages) {
      if (message.type === 'ack') this.#acksCount += 1;
      if (message.type === 'alive') this.#updatesCount += 1;
      if (message.type === 'ping')
        this.#send({ type: 'ack', seq: message.seq, payload: this.#payload }, message.replyTo ?? from);
    }
  }

  #answerPushPull(stream: Stream): void {
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
    // A peer that has what it wants may reset the stream; that is its affair.
    stream.on('error', () => stream.destroy());
    stream.resume();
    stream.end(encodeStreamMessage(nothing, { ...sealing, writeLabelHeader: false }));
  }
}
