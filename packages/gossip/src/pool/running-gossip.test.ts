import { afterEach, describe, expect, test } from 'vitest';
import { LoopbackPool, seedOf, untilStatuses } from '../../test/support/loopback-pool.ts';
import type { Gossip } from '../gossip.ts';
import type { PacketTransport, StreamTransport } from '../ports.ts';
import { systemClock } from '../runtime/system-ports.ts';
import { createGossip } from './create-gossip.ts';

const pool = new LoopbackPool();
afterEach(() => pool.closeAll());

describe('keeping the process alive', () => {
  test('ends with unref for present and later sockets and timers, and begins again with ref', async () => {
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

  test('ports of the application without ref and unref are accepted', async () => {
    const { nowMs, wakeAt } = systemClock();
    const a = await pool.open('a', '127.27.24.1', { ports: { clock: { nowMs, wakeAt } } });
    a.unref();
    a.ref();
  });
});

describe('the promise of the close', () => {
  test('settles when everything is released, also for callers that did not close', async () => {
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

  test('settles although one port cannot be closed, and the other ports are closed', async () => {
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
      'on: type is "member-joined"; allowed: an event: member-join, member-leave, ',
      (a) => a.on('member-joined' as 'query', () => 1),
    ],
    ['(did you mean "member-join"?)', (a) => a.on('member-joined' as 'query', () => 1)],
    ['once: type is 5; allowed: an event', (a) => a.once(5 as never)],
    ['events: options.types[1] is "Query"', (a) => a.events({ types: ['query', 'Query' as 'query'] })],
    ['(did you mean "query"?)', (a) => a.events({ types: ['Query' as 'query'] })],
    [
      'events: options.types is "query"; allowed: a list of events (of one event: [type])',
      (a) => a.events({ types: 'query' as never }),
    ],
    ['on: listener is missing; allowed: a function', (a) => a.on('query', undefined as never)],
    ['on: listener is "f"; allowed: a function', (a) => a.on('query', 'f' as never)],
    [
      'on: options.singal is not an option; did you mean options.signal?',
      (a) => a.on('query', () => 1, { singal: 1 } as never),
    ],
    [
      'on: options.signal is an AbortController; allowed: an AbortSignal',
      (a) => a.on('query', () => 1, { signal: new AbortController() as never }),
    ],
    ['events: options.name is a RegExp; allowed: text', (a) => a.events({ name: /x/ as never })],
    [
      'on: type is 1; allowed: an event: member-join, member-leave, member-failed, member-update, member-reap, member-conflict, conflict-vote, user-event, query; listener is 2',
      (a) => a.on(1 as never, 2 as never),
    ],
    [
      'request: options.answer is an object without unpack; allowed: a payload type with the method unpack',
      (a) => a.request('x', { answer: JSON as never }),
    ],
    [
      'request: options.question is 5; allowed: a payload type with the method pack',
      (a) => a.request('x', { payload: 1 as never, question: 5 as never }),
    ],
    ['request: options is 5; allowed: an object with nodes,', (a) => a.request('x', 5 as never)],
    [
      'request: options.timeOutMs is not an option; did you mean options.timeoutMs?',
      (a) => a.request('x', { timeOutMs: 5 } as never),
    ],
    ['events: options is "query"; allowed: an object with types', (a) => a.events('query' as never)],
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

test('an error shows the beginning of a long name, not all of it', async () => {
  const a = await pool.open('a', '127.27.28.1');
  const short = expect.stringMatching(/^.{1,200}$/);
  const name = 'x'.repeat(100_000);
  const notForced = await a.forceLeave(name).catch((error: unknown) => error);
  expect(notForced).toMatchObject({ code: 'GOSSIP_NO_SUCH_MEMBER', message: short });
  const tooLarge = expect.objectContaining({ code: 'GOSSIP_TOO_LARGE', message: short });
  expect(() => a.userEvent(name)).toThrow(tooLarge);
  expect(() => a.query(name)).toThrow(tooLarge);
});

/** What keeps the event loop of this process alive, by kind. */
function keepingAlive(): readonly string[] {
  return process.getActiveResourcesInfo().filter((kind) => /^(UDP|TCP|Timeout)/.test(kind));
}
