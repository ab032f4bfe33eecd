import { deepStrictEqual } from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { Bench } from 'tinybench';
import { createKeyring } from '../../packages/gossip/src/wire/encryption.ts';
import { lzwDecode, lzwEncode } from '../../packages/gossip/src/wire/lzw.ts';
import { openPacket, sealPacket } from '../../packages/gossip/src/wire/packet.ts';
import { encodeStreamMessage, StreamDecoder } from '../../packages/gossip/src/wire/stream-frames.ts';
import { encodePacketMessage } from '../../packages/gossip/src/wire/swim-codec.ts';
import type { Alive, PacketMessage, Ping, PushPull } from '../../packages/gossip/src/wire/swim-messages.ts';
import { encodeTags } from '../../packages/gossip/src/wire/tags.ts';

/** Packets opened and sealed a second, a whole push/pull, and LZW alone. Every case first proves its result. */

const keyring = createKeyring([Buffer.alloc(32, 7)]);
const nonceBytes = new Uint8Array(12);
const nonce = () => randomFillSync(nonceBytes);
const versions = {
  protocolMin: 1,
  protocolMax: 5,
  protocolCur: 2,
  delegateMin: 2,
  delegateMax: 5,
  delegateCur: 4,
};

const ping: Ping = {
  type: 'ping',
  seq: 70_000,
  node: 'node-0017.dc1',
  replyTo: { host: '10.20.30.40', port: 8301 },
  sourceNode: 'node-0042.dc1',
};

/** As a Consul client announces itself: about 300 bytes. */
function alive(index: number): Alive {
  const id = `${index.toString(16).padStart(8, '0')}-3f61-492d-e098-a633ebf4fcc9`;
  const tags = {
    acls: '0',
    build: '1.8.7:',
    dc: 'dc1',
    id,
    role: 'node',
    segment: '',
    vsn: '2',
    vsn_max: '3',
    vsn_min: '2',
  };
  return {
    type: 'alive',
    incarnation: index,
    node: `node-${String(index).padStart(4, '0')}.dc1`,
    addr: Uint8Array.of(10, 20, index >> 8, index & 0xff),
    port: 8301,
    meta: Uint8Array.from(encodeTags(tags)),
    versions,
  };
}

const gossip: readonly PacketMessage[] = [
  ping,
  alive(1),
  alive(2),
  { type: 'suspect', incarnation: 3, node: 'node-0003.dc1', from: 'node-0001.dc1' },
  { type: 'dead', incarnation: 4, node: 'node-0004.dc1', from: 'node-0001.dc1' },
  alive(5),
  { type: 'user', payload: new Uint8Array(200).fill(0x61) },
];

interface Layers {
  readonly crc: boolean;
  readonly compression: boolean;
  readonly isEncrypted: boolean;
}

function addPacketCases(
  bench: Bench,
  name: string,
  messages: readonly PacketMessage[],
  layers: Layers,
): void {
  const { crc, compression, isEncrypted } = layers;
  const ring = isEncrypted ? keyring : undefined;
  const sealing = { crc, compression, verifyOutgoing: true, label: '', nonce, keyring: ring };
  const opening = { verifyIncoming: true, label: '', keyring: ring };
  const parts = messages.map(encodePacketMessage);
  const datagram = sealPacket(parts, sealing);
  deepStrictEqual(openPacket(datagram, opening), { messages, faults: [] });
  bench.add(`open ${name} (${datagram.length} B)`, () => {
    openPacket(datagram, opening);
  });
  bench.add(`seal ${name} (${datagram.length} B)`, () => {
    sealPacket(parts, sealing);
  });
}

function addStreamCases(bench: Bench): void {
  const nodes = Array.from({ length: 1000 }, (_, index) => {
    const { node, addr, port, meta, incarnation } = alive(index);
    return { name: node, addr, port, meta, incarnation, state: 'alive' as const, versions };
  });
  const state: PushPull = {
    type: 'push-pull',
    join: false,
    nodes,
    userState: new Uint8Array(20_000).fill(0x61),
  };
  for (const compression of [false, true]) {
    const name = compression ? 'compressed ' : '';
    const options = { compression, verifyOutgoing: true, label: '', nonce };
    const encode = () => encodeStreamMessage(state, { ...options, writeLabelHeader: true });
    const stream = encode();
    const decode = () =>
      new StreamDecoder({ verifyIncoming: true, label: '', expectLabelHeader: true }).push(stream);
    deepStrictEqual(decode(), state);
    bench.add(`decode ${name}push/pull of 1,000 nodes (${stream.length} B)`, () => {
      decode();
    });
    bench.add(`encode ${name}push/pull of 1,000 nodes (${stream.length} B)`, () => {
      encode();
    });
  }
}

function addLzwCases(bench: Bench): void {
  const text = Buffer.from(JSON.stringify(gossip).repeat(3)).subarray(0, 1400);
  const packed = lzwEncode(text);
  deepStrictEqual(Buffer.from(lzwDecode(packed, { outputBytesMax: 1400 })), text);
  bench.add('lzw encode 1400 B', () => {
    lzwEncode(text);
  });
  bench.add('lzw decode 1400 B', () => {
    lzwDecode(packed, { outputBytesMax: 1400 });
  });
}

/** Prints one table. */
export async function run(): Promise<void> {
  const bench = new Bench({ time: 500, warmupTime: 200 });
  const plain: Layers = { crc: false, compression: false, isEncrypted: false };
  addPacketCases(bench, 'ping', [ping], plain);
  addPacketCases(bench, 'ping, encrypted', [ping], { ...plain, isEncrypted: true });
  addPacketCases(bench, 'gossip, crc', gossip, { ...plain, crc: true });
  addPacketCases(bench, 'gossip, crc, compressed', gossip, { ...plain, crc: true, compression: true });
  addPacketCases(bench, 'gossip, all layers', gossip, { crc: true, compression: true, isEncrypted: true });
  bench.add('encode ping', () => {
    encodePacketMessage(ping);
  });
  bench.add('encode alive', () => {
    encodePacketMessage(gossip[1] ?? ping);
  });
  addLzwCases(bench);
  addStreamCases(bench);
  await bench.run();
  process.stdout.write(`node ${process.version}\n`);
  for (const { name, result } of bench.tasks) {
    if (result.state !== 'completed') throw new Error(`${name} did not complete: ${result.state}`);
    const micros = result.latency.p50 * 1000;
    const line = `${name.padEnd(56)} ${micros.toFixed(2).padStart(10)} us median ${Math.round(1e6 / micros)
      .toString()
      .padStart(9)}/s\n`;
    process.stdout.write(line);
  }
}
