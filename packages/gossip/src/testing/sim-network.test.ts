import { expect, test } from 'vitest';
import type { StreamConnection, StreamHandler } from '../ports.ts';
import type { Address } from '../wire/address.ts';
import { block, delay, duplicate, loss, partition, streamsOnly, udpOnly } from './fault-rules.ts';
import { seededRng } from './seeded-rng.ts';
import { type SimHost, SimNetwork } from './sim-network.ts';
import { VirtualClock } from './virtual-clock.ts';

const addressA = { host: '10.0.0.1', port: 7946 };
const addressB = { host: '10.0.0.2', port: 7946 };

interface World {
  readonly clock: VirtualClock;
  readonly network: SimNetwork;
  readonly a: SimHost;
  readonly b: SimHost;
  /** What `b` received, each as `text at time`. */
  readonly received: string[];
  readonly send: (text: string, to?: Address) => void;
}

function createWorld(seed = 1): World {
  const clock = new VirtualClock();
  const network = new SimNetwork({ clock, rng: seededRng(seed) });
  const [a, b] = [network.host(addressA), network.host(addressB)];
  const received: string[] = [];
  b.packets.onPacket((packet) => received.push(`${Buffer.from(packet)} at ${clock.nowMs()}`));
  const send = (text: string, to: Address = addressB): void => a.packets.send(Buffer.from(text), to);
  return { clock, network, a, b, received, send };
}

/** A handler that records its calls, with the time. */
function logging(clock: VirtualClock, log: string[]): StreamHandler {
  const note = (text: string): void => {
    log.push(`${text} at ${clock.nowMs()}`);
  };
  return {
    onOpen: () => note('open'),
    onData: (chunk) => note(`"${Buffer.from(chunk)}"`),
    onEnd: () => note('end'),
    onClose: (error) => note(`close ${error !== undefined && 'code' in error ? error.code : 'in order'}`),
  };
}

/** Makes `host` write back what it receives, and end when the peer does. */
function echo({ streams }: SimHost): void {
  streams.onConnection((connection) => ({
    onData: (chunk) => connection.write(chunk),
    onEnd: () => connection.end(),
    onClose: () => undefined,
  }));
}

test('a datagram takes the latency and never arrives inside send', () => {
  const { clock, received, send } = createWorld();
  send('hello');
  expect(received).toEqual([]);
  clock.advance(1);
  expect(received).toEqual(['hello at 1']);
});

test('equal delays keep the order, random delays may not, and a seed repeats both', () => {
  const run = (seed: number): string[] => {
    const { clock, network, received, send } = createWorld(seed);
    for (let i = 0; i < 20; i += 1) send(`even ${i}`);
    clock.advance(10);
    expect(received).toEqual(Array.from({ length: 20 }, (_, i) => `even ${i} at 1`));
    network.addRule(delay({ minMs: 0, maxMs: 50 }));
    network.addRule(loss(0.3));
    network.addRule(duplicate(0.3));
    for (let i = 0; i < 50; i += 1) send(`${i}`);
    clock.advance(100);
    return received.slice(20);
  };
  const history = run(5);
  const order = history.map((line) => Number.parseInt(line, 10));
  expect(order).not.toEqual([...order].sort((x, y) => x - y));
  expect(new Set(order).size).toBeLessThan(50);
  expect(new Set(order).size).toBeLessThan(order.length);
  expect(run(5)).toEqual(history);
  expect(run(6)).not.toEqual(history);
});

test('a removed rule has no effect', () => {
  const { clock, network, received, send } = createWorld();
  const heal = network.addRule(partition([addressA.host], [addressB.host]));
  send('lost');
  clock.advance(10);
  heal();
  heal();
  send('found');
  clock.advance(10);
  expect(received).toEqual(['found at 11']);
});

test('a listener that keeps a packet or a chunk beyond the call finds it overwritten', () => {
  const { clock, a, b } = createWorld();
  const kept: Uint8Array[] = [];
  b.packets.onPacket((packet) => kept.push(packet));
  b.streams.onConnection(() => ({
    onData: (chunk) => kept.push(chunk),
    onEnd: () => undefined,
    onClose: () => undefined,
  }));
  const sent = Buffer.from('x');
  a.packets.send(sent, addressB);
  a.streams.dial(addressB, 1_000, logging(clock, [])).write(sent);
  clock.advance(10);
  expect(kept.map((bytes) => [...bytes])).toEqual([[0xdd], [0xdd]]);
  expect(sent.toString()).toBe('x');
});

