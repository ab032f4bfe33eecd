import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { recordingLogger } from '../../test/support/recording-logger.ts';
import type { MemberConflictEvent, MemberJoinEvent } from '../events.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { CallbackErrors } from './callback-errors.ts';
import { EventHub } from './event-hub.ts';

function hub() {
  const { logger, lines } = recordingLogger();
  const warnings: string[] = [];
  const errors = new CallbackErrors({
    member: 'm1',
    logger,
    clock: new VirtualClock(),
    warn: (text) => warnings.push(text),
  });
  return { hub: new EventHub('m1', errors), lines, errors, warnings };
}

const closed = new Error('closed');

const address = { host: '127.0.0.1', port: 1 };
const conflict = (name: string): MemberConflictEvent => ({
  type: 'member-conflict',
  name,
  existing: address,
  claimed: address,
});

describe('listeners', () => {
  test('receive events of their type until they are removed', () => {
    const { hub: events } = hub();
    const received: string[] = [];
    const remove = events.on('member-conflict', ({ name }) => received.push(name));
    events.on('member-join', () => received.push('never'));
    events.emit(conflict('a'));
    remove();
    remove();
    events.emit(conflict('b'));
    expect(received).toEqual(['a']);
  });

  test('that are registered twice are called twice, and removed one by one', () => {
    const { hub: events } = hub();
    let calls = 0;
    const listener = () => {
      calls += 1;
    };
    const removeOne = events.on('member-conflict', listener);
    events.on('member-conflict', listener);
    events.emit(conflict('a'));
    removeOne();
    events.emit(conflict('b'));
    expect(calls).toBe(3);
  });

  test('that throw are logged, and the next one is still called', () => {
    const { hub: events, lines } = hub();
    const received: string[] = [];
    const error = new Error('listener');
    events.on('member-conflict', () => {
      throw error;
    });
    events.on('member-conflict', ({ name }) => received.push(name));
    events.emit(conflict('a'));
    expect(received).toEqual(['a']);
    expect(lines).toEqual([
      {
        level: 'error',
        fields: { err: error, event: 'member-conflict' },
        message: 'an event listener failed',
      },
    ]);
  });

  test('that return a promise that is rejected are logged and counted, and the next one is still called', async () => {
    const { hub: events, lines, errors } = hub();
    const received: string[] = [];
    const error = new Error('later');
    events.on('member-conflict', async () => {
      await Promise.resolve();
      throw error;
    });
    events.on('member-conflict', async ({ name }) => received.push(name));
    events.emit(conflict('a'));
    events.emit(conflict('b'));
    events.close(closed);
    await new Promise((resolve) => setImmediate(resolve));
    expect(received).toEqual(['a', 'b']);
    const line = {
      level: 'error',
      fields: { err: error, event: 'member-conflict' },
      message: 'an event listener failed',
    };
    expect(lines).toEqual([line, line]);
    expect(errors.counts.listener).toBe(2);
  });

  test('that another listener removes are not called', () => {
    const { hub: events } = hub();
    const received: string[] = [];
    events.on('member-conflict', () => remove());
    const remove = events.on('member-conflict', () => received.push('removed'));
    events.on('member-conflict', () => received.push('kept'));
    events.emit(conflict('a'));
    expect(received).toEqual(['kept']);
  });

  test('after one that closes the hub receive nothing', () => {
    const { hub: events } = hub();
    const received: string[] = [];
    events.on('member-conflict', () => events.close(closed));
    events.on('member-conflict', () => received.push('too late'));
    events.emit(conflict('a'));
    expect(received).toEqual([]);
  });

  test('are removed by an abort, and a removed listener is detached from its signal', () => {
    const { hub: events } = hub();
    const controller = new AbortController();
    const { signal } = controller;
    const received: string[] = [];
    const remove = events.on('member-conflict', () => received.push('one'), { signal });
    events.on('member-conflict', () => received.push('two'), { signal });
    events.emit(conflict('a'));
    remove();
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    controller.abort();
    events.on('member-conflict', () => received.push('three'), { signal });
    events.emit(conflict('b'));
    expect(received).toEqual(['one', 'two']);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('that are added during an event receive the next one first', () => {
    const { hub: events } = hub();
    let added = 0;
    const addAnother = (): void => {
      added += 1;
      events.on('member-conflict', addAnother);
    };
    events.on('member-conflict', addAnother);
    events.emit(conflict('a'));
    expect(added).toBe(1);
  });
});

describe('a single event', () => {
  test('is the next of its type, or the next of its name', async () => {
    const { hub: events } = hub();
    const next = events.once('member-conflict');
    const named = events.once('member-conflict', { name: 'b' });
    events.emit(conflict('a'));
    events.emit(conflict('b'));
    events.emit(conflict('b'));
    expect(await next).toEqual(conflict('a'));
    expect(await named).toEqual(conflict('b'));
  });

  test('rejects with the reason of an abort or of the close', async () => {
    const { hub: events } = hub();
    const controller = new AbortController();
    const aborted = events.once('member-conflict', { signal: controller.signal });
    const ended = events.once('member-conflict');
    controller.abort(new Error('enough'));
    events.close(closed);
    await expect(aborted).rejects.toThrow('enough');
    await expect(ended).rejects.toBe(closed);
    await expect(events.once('member-conflict')).rejects.toBe(closed);
    await expect(events.once('member-join', { signal: AbortSignal.abort(closed) })).rejects.toBe(closed);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  test('that no caller awaits causes no unhandled rejection', async () => {
    const { hub: events } = hub();
    void events.once('member-conflict');
    events.close(closed);
    await new Promise((resolve) => setImmediate(resolve));
  });

  test('detaches from its signal when it arrives', async () => {
    const { hub: events } = hub();
    const { signal } = new AbortController();
    const came = events.once('member-conflict', { signal });
    events.emit(conflict('a'));
    await came;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('iterators', () => {
  test('return only events of their types and name, and buffer no others', async () => {
    const { hub: events } = hub();
    const byType = events.events({ types: ['member-join'] });
    const byName = events.events({ name: 'a' });
    const both = events.events({ types: ['member-conflict'], name: 'b' });
    const join = {
      type: 'member-join',
      members: [{ name: 'c' }, { name: 'a' }],
    } as unknown as MemberJoinEvent;
    for (let i = 0; i < 1100; i += 1) events.emit(conflict('x'));
    for (const event of [conflict('a'), join, conflict('b')]) events.emit(event);
    events.close(closed);
    expect(events.droppedCount).toBe(0);
    expect(await allOf(byType)).toEqual([join]);
    expect(await allOf(byName)).toEqual([conflict('a'), join]);
    expect(await allOf(both)).toEqual([conflict('b')]);
  });

  test('reject with an error that their consumer throws, and end', async () => {
    const { hub: events } = hub();
    const reader = events.events();
    events.emit(conflict('a'));
    await expect(reader.throw?.(closed)).rejects.toBe(closed);
    expect(await reader.next()).toEqual({ value: undefined, done: true });
    events.emit(conflict('b'));
    expect(events.droppedCount).toBe(0);
  });

  test('return buffered and later events in order', async () => {
    const { hub: events } = hub();
    const reader = events.events();
    events.emit(conflict('a'));
    const first = await reader.next();
    const second = reader.next();
    events.emit(conflict('b'));
    expect([first, await second]).toEqual([
      { value: conflict('a'), done: false },
      { value: conflict('b'), done: false },
    ]);
  });

  test('that fall behind lose the oldest events, and the loss is counted', async () => {
    const { hub: events } = hub();
    const reader = events.events();
    for (let i = 0; i < 1030; i += 1) events.emit(conflict(`${i}`));
    expect(events.droppedCount).toBe(6);
    expect(await reader.next()).toEqual({ value: conflict('6'), done: false });
  });

  test('end with close, after their unread events', async () => {
    const { hub: events } = hub();
    const reader = events.events();
    events.emit(conflict('a'));
    events.close(closed);
    events.emit(conflict('too late'));
    const seen: unknown[] = [];
    for await (const event of reader) seen.push(event);
    expect(seen).toEqual([conflict('a')]);
  });

  test('that wait for an event end with close and with an abort', async () => {
    const { hub: events } = hub();
    const controller = new AbortController();
    const aborted = events.events({ signal: controller.signal }).next();
    const ended = events.events().next();
    controller.abort();
    events.close(closed);
    expect(await Promise.all([aborted, ended])).toEqual([
      { value: undefined, done: true },
      { value: undefined, done: true },
    ]);
  });

  test('that begin after close, or with an aborted signal, end at once', async () => {
    const { hub: events } = hub();
    expect(await events.events({ signal: AbortSignal.abort() }).next()).toEqual({
      value: undefined,
      done: true,
    });
    events.close(closed);
    expect(await events.events().next()).toEqual({ value: undefined, done: true });
  });

  test('that a consumer breaks out of buffer nothing more and detach from their signal', async () => {
    const { hub: events } = hub();
    const { signal } = new AbortController();
    const reader = events.events({ signal });
    events.emit(conflict('a'));
    for await (const event of reader) {
      expect(event).toEqual(conflict('a'));
      break;
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    for (let i = 0; i < 2000; i += 1) events.emit(conflict('b'));
    expect(events.droppedCount).toBe(0);
    expect(await reader.next()).toEqual({ value: undefined, done: true });
  });
});

async function allOf<T>(events: AsyncIterable<T>): Promise<readonly T[]> {
  const seen: T[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}
