import { VirtualClock } from '@hobnob/gossip/testing';
import { afterEach, expect, test } from 'vitest';
import { recordingLogger } from '../../test/recording-logger.ts';
import { type AgentClient, AgentClientError, type ReadOptions } from '../client/client.ts';
import type { WatchDefinition, WatchHandler } from './definition.ts';
import { readWatch } from './definition.ts';
import { Watches } from './watches.ts';

/** A read of a key that waits for the test's answer. */
interface Asked {
  readonly key: string;
  readonly options: ReadOptions;
  answer(value: string, index: bigint): Promise<void>;
  fail(error: unknown): Promise<void>;
}

/** A handler that runs until the test ends it. */
interface Handled {
  readonly handler: WatchHandler;
  readonly index: bigint;
  readonly value: unknown;
  readonly signal: AbortSignal;
  end(error?: Error): Promise<void>;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const opened: Watches[] = [];

afterEach(async () => {
  for (const watches of opened.splice(0)) await watches.close();
});

function setUp({ endsOnAbort = true } = {}) {
  const clock = new VirtualClock();
  const logger = recordingLogger();
  const asked: Asked[] = [];
  const handled: Handled[] = [];
  const get = (key: string, options: ReadOptions = {}): Promise<never> =>
    new Promise((resolve, reject) => {
      options.signal?.addEventListener('abort', () => reject(options.signal?.reason), { once: true });
      const answer = (value: string, index: bigint): Promise<void> => {
        const entry = { Key: key, Value: Buffer.from(value), ModifyIndex: index };
        resolve({ value: entry, index } as never);
        return turn();
      };
      const fail = (error: unknown): Promise<void> => {
        reject(error);
        return turn();
      };
      asked.push({ key, options, answer, fail });
    });
  const watches = new Watches({
    clock,
    logger,
    // The calls that these watches make.
    client: { kv: { get } } as unknown as AgentClient,
    handle: (handler, { index, body }, signal) =>
      new Promise((resolve, reject) => {
        if (endsOnAbort) signal.addEventListener('abort', () => resolve(), { once: true });
        const end = (error?: Error): Promise<void> => {
          if (error === undefined) resolve();
          else reject(error);
          return turn();
        };
        const value = JSON.parse(String(body)).Value;
        handled.push({ handler, index, value: Buffer.from(value, 'base64').toString(), signal, end });
      }),
  });
  opened.push(watches);
  return { clock, lines: logger.lines, asked, handled, watches };
}

function keyWatch(key: string, more: Readonly<Record<string, unknown>> = {}): WatchDefinition {
  const read = readWatch({ type: 'key', key, args: ['run', key], ...more });
  if (typeof read === 'string') throw new Error(read);
  return read;
}

test('a watch asks with its datacenter, token and consistency, and hands each view to its handler', async () => {
  const { asked, handled, watches } = setUp();
  await watches.replace([keyWatch('a', { datacenter: 'dc2', token: 't', stale: true })]);
  expect(asked[0]).toMatchObject({
    key: 'a',
    options: { datacenter: 'dc2', token: 't', consistency: 'stale' },
  });
  expect(asked[0]?.options).not.toHaveProperty('index');
  await asked[0]?.answer('1', 5n);
  expect(handled[0]).toMatchObject({ index: 5n, value: '1', handler: { kind: 'args', args: ['run', 'a'] } });
  await handled[0]?.end();
  expect(asked[1]?.options.index).toBe(5n);
});

test('while its handler runs a watch asks for nothing, and then gets the latest state', async () => {
  const { asked, handled, watches } = setUp();
  await watches.replace([keyWatch('a')]);
  await asked[0]?.answer('1', 5n);
  expect(asked).toHaveLength(1);
  await handled[0]?.end();
  await asked[1]?.answer('9', 12n);
  expect(handled.map(({ value }) => value)).toEqual(['1', '9']);
});

test('a handler that fails is logged, and does not end its watch', async () => {
  const { asked, handled, lines, watches } = setUp();
  await watches.replace([keyWatch('a')]);
  await asked[0]?.answer('1', 5n);
  await handled[0]?.end(new Error('no more processes'));
  expect(lines).toEqual([
    'ERROR agent: Failed to run watch handler {"type":"key","error":"no more processes"}',
  ]);
  await asked[1]?.answer('2', 6n);
  expect(handled).toHaveLength(2);
});

test('a read that fails is logged and repeated, from the start', async () => {
  const { asked, clock, lines, watches } = setUp();
  await watches.replace([keyWatch('a')]);
  const context = {
    method: 'GET',
    url: 'http://127.0.0.1:8500/v1/kv/a',
    status: 500,
    body: 'No cluster leader',
  };
  await asked[0]?.fail(new AgentClientError('CLIENT_STATUS', 'refused', context));
  expect(lines).toEqual([
    'ERROR agent.watch.watch: Watch errored {"type":"key","error":"Unexpected response code: 500","retry":"5s"}',
  ]);
  clock.advance(4_999);
  await turn();
  expect(asked).toHaveLength(1);
  clock.advance(1);
  await turn();
  expect(asked[1]?.options).not.toHaveProperty('index');
});

test('a watch whose read fails for no reason of the network ends alone', async () => {
  const { asked, lines, watches } = setUp();
  await watches.replace([keyWatch('a'), keyWatch('b')]);
  await asked[0]?.fail(new Error('a fault'));
  expect(lines).toEqual(['ERROR agent: Failed to run watch {"type":"key","error":"a fault"}']);
  expect(asked[1]?.options.signal?.aborted).toBe(false);
});

test('equal watches run on when others take the places of the rest', async () => {
  const { asked, handled, watches } = setUp();
  await watches.replace([keyWatch('a'), keyWatch('b'), keyWatch('b')]);
  for (const each of asked.slice(0, 3)) await each.answer('1', 5n);
  await watches.replace([keyWatch('b'), keyWatch('c')]);
  // Of the two that were equal one is wanted no more.
  expect(handled.map(({ signal }) => signal.aborted)).toEqual([true, false, true]);
  expect(asked.map(({ key }) => key)).toEqual(['a', 'b', 'b', 'c']);
});

test('thousands of watches are replaced in a moment', async () => {
  const { asked, watches } = setUp();
  const many = (name: string) => Array.from({ length: 3_000 }, (_, i) => keyWatch(`${name}${i}`));
  await watches.replace([...many('a'), keyWatch('same'), keyWatch('same')]);
  const others = [keyWatch('same'), ...many('b'), keyWatch('same')];
  const startedMs = performance.now();
  const replaced = watches.replace(others);
  // Comparing each with each takes seconds.
  expect(performance.now() - startedMs).toBeLessThan(2_500);
  await replaced;
  expect(asked).toHaveLength(6_002);
  expect(asked.filter(({ options }) => options.signal?.aborted)).toHaveLength(3_000);
});

test('replacing waits for the handlers of those that end', async () => {
  const { asked, handled, watches } = setUp({ endsOnAbort: false });
  await watches.replace([keyWatch('a')]);
  await asked[0]?.answer('1', 5n);
  let isReplaced = false;
  const replaced = watches.replace([]).then(() => {
    isReplaced = true;
  });
  await turn();
  expect(handled[0]?.signal.aborted).toBe(true);
  expect(isReplaced).toBe(false);
  await handled[0]?.end();
  await replaced;
  expect(asked).toHaveLength(1);
});

test('whoever closes, a second time too, waits for the handlers', async () => {
  const { asked, handled, watches } = setUp({ endsOnAbort: false });
  await watches.replace([keyWatch('a')]);
  await asked[0]?.answer('1', 5n);
  const closed: string[] = [];
  const both = ['first', 'second'].map((who) => watches.close().then(() => closed.push(who)));
  await turn();
  expect(closed).toEqual([]);
  await handled[0]?.end();
  await Promise.all(both);
  expect(closed).toEqual(['first', 'second']);
});

test('close ends the reads, and none begins after it', async () => {
  const { asked, clock, lines, watches } = setUp();
  await watches.replace([keyWatch('a'), keyWatch('b')]);
  await asked[1]?.fail(
    new AgentClientError('CLIENT_STATUS', 'x', { method: 'GET', url: '', status: 500, body: '' }),
  );
  await watches.close();
  await watches.replace([keyWatch('c')]);
  expect(asked.map(({ options }) => options.signal?.aborted)).toEqual([true, true]);
  clock.advance(600_000);
  await turn();
  expect(asked).toHaveLength(2);
  expect(lines).toHaveLength(1);
  expect(clock.pendingCount).toBe(0);
});