test('the sender may reuse its buffer as soon as send and write return', () => {
  const { clock, a, b, received } = createWorld();
  const buffer = Buffer.from('before');
  const log: string[] = [];
  b.streams.onConnection(() => logging(clock, log));
  a.packets.send(buffer, addressB);
  a.streams.dial(addressB, 1_000, logging(clock, [])).write(buffer);
  buffer.fill(0);
  clock.advance(10);
  expect(received).toEqual(['before at 1']);
  expect(log.map((line) => /"(.*)"/.exec(line)?.[1]).join('')).toBe('before');
});

test('a stream takes a round trip to open and keeps its bytes in order under random delay and loss', () => {
  const { clock, network, a, b } = createWorld();
  echo(b);
  const log: string[] = [];
  a.streams.dial(addressB, 1_000, logging(clock, log)).destroy();
  const open: string[] = [];
  a.streams.dial(addressB, 1_000, logging(clock, open));
  clock.advance(10);
  expect([log, open]).toEqual([['close in order at 0'], ['open at 2']]);

  network.addRule(delay({ minMs: 0, maxMs: 100 }));
  network.addRule(loss(0.2));
  network.addRule(duplicate(0.2));
  const text = Array.from({ length: 2_000 }, (_, i) => `line ${i}\n`).join('');
  const chunks: string[] = [];
  const connection = a.streams.dial(addressB, 600_000, {
    onData: (chunk) => chunks.push(Buffer.from(chunk).toString()),
    onEnd: () => undefined,
    onClose: (error) => chunks.push(`closed ${error}`),
  });
  connection.write(Buffer.from(text));
  connection.end();
  clock.advance(600_000);
  expect(chunks.length).toBeGreaterThan(10);
  expect(chunks.join('')).toBe(`${text}closed undefined`);
  expect(network.stats().streamRetries).toBeGreaterThan(0);
});

test('short messages arrive in chunks of many sizes', () => {
  const { clock, a, b } = createWorld();
  const sizes = new Set<number>();
  b.streams.onConnection(() => ({
    onData: (chunk) => sizes.add(chunk.length),
    onEnd: () => undefined,
    onClose: () => undefined,
  }));
  const connection = a.streams.dial(addressB, 10_000, logging(clock, []));
  for (let i = 0; i < 100; i += 1) connection.write(new Uint8Array(300));
  clock.advance(1_000);
  expect(sizes.has(1)).toBe(true);
  expect(sizes.has(300)).toBe(true);
  expect(sizes.size).toBeGreaterThan(20);
});

test('dialling into a partition times out; dialling an address without a listener is refused', () => {
  const { clock, network, a } = createWorld();
  network.addRule(partition([addressA.host], [addressB.host]));
  const [cut, empty]: [string[], string[]] = [[], []];
  a.streams.dial(addressB, 5_000, logging(clock, cut));
  a.streams.dial({ host: '10.0.0.9', port: 1 }, 5_000, logging(clock, empty));
  clock.advance(10_000);
  expect(cut).toEqual(['close ETIMEDOUT at 5000']);
  expect(empty).toEqual(['close ECONNREFUSED at 2']);
});

test('a stream survives a partition that heals before its deadline', () => {
  const { clock, network, a, b } = createWorld();
  echo(b);
  const log: string[] = [];
  const connection = a.streams.dial(addressB, 60_000, logging(clock, log));
  clock.advance(10);
  const heal = network.addRule(block([addressA.host], [addressB.host]));
  connection.write(Buffer.from('x'));
  connection.end();
  clock.advance(1_000);
  expect(log).toEqual(['open at 2']);
  heal();
  clock.advance(10_000);
  expect(log.map((line) => line.replace(/ at .*/, ''))).toEqual(['open', '"x"', 'end', 'close in order']);
});

test('both ends of a stream across a partition time out', () => {
  const { clock, network, a, b } = createWorld();
  const [here, there]: [string[], string[]] = [[], []];
  b.streams.onConnection(() => logging(clock, there));
  a.streams.dial(addressB, 5_000, logging(clock, here));
  clock.advance(100);
  network.addRule(partition([addressA.host], [addressB.host]));
  clock.advance(20_000);
  expect(here).toEqual(['open at 2', 'close ETIMEDOUT at 5000']);
  expect(there).toEqual(['close ETIMEDOUT at 10003']);
});

test('selectors do not affect the other kind of traffic', () => {
  const { clock, network, a, b, received, send } = createWorld();
  echo(b);
  const heal = network.addRule(udpOnly(loss(1)));
  const log: string[] = [];
  a.streams.dial(addressB, 1_000, logging(clock, log));
  send('lost');
  clock.advance(10);
  expect([log, received]).toEqual([['open at 2'], []]);
  heal();
  network.addRule(streamsOnly(loss(1)));
  send('found');
  clock.advance(10);
  expect(received).toEqual(['found at 11']);
});

