import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { IdSequence, type QueryId } from '../ids.ts';
import { PendingRequests } from './pending-requests.ts';

function setUp() {
  const ids = new IdSequence<QueryId>();
  const begun: QueryId[] = [];
  const requests = new PendingRequests<QueryId, string>(() => ids.next());
  const begin = (signal?: AbortSignal): Promise<string> => requests.begin((id) => begun.push(id), signal);
  return { requests, begun, begin };
}

test('each request gets the outcome of its own id, and only the first one', async () => {
  const { requests, begun, begin } = setUp();
  const both = [begin(), begin()];
  const [one, two] = begun;
  if (one === undefined || two === undefined) throw new Error('nothing was begun');
  requests.settle(two, 'second');
  requests.settle(one, 'first');
  requests.settle(one, 'again');
  expect(await Promise.all(both)).toEqual(['first', 'second']);
});

test('an outcome may arrive while the request begins', async () => {
  const { requests } = setUp();
  expect(await requests.begin((id) => requests.settle(id, 'at once'))).toBe('at once');
});

test('an abort rejects with its reason, and a later outcome is ignored', async () => {
  const { requests, begun, begin } = setUp();
  const controller = new AbortController();
  const outcome = begin(controller.signal);
  controller.abort(new Error('enough'));
  for (const id of begun) requests.settle(id, 'late');
  await expect(outcome).rejects.toThrow('enough');
  await expect(begin(controller.signal)).rejects.toThrow('enough');
  expect(begun).toHaveLength(1);
});

test('a request that ended keeps no listener on its signal', async () => {
  const { requests, begun, begin } = setUp();
  const { signal } = new AbortController();
  const outcome = begin(signal);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  for (const id of begun) requests.settle(id, 'x');
  await outcome;
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('a close rejects waiting and later requests', async () => {
  const { requests, begun, begin } = setUp();
  const waiting = Promise.allSettled([begin(), begin()]);
  requests.close('closed');
  expect(await waiting).toEqual([
    { status: 'rejected', reason: 'closed' },
    { status: 'rejected', reason: 'closed' },
  ]);
  await expect(begin()).rejects.toBe('closed');
  expect(begun).toHaveLength(2);
});
