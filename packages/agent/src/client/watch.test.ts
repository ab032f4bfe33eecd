import { describe, expect, test, vi } from 'vitest';
import { startAnsweringAgent } from '../../test/answering-agent.ts';
import { createClient } from './client.ts';
import type { ReadAnswer } from './read-options.ts';
import { AgentClientError } from './transport.ts';
import { type WatchPorts, type WatchRead, watch, watchWith } from './watch.ts';

/** What the agent of a test answers to one read: a value at an index, or an error. */
type Step = readonly [index: bigint, value: string, tookMs?: number] | Error;

function answered(index: bigint, value: string): ReadAnswer<string> {
  return { value, index, lastContactMs: 0, knownLeader: true, cache: undefined };
}

function failed(status: number): AgentClientError {
  const request = { method: 'GET', url: 'http://x/', status };
  return new AgentClientError(
    status === 0 ? 'CLIENT_CONNECTION' : 'CLIENT_STATUS',
    `status ${status}`,
    request,
  );
}

/** A clock that pauses move, and reads that follow a script; after its end a read waits for the signal. */
function scripted(steps: readonly Step[], random = 0) {
  let nowMs = 0;
  const left = [...steps];
  const pausesMs: number[] = [];
  /** What waits for a deadline, by its time. */
  const deadlines = new Map<() => void, number>();
  const indexes: (bigint | undefined)[] = [];
  const ports: WatchPorts = {
    nowMs: () => nowMs,
    wakeAfter(ms, wake) {
      deadlines.set(wake, ms);
      return () => deadlines.delete(wake);
    },
    async pause(ms) {
      pausesMs.push(ms);
      nowMs += ms;
    },
    random: () => random,
  };
  const read = async ({ index, signal }: WatchRead): Promise<ReadAnswer<string>> => {
    indexes.push(index);
    const step = left.shift();
    if (step instanceof Error) throw step;
    if (step !== undefined) {
      nowMs += step[2] ?? 0;
      return answered(step[0], step[1]);
    }
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  };
  return { ports, read, pausesMs, indexes, deadlines };
}

/** The first values of a watch. */
async function take(changes: AsyncIterable<ReadAnswer<string>>, count: number): Promise<readonly string[]> {
  const values: string[] = [];
  for await (const { value } of changes) {
    values.push(value);
    if (values.length === count) break;
  }
  return values;
}