test('a paused process resumes with its timers, then with its buffered messages', () => {
  const { clock, network, a, b } = createWorld();
  const log: string[] = [];
  b.packets.onPacket((packet) => log.push(`${Buffer.from(packet)}`));
  b.clock.wakeAt(50, () => log.push('timer'));
  const resume = network.pause(addressB);
  a.packets.send(Buffer.from('first'), addressB);
  a.packets.send(Buffer.from('second'), addressB);
  b.packets.send(Buffer.from('frozen'), addressA);
  clock.advance(100);
  expect(log).toEqual([]);
  resume();
  resume();
  expect(log).toEqual(['timer', 'first', 'second']);
  expect(network.stats()).toMatchObject({ packetsLostToPause: 1, packetsDelivered: 2 });
});

test('the buffer of a paused process holds two megabytes of datagrams and loses the rest', () => {
  const { clock, network, received, send } = createWorld();
  const resume = network.pause(addressB);
  for (let i = 0; i < 50; i += 1) send('x'.repeat(60_000));
  clock.advance(10);
  resume();
  expect(received).toHaveLength(34);
  expect(network.stats().packetsLostToPause).toBe(16);
});

test('the system of a paused process accepts streams that it answers when resumed', () => {
  const { clock, network, a, b } = createWorld();
  echo(b);
  const resume = network.pause(addressB);
  const log: string[] = [];
  const connection = a.streams.dial(addressB, 5_000, logging(clock, log));
  connection.write(Buffer.from('x'));
  connection.end();
  clock.advance(1_000);
  expect(log).toEqual(['open at 2']);
  resume();
  clock.advance(1_000);
  expect(log).toEqual(['open at 2', '"x" at 1001', 'end at 1001', 'close in order at 1001']);
});

test('a crash stops the process, resets its streams, and frees the address', () => {
  const { clock, network, a, b, received, send } = createWorld();
  const there: string[] = [];
  b.streams.onConnection(() => logging(clock, there));
  b.clock.wakeAt(500, () => there.push('timer'));
  const here: string[] = [];
  a.streams.dial(addressB, 5_000, logging(clock, here));
  clock.advance(100);
  network.crash(addressB);
  send('too late');
  b.packets.send(Buffer.from('ghost'), addressB);
  const refused: string[] = [];
  a.streams.dial(addressB, 5_000, logging(clock, refused));
  clock.advance(1_000);
  expect(here).toEqual(['open at 2', 'close ECONNRESET at 101']);
  expect([there, received]).toEqual([[], []]);
  expect(refused).toEqual(['close ECONNREFUSED at 102']);
  expect(network.stats().packetsUnreachable).toBe(1);

  const again = network.host(addressB);
  again.packets.onPacket((packet) => received.push(`${Buffer.from(packet)} again`));
  send('hello');
  clock.advance(1);
  expect(received).toEqual(['hello again']);
});

test('one address belongs to one process until both transports are closed', async () => {
  const { network, b } = createWorld();
  expect(() => network.host(addressB)).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }));
  await b.packets.close();
  expect(() => network.host(addressB)).toThrow('in use');
  await b.streams.close();
  expect(network.host(addressB).address).toEqual(addressB);
  expect(() => network.host({ host: '10.0.0.3', port: 0 })).toThrow(RangeError);
  expect(() => network.pause({ host: '10.0.0.3', port: 1 })).toThrow('no process runs on 10.0.0.3:1');
});

test('the counters add up', () => {
  const { clock, network, a, b, send } = createWorld();
  echo(b);
  network.addRule(udpOnly(duplicate(1)));
  for (let i = 0; i < 10; i += 1) send('12345');
  send('nobody', { host: '10.0.0.9', port: 1 });
  const connection: StreamConnection = a.streams.dial(addressB, 1_000, logging(clock, []));
  connection.write(new Uint8Array(1_000));
  connection.end();
  clock.advance(100);
  network.addRule(udpOnly(loss(1)));
  send('lost!');
  expect(network.stats()).toEqual({
    packetsSent: 12,
    packetBytesSent: 61,
    packetsDelivered: 20,
    packetsDuplicated: 11,
    packetsDropped: 1,
    packetsUnreachable: 2,
    packetsLostToPause: 0,
    packetsOversized: 0,
    streamsDialled: 1,
    streamsRefused: 0,
    streamBytesDelivered: 2_000,
    streamRetries: 0,
  });
});
