import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { ThreadCalls } from './thread-calls.ts';

interface Task {
  readonly kind: string;
}

/** A thread that answers a task with its kind, but for those that end it or leave it silent. */
const program = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', ({ id, kind }) => {
    if (kind === 'throw') throw new Error('a fault');
    if (kind === 'exit') process.exit(3);
    if (kind === 'silence') return;
    if (kind === 'refuse') parentPort.postMessage({ id, error: 'no space' });
    else if (kind === 'function') parentPort.postMessage({ id, value: () => kind });
    else parentPort.postMessage({ id, value: kind });
    if (kind === 'close') parentPort.close();
  });
`;

function start(): { readonly calls: ThreadCalls<Task>; readonly worker: Worker; readonly ends: unknown[] } {
  const worker = new Worker(program, { eval: true });
  const calls = new ThreadCalls<Task>(worker);
  const ends: unknown[] = [];
  calls.onEnd((error) => ends.push(error.message));
  return { calls, worker, ends };
}

describe('calls of a thread', () => {
  test('are answered each with its own answer, until it is closed', async () => {
    const { calls, ends } = start();
    expect(await Promise.all(['a', 'b'].map((kind) => calls.ask({ kind })))).toEqual(['a', 'b']);
    await expect(calls.ask({ kind: 'refuse' })).rejects.toMatchObject({
      code: 'CATALOG_DISK',
      message: 'the log cannot be used: no space',
    });
    await calls.close({ kind: 'close' });
    await calls.close({ kind: 'close' });
    await expect(calls.ask({ kind: 'a' })).rejects.toMatchObject({ code: 'CATALOG_CLOSED' });
    expect(ends).toEqual([]);
  });

  test.each([
    ['throws', 'throw', 'the log cannot be used: Error: a fault'],
    ['exits', 'exit', 'the log cannot be used: its thread has ended'],
    ['answers what cannot be sent', 'function', 'the log cannot be used: its thread has failed'],
  ])('fail when it %s: those that wait and those that come', async (_name, kind, message) => {
    const { calls, ends } = start();
    const waiting = [calls.ask({ kind: 'silence' }), calls.ask({ kind })];
    const expected = { code: 'CATALOG_DISK', message: expect.stringMatching(message) };
    for (const { status, reason } of (await Promise.allSettled(waiting)) as PromiseRejectedResult[]) {
      expect({ status, reason }).toMatchObject({ status: 'rejected', reason: expected });
    }
    await expect(calls.ask({ kind: 'a' })).rejects.toMatchObject(expected);
    expect(ends).toEqual([expected.message]);
    await calls.close({ kind: 'close' });
  });

  test('that end while nothing waits are reported, also to who asks later', async () => {
    const { calls, worker, ends } = start();
    await worker.terminate();
    expect(ends).toEqual(['the log cannot be used: its thread has ended']);
    calls.onEnd((error) => ends.push(error.code));
    expect(ends).toHaveLength(2);
    await calls.close({ kind: 'close' });
  });

  test('a thread that fails while it is closed rejects nothing: what it was asked before is answered', async () => {
    const { calls, ends } = start();
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    try {
      expect(await calls.ask({ kind: 'a' })).toBe('a');
      await calls.close({ kind: 'throw' });
    } finally {
      process.off('unhandledRejection', note);
    }
    expect({ unhandled, ends }).toEqual({ unhandled: [], ends: [] });
  });

  test('a thread that does not answer its end is waited for only while it lives', async () => {
    const { calls, worker } = start();
    const closing = calls.close({ kind: 'silence' });
    await worker.terminate();
    await closing;
  });
});