describe('a watch', () => {
  test('asks again when the agent is silent to a read that waits for nothing', async () => {
    const { ports, read, indexes, deadlines } = scripted([[5n, 'a']]);
    let isFirst = true;
    const silent = (options: WatchRead): Promise<ReadAnswer<string>> => {
      if (!isFirst) return read(options);
      isFirst = false;
      return new Promise((_, reject) => {
        options.signal.addEventListener('abort', () => reject(options.signal.reason), { once: true });
      });
    };
    const retried: string[] = [];
    const changes = watchWith(ports, silent, { onRetry: ({ message }) => retried.push(message) });
    const first = changes.next();
    await vi.waitUntil(() => deadlines.size > 0);
    for (const wake of [...deadlines.keys()]) wake();
    expect((await first).value?.value).toBe('a');
    expect(retried).toEqual(['no answer within 30000 ms']);
    expect(indexes).toEqual([undefined]);
    expect(deadlines.size).toBe(0);
    await changes.return();
  });

  test('has one element for each change, and asks with the index of the last answer', async () => {
    const { ports, read, indexes, pausesMs } = scripted([
      [5n, 'a'],
      [7n, 'b', 10],
      // The index moved for something else; nothing changed.
      [9n, 'b', 10],
      [10n, 'c', 10],
    ]);
    expect(await take(watchWith(ports, read, {}), 3)).toEqual(['a', 'b', 'c']);
    expect(indexes).toEqual([undefined, 5n, 7n, 9n]);
    expect(pausesMs).toEqual([]);
  });

  test('begins anew when the index goes back', async () => {
    const { ports, read, indexes } = scripted([
      [50n, 'a'],
      [3n, 'a'],
      [3n, 'a'],
      [4n, 'b'],
    ]);
    expect(await take(watchWith(ports, read, {}), 2)).toEqual(['a', 'b']);
    expect(indexes).toEqual([undefined, 50n, undefined, 3n]);
  });

  test('tells the change that came with an index that went back', async () => {
    const { ports, read } = scripted([
      [50n, 'a'],
      [3n, 'b'],
    ]);
    expect(await take(watchWith(ports, read, {}), 2)).toEqual(['a', 'b']);
  });

  test('never asks with index 0, for which an agent does not wait', async () => {
    const { ports, read, indexes } = scripted([
      [0n, 'a'],
      [2n, 'b'],
    ]);
    await take(watchWith(ports, read, {}), 2);
    expect(indexes).toEqual([undefined, 1n]);
  });

  test('goes on after lost connections and errors of the server, with pauses that grow to a limit', async () => {
    const lost = Array.from({ length: 8 }, () => failed(0));
    const { ports, read, pausesMs, indexes } = scripted([
      [5n, 'a'],
      ...lost,
      failed(500),
      failed(429),
      [6n, 'b'],
    ]);
    const told: (readonly [number, number])[] = [];
    const onRetry = ({ status }: AgentClientError, delayMs: number) => told.push([status, delayMs]);
    expect(await take(watchWith(ports, read, { onRetry, retryMsMax: 8_000 }), 2)).toEqual(['a', 'b']);
    expect(pausesMs).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000, 8000, 8000]);
    expect(told.map(([, delayMs]) => delayMs)).toEqual(pausesMs);
    expect(told.map(([status]) => status)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 500, 429]);
    // The next answer must not wait for an index that belongs to the past.
    expect(indexes.slice(1)).toEqual([5n, ...Array.from({ length: 10 }, () => undefined)]);
  });

  test('begins its pauses anew after an answer, and spreads them', async () => {
    const steps: Step[] = [failed(0), failed(0), [5n, 'a'], failed(0), [6n, 'b']];
    const { ports, read, pausesMs } = scripted(steps, 0.5);
    await take(watchWith(ports, read, {}), 2);
    expect(pausesMs).toEqual([188, 375, 188]);
  });

  test.each([failed(400), failed(403), failed(404), new TypeError('bug')])('ends with %s', async (error) => {
    const { ports, read, pausesMs } = scripted([[5n, 'a'], error]);
    const changes = watchWith(ports, read, {});
    await changes.next();
    await expect(changes.next()).rejects.toBe(error);
    expect(pausesMs).toEqual([]);
    expect(await changes.next()).toEqual({ done: true, value: undefined });
  });

  test('asks an agent that does not wait once a second', async () => {
    const same: Step = [5n, 'a', 20];
    const { ports, read, pausesMs } = scripted([same, same, same, [5n, 'a', 300_000], [6n, 'b']]);
    await take(watchWith(ports, read, {}), 2);
    expect(pausesMs).toEqual([980, 980]);
  });

  test('ends without an error when its signal aborts, also while a request waits', async () => {
    const stop = new AbortController();
    const { ports, read } = scripted([[5n, 'a']]);
    const changes = watchWith(ports, read, { signal: stop.signal });
    expect((await changes.next()).value).toMatchObject({ value: 'a' });
    const next = changes.next();
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(await changes.next()).toEqual({ done: true, value: undefined });
  });

  test('asks nothing when its signal was aborted before', async () => {
    const { ports, read, indexes } = scripted([[5n, 'a']]);
    expect(await take(watchWith(ports, read, { signal: AbortSignal.abort() }), 1)).toEqual([]);
    expect(indexes).toEqual([]);
  });

  test('the end of an iteration ends the request that waits', async () => {
    const { ports, read } = scripted([]);
    const changes = watchWith(ports, read, {});
    const next = changes.next();
    await changes.return();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  test('makes no request before it is asked for an element', async () => {
    const { ports, read, indexes } = scripted([
      [5n, 'a'],
      [6n, 'b'],
    ]);
    const changes = watchWith(ports, read, {});
    expect(indexes).toEqual([]);
    await changes.next();
    expect(indexes).toHaveLength(1);
  });
});

test('a watch of a real socket asks as a blocking query does, and goes on after an error', async () => {
  await using agent = await startAnsweringAgent();
  const client = createClient({ address: agent.address });
  const retried: string[] = [];
  const changes = watch((options) => client.catalog.services(options), {
    waitMs: 2_000,
    retryMsMax: 1,
    onRetry: ({ code }) => {
      retried.push(code);
      agent.answer = { body: { web: [] }, headers: { 'X-Consul-Index': '6' } };
    },
  });
  agent.answer = { body: {}, headers: { 'X-Consul-Index': '5' } };
  expect((await changes.next()).value).toMatchObject({ value: {}, index: 5n });
  agent.answer = { status: 500, body: 'No cluster leader' };
  expect((await changes.next()).value).toMatchObject({ value: { web: [] }, index: 6n });
  expect(retried).toEqual(['CLIENT_STATUS']);
  expect(agent.asked).toEqual([
    'GET /v1/catalog/services?wait=2000ms',
    'GET /v1/catalog/services?index=5&wait=2000ms',
    'GET /v1/catalog/services?wait=2000ms',
  ]);
});
