import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Peer } from './peer.ts';
import { LoopbackAddresses, Peers } from './peers.ts';
import { compound, compressed } from './wire-kit/layers.ts';
import { alive, message, pushPull, SerfType, serfMessage, serfVsn, Type } from './wire-kit/messages.ts';
import { Encoded, pack } from './wire-kit/msgpack.ts';
import { endpointOf, RawPeer } from './wire-kit/raw-peer.ts';
import { becomeMember } from './wire-kit/scripted-member.ts';

/** Hostile bytes against our node over real sockets. Some of these kill real agents, so they get none of them. */

const addresses = new LoopbackAddresses(9);

/** The same bytes on every run. */
function noise(count: number, seed: number): Buffer {
  let state = seed;
  return Buffer.from(
    Array.from({ length: count }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state >>> 24;
    }),
  );
}

function aliveBytes(fields: Readonly<Record<string, string | number | Uint8Array>>): Buffer {
  const usual = { Addr: Buffer.of(127, 26, 9, 200), Incarnation: 1, Meta: Buffer.of(255, 128), Port: 7946 };
  return message(Type.alive, { ...usual, Node: 'hostile', Vsn: serfVsn, ...fields });
}

let deep = message(Type.ping, { Node: '', SeqNo: 1 });
for (let level = 0; level < 40; level += 1) deep = compound(deep);
const bomb = compressed(compressed(Buffer.alloc(3_000_000)));
const header = (fields: Parameters<typeof pack>[0]) =>
  Buffer.concat([Buffer.of(Type.pushPull), pack(fields)]);
const minusOne = new Encoded(0xff);
const hugeCount = new Encoded(0xce, Buffer.of(0xff, 0xff, 0xff, 0xff));
const largestTime = new Encoded(0xcf, Buffer.alloc(8, 0xff));

const packets: readonly (readonly [string, Buffer])[] = [
  ['an empty compound', Buffer.of(7)],
  ['a compound within 40 others', deep],
  ['a compression bomb', bomb.subarray(0, 60_000)],
  ['one byte of versions', aliveBytes({ Vsn: Buffer.of(1) })],
  ['five bytes of versions', aliveBytes({ Vsn: Buffer.of(1, 5, 2, 2, 5) })],
  ['versions of zeros', aliveBytes({ Vsn: Buffer.alloc(6) })],
  ['an address of three bytes', aliveBytes({ Addr: Buffer.of(127, 0, 0) })],
  ['an empty name', aliveBytes({ Node: '' })],
  ['a name of 5,000 bytes', aliveBytes({ Node: 'x'.repeat(5000) })],
  ['the largest Lamport time', serfMessage(SerfType.join, { LTime: largestTime, Node: 'target' })],
  [
    'a query with an empty filter',
    serfMessage(SerfType.query, { Filters: [Buffer.alloc(0)], ID: 1, LTime: 1, Name: 'q' }),
  ],
  [
    'a map that promises four billion keys',
    Buffer.concat([Buffer.of(Type.ping, 0xdf), Buffer.alloc(4, 0xff)]),
  ],
];

const streams: readonly (readonly [string, Buffer])[] = [
  ['a negative number of nodes', header({ Join: true, Nodes: minusOne, UserStateLen: 0 })],
  ['four billion nodes', header({ Join: true, Nodes: hugeCount, UserStateLen: 0 })],
  ['a negative length of user state', header({ Join: true, Nodes: 0, UserStateLen: minusOne })],
  ['four gigabytes of user state', header({ Join: true, Nodes: 0, UserStateLen: hugeCount })],
  ['a frame of four gigabytes', Buffer.of(10, 0xff, 0xff, 0xff, 0xff)],
  [
    'nodes with one byte of versions',
    pushPull([{ name: 'hostile', host: '127.26.9.200', vsn: Buffer.of(1) }]),
  ],
  [
    'a user message of four gigabytes',
    Buffer.concat([Buffer.of(Type.user), pack({ UserMsgLen: hugeCount })]),
  ],
  ['noise', noise(4000, 7)],
];

describe('our node under hostile bytes', () => {
  const peers = new Peers(addresses, afterAll);
  let target: Peer;
  let raw: RawPeer;

  beforeAll(async () => {
    target = await peers.hobnob({ name: 'target', timing: { streamTimeoutMs: 1500 } });
    raw = await RawPeer.open(addresses.next(), afterAll);
    await becomeMember(peers, raw, 'raw', target);
  });

  /** It still answers, and knows only those it should. */
  async function expectUnharmed(): Promise<void> {
    const { seq, bytes } = raw.ping('target');
    expect(await raw.isAnswered(bytes, seq, target.address)).toBe(true);
    const members = await target.members();
    expect(members.map((member) => `${member.name.slice(0, 20)} ${member.status}`)).toEqual([
      'raw alive',
      'target alive',
    ]);
  }

  test.each(packets)('survives a packet with %s', async (_what, packet) => {
    raw.send(packet, target.address);
    await expectUnharmed();
  });

  test('survives 2,000 packets of noise and of spoiled messages', async () => {
    const honest = alive({ name: 'raw', host: raw.host });
    for (let seed = 1; seed <= 2000; seed += 1) {
      const packet = seed % 2 === 0 ? noise(seed % 300, seed) : Buffer.from(honest);
      if (seed % 2 === 1) packet[4 + (seed % (packet.length - 4))] = seed & 0xff;
      // The name of a spoiled message may be a new one: its address is what keeps it out of this table.
      raw.send(seed % 2 === 1 ? packet.subarray(0, packet.length - 1 - (seed % 40)) : packet, target.address);
      if (seed % 100 === 0) await raw.isAnswered(raw.ping('').bytes, 0, target.address);
    }
    await expectUnharmed();
  });

  test.each(streams)('survives a stream with %s', async (_what, bytes) => {
    await raw.exchange(bytes, target.address);
    await expectUnharmed();
  });

  test('200 silent connections do not keep it from answering, and are closed', async () => {
    const { host, port } = endpointOf(target.address);
    const idle = await Promise.all(
      Array.from({ length: 200 }, () => {
        const socket = connect({ host, port });
        socket.on('error', () => socket.destroy());
        return new Promise<Socket>((resolve) =>
          socket.once('connect', () => resolve(socket)).once('close', () => resolve(socket)),
        );
      }),
    );
    await expectUnharmed();
    await peers.waitUntil(
      'all idle connections are ended',
      () => idle.every((socket) => socket.destroyed || socket.readableEnded),
      {
        timeoutMs: 10_000,
      },
    );
    for (const socket of idle) socket.destroy();
    const reply = await raw.exchange(message(Type.ping, { Node: 'target', SeqNo: 3 }), target.address);
    expect(reply.length).toBeGreaterThan(0);
  });
});
