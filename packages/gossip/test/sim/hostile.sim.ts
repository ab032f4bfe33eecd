import { afterEach, describe, expect, test } from 'vitest';
import type { GossipOptions } from '../../src/options/options.ts';
import { createKeyring } from '../../src/wire/encryption.ts';
import { sealPacket } from '../../src/wire/packet.ts';
import { encodeSerfMessage } from '../../src/wire/serf-codec.ts';
import { SerfMessageType } from '../../src/wire/serf-messages.ts';
import { encodePacketMessage, encodeUserMessage } from '../../src/wire/swim-codec.ts';
import { AttackedPool, intruder } from '../support/attacked-pool.ts';
import { healingPools } from '../support/healing-pools.ts';
import { poolTables } from '../support/pool-tables.ts';
import { alive, dead, serfVersions, suspect } from '../support/swim-fixture.ts';

const pools = healingPools();
afterEach(() => pools.close());

const key = new Uint8Array(32).fill(7);

async function openAttacked(
  seed: number,
  gossip: Pick<GossipOptions, 'encryption'> = {},
): Promise<AttackedPool> {
  return new AttackedPool(await pools.of(6, seed, gossip));
}

const text = new TextEncoder();

/** A MessagePack map of short names to raw values. */
function mapOf(fields: Readonly<Record<string, readonly number[]>>): readonly number[] {
  const entries = Object.entries(fields);
  return [
    0x80 | entries.length,
    ...entries.flatMap(([name, value]) => [0xa0 | name.length, ...text.encode(name), ...value]),
  ];
}

/** Up to 31 bytes. */
function bytesOf(value: readonly number[]): readonly number[] {
  return [0xa0 | value.length, ...value];
}

/** The header of a push/pull, with any numbers. */
function pushPullHeader(nodes: readonly number[], userStateBytes: readonly number[]): Uint8Array {
  return Uint8Array.from([6, ...mapOf({ Join: [0xc2], Nodes: nodes, UserStateLen: userStateBytes })]);
}

/** An alive message with any version bytes and any address. */
function rawAlive(
  name: string,
  incarnation: number,
  addr: readonly number[],
  vsn: readonly number[],
): Uint8Array {
  return Uint8Array.from([
    4,
    ...mapOf({
      Addr: bytesOf(addr),
      Incarnation: [incarnation],
      Meta: bytesOf([]),
      Node: bytesOf([...text.encode(name)]),
      Port: [0xcd, 0x1f, 0x0a],
      Vsn: bytesOf(vsn),
    }),
  ]);
}

const vsn = [1, 5, 2, 2, 5, 5];

/** A query as Serf writes it, with any filters and payload. */
function rawQuery(
  id: number,
  {
    name = 'x',
    filters = [],
    payload = [],
  }: Partial<Record<'payload', readonly number[]>> & {
    readonly name?: string;
    readonly filters?: readonly (readonly number[])[];
  },
): Uint8Array {
  const body = mapOf({
    LTime: [40],
    ID: [id],
    Addr: bytesOf([10, 66, 6, 6]),
    Port: [0xcd, 0x1f, 0x0a],
    SourceNode: bytesOf([...text.encode('m1')]),
    Filters: [0x90 | filters.length, ...filters.flatMap(bytesOf)],
    Flags: [0],
    RelayFactor: [0],
    Timeout: [0xce, 0x7f, 0xff, 0xff, 0xff],
    Name: bytesOf([...text.encode(name)]),
    Payload: bytesOf(payload),
  });
  return encodeUserMessage(Uint8Array.from([SerfMessageType.query, ...body]));
}

