import { afterEach, describe, expect, test } from 'vitest';
import { LoopbackPool, seedOf, untilStatuses } from '../../test/support/loopback-pool.ts';
import type { Gossip } from '../gossip.ts';
import { systemClock } from '../io/system-ports.ts';
import type { PacketTransport, StreamTransport } from '../ports.ts';
import { createGossip } from './create-gossip.ts';

const pool = new LoopbackPool();
afterEach(() => pool.closeAll());

describe('keeping the process alive', () => {
  test('is up to the caller: unref lets go of sockets and timers, those to come included, and ref takes them back', async () => {
    const before = keepingAlive();
    const a = await pool.open('a', '127.27.23.1');
    const b = await pool.open('b', '127.27.23.2');
    expect(keepingAlive()).not.toEqual(before);
    a.unref();
    b.unref();
    b.unref();
    expect(keepingAlive().length).toBeLessThanOrEqual(before.length);
    // With nothing else to wait for the process would end here.
    await b.join([seedOf(a)]);
    await untilStatuses(a, { a: 'alive', b: 'alive' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(keepingAlive().length).toBeLessThanOrEqual(before.length);
    expect(keepingAlive()).not.toContain('UDPWrap');
    a.ref();
    expect(keepingAlive()).toContain('UDPWrap');
    await Promise.all([a.close(), b.close()]);
  });

  test('own ports without ref and unref are left as they are', async () => {
    const { nowMs, wakeAt } = systemClock();
    const a = await pool.open('a', '127.27.24.1', { ports: { clock: { nowMs, wakeAt } } });
    a.unref();
    a.ref();
  });
});

describe('the promise of the close', () => {
  test('settles when everything is released, whoever closed', async () => {
    const a = await pool.open('a', '127.27.25.1');
    let isClosed = false;
    void a.closed.then(() => {
      isClosed = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(false);
    await a.close();
    await a.closed;
    const again = await createGossip({ name: 'b', bind: a.bindAddress });
    await again.close();
  });

  test('settles also when a port cannot be closed; the other ports are closed all the same', async () => {
    const address = { host: '127.27.26.1', port: 7946 };
    const closed: string[] = [];
    const packets: PacketTransport = {
      localAddress: address,
      send: () => undefined,
      onPacket: () => undefined,
      close: () => {
        throw new Error('the socket is stuck');
      },
    };
    const streams: StreamTransport = {
      localAddress: address,
      dial: () => {
        throw new Error('nothing is dialled here');
      },
      onConnection: () => undefined,
      close: async () => {
        closed.push('streams');
      },
    };
    const a = await createGossip({ name: 'a', bind: address, ports: { packets, streams } });
    await expect(a.close()).rejects.toThrow('the socket is stuck');
    await a.closed;
    expect(closed).toEqual(['streams']);
  });
});

describe('listening', () => {
  test.each<readonly [string, (gossip: Gossip) => unknown]>([
    [
      'on: there is no event "member-joined"; did you mean "member-join"?',
      (a) => a.on('member-joined' as 'query', () => 1),
    ],
    ['once: there is no event 5; the events are', (a) => a.once(5 as never)],
    [
      'events: types[1]: there is no event "Query"; did you mean "query"?',
      (a) => a.events({ types: ['query', 'Query' as 'query'] }),
    ],
    ['events: types has to be a list', (a) => a.events({ types: 'query' as never })],
    ['on: the listener has to be a function, not undefined', (a) => a.on('query', undefined as never)],
    [
      'on: there is no option "singal"; did you mean "signal"?',
      (a) => a.on('query', () => 1, { singal: 1 } as never),
    ],
    [
      'on: signal has to be an AbortSignal',
      (a) => a.on('query', () => 1, { signal: new AbortController() as never }),
    ],
    ['events: name has to be text', (a) => a.events({ name: /x/ as never })],
    ['request: answer has to be a payload type', (a) => a.request('x', { answer: JSON as never })],
    [
      'request: question has to be a payload type',
      (a) => a.request('x', { payload: 1 as never, question: 5 as never }),
    ],
    ['events: the options have to be an object', (a) => a.events('query' as never)],
  ])('%s', async (message, call) => {
    const a = await pool.open('a', '127.27.27.1');
    let error: unknown;
    try {
      // `once` rejects, as everything that returns a promise; the others throw.
      await call(a);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ code: 'GOSSIP_ARGUMENT', message: expect.stringContaining(message) });
  });

  test('without a logger an error of a listener becomes a warning of the process', async () => {
    const a = await pool.open('a', '127.27.28.1');
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    a.on('user-event', async () => Promise.reject(new Error('a bug of the application')));
    a.userEvent('deploy');
    a.userEvent('deploy');
    expect(await warned).toMatchObject({
      name: 'GossipWarning',
      message: 'an event listener failed: user-event',
      detail: expect.stringContaining('a bug of the application'),
    });
    expect(a.stats().listenerErrorsCount).toBe(2);
  });
});

/** What keeps the event loop of this process alive, by kind. */
function keepingAlive(): readonly string[] {
  return process.getActiveResourcesInfo().filter((kind) => /^(UDP|TCP|Timeout)/.test(kind));
}
