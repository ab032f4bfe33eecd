import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { recordingLogger } from '../../test/support/recording-logger.ts';
import type { MemberConflictEvent } from '../events.ts';
import { EventHub } from './event-hub.ts';

function hub() {
  const { logger, lines } = recordingLogger();
  return { hub: new EventHub(logger), lines };
}

const address = { host: '127.0.0.1', port: 1 };
const conflict = (name: string): MemberConflictEvent => ({
  type: 'member-conflict',
  name,
  existing: address,
  claimed: address,
});

describe('listeners', () => {
  test('hear of their type until they are removed', () => {
    const { hub: events } = hub();
    const heard: string[] = [];
    const remove = events.on('member-conflict', ({ name }) => heard.push(name));
    events.on('member-join', () => heard.push('never'));
    events.emit(conflict('a'));
    remove();
    remove();
    events.emit(conflict('b'));
    expect(heard).toEqual(['a']);
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
    const heard: string[] = [];
    const error = new Error('listener');
    events.on('member-conflict', () => {
      throw error;
    });
    events.on('member-conflict', ({ name }) => heard.push(name));
    events.emit(conflict('a'));
    expect(heard).toEqual(['a']);
    expect(lines).toEqual([
      {
        level: 'error',
        fields: { err: error, event: 'member-conflict' },
        message: 'an event listener threw',
      },
    ]);
  });

  test('that add listeners do not make them hear of the event under way', () => {
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

describe('iterators', () => {
  test('give all events in order, those already there and those to come', async () => {
    const { hub: events } = hub();
    const reader = events.events(undefined);
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
    const reader = events.events(undefined);
    for (let i = 0; i < 1030; i += 1) events.emit(conflict(`${i}`));
    expect(events.droppedCount).toBe(6);
    expect(await reader.next()).toEqual({ value: conflict('6'), done: false });
  });

  test('end with close, but not before what is unread was read', async () => {
    const { hub: events } = hub();
    const reader = events.events(undefined);
    events.emit(conflict('a'));
    events.close();
    events.emit(conflict('too late'));
    const seen: unknown[] = [];
    for await (const event of reader) seen.push(event);
    expect(seen).toEqual([conflict('a')]);
  });

  test('that are waited for end with close and with an abort', async () => {
    const { hub: events } = hub();
    const controller = new AbortController();
    const aborted = events.events(controller.signal).next();
    const closed = events.events(undefined).next();
    controller.abort();
    events.close();
    expect(await Promise.all([aborted, closed])).toEqual([
      { value: undefined, done: true },
      { value: undefined, done: true },
    ]);
  });

  test('that are begun after close, or with an aborted signal, are over', async () => {
    const { hub: events } = hub();
    expect(await events.events(AbortSignal.abort()).next()).toEqual({ value: undefined, done: true });
    events.close();
    expect(await events.events(undefined).next()).toEqual({ value: undefined, done: true });
  });

  test('that are left by a break let go of everything', async () => {
    const { hub: events } = hub();
    const { signal } = new AbortController();
    const reader = events.events(signal);
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