describe('hostile input does no lasting harm to a pool', () => {
  test('lengths of a push/pull that are negative or larger than any pool, gossip.md 8.1', async () => {
    const attacked = await openAttacked(1);
    const streams = [
      pushPullHeader([0xff], [0]), // -1 members
      pushPullHeader([0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0], [0]), // -2^63 members
      pushPullHeader([0xce, 0x7f, 0xff, 0xff, 0xff], [0]), // 2^31 members, none of which follows
      pushPullHeader([0], [0xff]),
      pushPullHeader([0], [0xce, 0xff, 0xff, 0xff, 0xff]),
      Uint8Array.of(6),
      Uint8Array.of(8, ...mapOf({ UserMsgLen: [0xff] })),
    ];
    await attacked.attack({ streams });
    await attacked.pool.advance(15_000);
    expect(attacked.refusals('WIRE_LIMIT') + attacked.refusals('WIRE_MALFORMED')).toBeGreaterThan(100);
    await attacked.expectUnharmed();
  });

  test('alive messages with 0 to 5, 7 or 20 version bytes, gossip.md 8.2', async () => {
    const attacked = await openAttacked(2);
    const packets = [0, 1, 2, 3, 4, 5, 7, 20].flatMap((length) => {
      const short = Array.from({ length }, (_, i) => vsn[i] ?? 1);
      return [rawAlive('ghost', 1, [10, 66, 6, 7], short), rawAlive('m3', 9, [10, 0, 0, 2], short)];
    });
    await attacked.attack({ packets });
    await attacked.expectUnharmed();
  });

  test('members without usable versions, gossip.md 8.3', async () => {
    const attacked = await openAttacked(3);
    const { host } = attacked.pool.addressOf('m3');
    const packets = [
      alive('m3', { versions: zeroVersions, incarnation: 9, host }),
      alive('ghost', { versions: zeroVersions, incarnation: 1 }),
      alive('ghost', { versions: { ...serfVersions, protocolMin: 5, protocolMax: 1 }, incarnation: 1 }),
    ].map(encodePacketMessage);
    await attacked.attack({ packets });
    await attacked.expectUnharmed();
  });

  test('empty filters, empty payloads and empty messages, in the clear, gossip.md 8.4', async () => {
    const attacked = await openAttacked(4);
    const empty = new Uint8Array(0);
    const packets = [
      ...emptyQueries(),
      encodeUserMessage(empty),
      encodeUserMessage(Uint8Array.of(9)),
      ...[
        [3],
        [7, 255],
        [7, 0],
        [9, 1, 0, 0],
        [9],
        [8, 4, 0x80],
        [8, 3, 0xc0],
        [8],
        [244, 1],
        [244],
        [10, 0],
      ].map((bytes) => Uint8Array.from(bytes)),
      empty,
    ];
    await attacked.attack({
      packets,
      streams: [empty, Uint8Array.of(8), Uint8Array.of(9), Uint8Array.of(10)],
    });
    await attacked.pool.advance(15_000);
    await attacked.expectUnharmed();
  });

  test('empty frames and key queries without a key from an attacker with the pool’s key, gossip.md 8.4', async () => {
    const attacked = await openAttacked(5, { encryption: { keys: [key] } });
    const keyring = createKeyring([key]);
    let count = 0;
    const nonce = () => {
      count += 1;
      return Uint8Array.from({ length: 12 }, (_, i) => (count >> (8 * i)) & 255);
    };
    const sealed = (parts: readonly Uint8Array[]) =>
      sealPacket(parts, { keyring, compression: false, verifyOutgoing: true, label: '', crc: false, nonce });
    const emptyFrame = keyring.seal(new Uint8Array(0), { nonce: nonce(), aad: new Uint8Array(0) });
    const header = Uint8Array.of(10, 0, 0, 0, emptyFrame.length);
    const streamFrame = keyring.seal(new Uint8Array(0), { nonce: nonce(), aad: header });
    const packets = [emptyFrame, ...emptyQueries().map((bytes) => sealed([bytes]))];
    await attacked.attack({ packets, streams: [Uint8Array.from([...header, ...streamFrame]), header] });
    await attacked.pool.advance(15_000);
    const { keys } = await attacked.pool.settle(attacked.pool.gossip('m1').keys.list());
    expect([...Object.values(keys)]).toEqual([6]);
    await attacked.expectUnharmed(keyring);
  });

  test('addresses in another form, of other lengths, and names that are empty, gossip.md 8.5', async () => {
    const attacked = await openAttacked(6);
    const conflicts: string[] = [];
    for (const name of attacked.pool.running) {
      attacked.pool.gossip(name).on('member-conflict', () => conflicts.push(name));
    }
    const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 2];
    await attacked.attack({ packets: [rawAlive('m3', 1, mapped, vsn)] });
    expect(conflicts, 'the 16-byte form of an IPv4 address is the same address').toEqual([]);
    const packets = [
      rawAlive('ghost', 1, [], vsn),
      rawAlive('ghost', 1, [10, 66, 6], vsn),
      rawAlive('ghost', 1, [10, 66, 6, 7, 8], vsn),
      rawAlive('m3', 9, [10, 0, 0], vsn),
      rawAlive('', 1, [10, 66, 6, 7], vsn),
    ];
    await attacked.attack({ packets });
    await attacked.expectUnharmed();
  });

  test('names of members announced from another address, gossip.md 8.6', async () => {
    const attacked = await openAttacked(7);
    const packets = attacked.pool.names
      .map((name) => alive(name, { host: intruder.host, incarnation: 50 }))
      .map(encodePacketMessage);
    await attacked.attack({ packets });
    await attacked.expectUnharmed();
  });

  test('incarnations and Lamport times at the end of their numbers, gossip.md 8.20', async () => {
    const attacked = await openAttacked(8);
    const { host } = attacked.pool.addressOf('m2');
    const far = Number.MAX_SAFE_INTEGER;
    const packets = [
      ...[
        alive('m2', { incarnation: 0xffff_ffff, host }),
        suspect('m4', 0xffff_ffff),
        dead('m4', 0xffff_ffff, 'm4'),
        dead('m1', 0xffff_fff0, 'x'),
        suspect('m5', 0xffff_0000),
      ].map(encodePacketMessage),
      encodeUserMessage(
        encodeSerfMessage({ type: 'leave-intent', lamportTime: far, node: 'm3', prune: true }),
      ),
      encodeUserMessage(encodeSerfMessage({ type: 'join-intent', lamportTime: far, node: 'm3' })),
      encodeUserMessage(
        encodeSerfMessage({
          type: 'user-event',
          lamportTime: far,
          name: 'e',
          payload: new Uint8Array(0),
          coalesce: false,
        }),
      ),
    ];
    await attacked.attack({ packets });
    await attacked.expectUnharmed();
    for (const [observer, table] of await poolTables(attacked.pool)) {
      for (const row of table.values()) {
        expect(row.incarnation, `${observer} about ${row.name} can be refuted`).toBeLessThan(0xffff_8000);
      }
    }
  });
});

/** Queries that index past the end upstream. */
function emptyQueries(): readonly Uint8Array[] {
  const keyNames = ['install-key', 'use-key', 'remove-key', 'list-keys'].map((name) => `_serf_${name}`);
  return [
    rawQuery(1, { filters: [[]] }),
    rawQuery(2, { filters: [[0], [1]] }),
    rawQuery(3, { filters: [[9, 9]] }),
    rawQuery(4, { name: '_serf_conflict' }),
    ...keyNames.flatMap((name, i) => [
      rawQuery(10 + i, { name }),
      rawQuery(20 + i, { name, payload: [SerfMessageType.keyRequest] }),
      rawQuery(30 + i, { name, payload: [0] }),
    ]),
  ];
}

const zeroVersions = {
  protocolMin: 0,
  protocolMax: 0,
  protocolCur: 0,
  delegateMin: 0,
  delegateMax: 0,
  delegateCur: 0,
};
