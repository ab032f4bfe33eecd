import { VirtualClock } from '@hobnob/gossip/testing';
import { describe, expect, test } from 'vitest';
import { deregister, register } from '../../test/requests.ts';
import type { Clock } from '../ports.ts';
import type { Answer } from '../store/queries/answer.ts';
import { nodeChecks } from '../store/queries/checks.ts';
import type { Later } from '../store/queries/later.ts';
import { type CheckedService, checkedServices } from '../store/queries/services.ts';
import { Store } from '../store/store.ts';
import { waitTimeMs } from './wait-time.ts';
import { WatchedStore } from './watched-store.ts';
import type { Question } from './watches.ts';

function start(waitersMax?: number) {
  const clock = new VirtualClock();
  const store = new WatchedStore({ clock, ...(waitersMax !== undefined && { waitersMax }) });
  const health = (service: string): Question<readonly CheckedService[]> => ({
    key: `health ${service}`,
    ask: () => found(checkedServices(store.tables, { service })),
  });
  const write = (...commands: readonly Parameters<Store['apply']>[1][]) => {
    for (const command of commands) store.apply(store.index + 1, command);
    store.flush();
  };
  return { clock, store, watches: store.watches, health, write };
}

/** An answer with its rows. */
const found = <T>(answer: Answer<Later<T>>): Answer<T> => ({ ...answer, value: answer.value.now() });

const web = { Service: 'web' };

/** The outcome of a promise, or `waiting`. */
async function stateOf<T>(promise: Promise<T>): Promise<T | 'waiting'> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  return Promise.race([promise, Promise.resolve('waiting' as const)]);
}

describe('a blocking query', () => {
  test('without an index answers at once, and never with index 0', async () => {
    const { watches, health } = start();
    const answer = await watches.wait(health('web'), { minIndex: 0, waitMs: 1000 });
    expect(answer).toMatchObject({ index: 1, value: [] });
    expect(watches.stats).toMatchObject({ waiters: 0, groups: 0 });
  });

  test('answers at once when its index is behind', async () => {
    const { watches, health, write } = start();
    write(register({ node: 'n1', service: web }), register({ node: 'n2', service: web }));
    const answer = await watches.wait(health('web'), { minIndex: 1, waitMs: 1000 });
    expect(answer.index).toBe(2);
    expect(watches.stats.groups).toBe(0);
  });

  test('waits for a change of its answer, and is not woken by a write elsewhere', async () => {
    const { watches, health, write } = start();
    write(register({ node: 'n1', service: web }));
    const waiting = watches.wait(health('web'), { minIndex: 1, waitMs: 1000 });
    const { asked } = watches.stats;
    write(
      register({ node: 'n2', service: { Service: 'api' } }),
      register({ node: 'n2', check: { CheckID: 'c' } }),
    );
    expect(await stateOf(waiting)).toBe('waiting');
    expect(watches.stats.asked).toBe(asked);
    write(register({ node: 'n1', address: '10.0.0.9' }));
    expect(await waiting).toMatchObject({ index: 4, value: [{ Node: { Address: '10.0.0.9' } }] });
  });

  test('with an index ahead of the store asks again at each change and goes on waiting', async () => {
    const { clock, watches, health, write } = start();
    write(register({ node: 'n1', service: web }));
    const waiting = watches.wait(health('web'), { minIndex: 100, waitMs: 1000 });
    write(register({ node: 'n1', service: { ...web, Port: 1 } }));
    expect(await stateOf(waiting)).toBe('waiting');
    clock.runUntil(1000);
    expect((await waiting).index).toBe(2);
  });

  test('answers with what there is when its time has passed', async () => {
    const { clock, watches, health, write } = start();
    write(register({ node: 'n1', service: web }));
    const waiting = watches.wait(health('web'), { minIndex: 1, waitMs: 1000 });
    clock.runUntil(999);
    expect(await stateOf(waiting)).toBe('waiting');
    clock.runUntil(1000);
    expect((await waiting).index).toBe(1);
    expect(watches.stats).toMatchObject({ waiters: 0, groups: 0 });
    expect(clock.pendingCount).toBe(0);
  });

  test('is freed when its signal aborts', async () => {
    const { clock, watches, health, write } = start();
    write(register({ node: 'n1', service: web }));
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = watches.wait(health('web'), { minIndex: 1, waitMs: 1000, signal });
    expect(watches.stats).toMatchObject({ waiters: 1, groups: 1 });
    controller.abort(new Error('socket closed'));
    await expect(waiting).rejects.toThrow('socket closed');
    expect(watches.stats).toMatchObject({ waiters: 0, groups: 0 });
    expect(clock.pendingCount).toBe(0);
    await expect(watches.wait(health('web'), { minIndex: 1, waitMs: 1, signal })).rejects.toThrow(
      'socket closed',
    );
  });

  test('answers when the store is replaced, even with a smaller index', async () => {
    const { store, watches, health, write } = start();
    write(register({ node: 'n1', service: web }), register({ node: 'n2', service: web }));
    const waiting = watches.wait(health('web'), { minIndex: 2, waitMs: 1000 });
    const older = new Store();
    older.apply(1, register({ node: 'n3', service: web }));
    store.restore(older.snapshot());
    expect(await waiting).toMatchObject({ index: 1, value: [{ Node: { Node: 'n3' } }] });
  });

  test('for a missing service waits for the service or for any that vanishes', async () => {
    const { watches, health, write } = start();
    write(
      register({ node: 'n1', service: web }),
      register({ node: 'n2', service: { Service: 'api' } }),
      deregister('n2'),
    );
    const waiting = watches.wait(health('nowhere'), { minIndex: 3, waitMs: 1000 });
    write(register({ node: 'n1', service: { ...web, Port: 1 } }));
    expect(await stateOf(waiting)).toBe('waiting');
    write(deregister('n1'));
    expect(await waiting).toMatchObject({ index: 5, value: [] });
  });

  test('that reports the index of a table answers at once when another row has moved it', async () => {
    const { store, watches, write } = start();
    write(register({ node: 'n1', check: { CheckID: 'c' } }));
    const question = { key: 'checks n1', ask: () => found(nodeChecks(store.tables, 'n1')) };
    const first = watches.wait(question, { minIndex: 1, waitMs: 1000 });
    write(register({ node: 'n2', check: { CheckID: 'c' } }));
    expect(await stateOf(first)).toBe('waiting');
    const second = await watches.wait(question, { minIndex: 1, waitMs: 1000 });
    expect(second.index).toBe(2);
    write(deregister('n1'));
    expect((await first).value).toEqual([]);
  });
});

describe('many callers', () => {
  test('of one question share one answer a change', async () => {
    const { watches, health, write } = start();
    write(register({ node: 'n1', service: web }));
    const waiting = Array.from({ length: 1000 }, () =>
      watches.wait(health('web'), { minIndex: 1, waitMs: 1000 }),
    );
    const { asked } = watches.stats;
    expect(watches.stats).toMatchObject({ waiters: 1000, groups: 1 });
    expect(asked).toBe(1);
    write(register({ node: 'n1', service: { ...web, Port: 1 } }), register({ node: 'n2', service: web }));
    const answers = new Set((await Promise.all(waiting)).map(({ value }) => value));
    expect(answers.size).toBe(1);
    expect(watches.stats).toMatchObject({ asked: asked + 1, waiters: 0, groups: 0 });
  });

  test('more than allowed are refused', async () => {
    const { watches, health, write } = start(2);
    write(register({ node: 'n1', service: web }));
    const options = { minIndex: 1, waitMs: 1000 };
    const waiting = [watches.wait(health('web'), options), watches.wait(health('api'), options)];
    await expect(watches.wait(health('db'), options)).rejects.toMatchObject({ code: 'CATALOG_BUSY' });
    expect(watches.stats).toMatchObject({ waiters: 2, groups: 2, refused: 1 });
    write(deregister('n1'));
    expect((await Promise.all(waiting)).map(({ index }) => index)).toEqual([2, 2]);
  });

  test('learn of a question that fails', async () => {
    const { watches, store, write } = start();
    write(register({ node: 'n1', service: web }));
    let isBroken = false;
    const question = {
      key: 'q',
      ask: () => {
        if (isBroken) throw new Error('broken');
        return found(checkedServices(store.tables, { service: 'web' }));
      },
    };
    const waiting = watches.wait(question, { minIndex: 1, waitMs: 1000 });
    isBroken = true;
    write(deregister('n1'));
    await expect(waiting).rejects.toThrow('broken');
    expect(watches.stats).toMatchObject({ waiters: 0, groups: 0 });
  });
});

describe('questions that take long', () => {
  /** Each question takes 4 ms, of the 10 that one turn has. */
  const startSlow = (count: number) => {
    let nowMs = 0;
    const wakes: (() => void)[] = [];
    const clock: Clock = {
      nowMs: () => nowMs,
      wakeAt: (deadlineMs, wake) => {
        // Those who wait for more than the next turn are not waked here.
        if (deadlineMs <= nowMs) wakes.push(wake);
        return () => undefined;
      },
    };
    const store = new WatchedStore({ clock });
    store.apply(1, register({ node: 'n1', service: web }));
    const waiting = Array.from({ length: count }, (_, at) =>
      store.watches.wait(
        {
          key: `${at}`,
          ask: () => {
            nowMs += 4;
            return found(checkedServices(store.tables, { service: 'web' }));
          },
        },
        { minIndex: 1, waitMs: 1000 },
      ),
    );
    const write = () => {
      store.beginTurn();
      store.apply(store.index + 1, register({ node: `n${store.index + 1}`, service: web }));
      store.flush();
    };
    return { store, watches: store.watches, waiting, write, wakes };
  };

  test('are asked in turns of the event loop', async () => {
    const { watches, waiting, write, wakes } = startSlow(7);
    write();
    expect(watches.stats.waiters).toBe(4);
    expect(wakes).toHaveLength(1);
    // What changes meanwhile is part of the answers that are still to come.
    write();
    expect(wakes).toHaveLength(1);
    wakes.shift()?.();
    expect(watches.stats.waiters).toBe(1);
    wakes.shift()?.();
    expect(wakes).toEqual([]);
    expect((await Promise.all(waiting)).map(({ index }) => index)).toEqual([2, 2, 2, 3, 3, 3, 3]);
  });

  test('are answered in turns when the store is replaced', async () => {
    const { store, watches, waiting, wakes } = startSlow(4);
    store.restore(new Store().snapshot());
    expect(watches.stats.waiters).toBe(1);
    wakes.shift()?.();
    expect((await Promise.all(waiting)).map(({ index }) => index)).toEqual([1, 1, 1, 1]);
  });
});

test('the topics of each commit reach listeners before callers are answered', async () => {
  const { store, watches, health, write } = start();
  write(register({ node: 'n1', service: web }));
  const seen: string[] = [];
  const stop = watches.onCommit((topics) => seen.push([...(topics ?? [])].join(' ')));
  const waiting = watches.wait(health('web'), { minIndex: 1, waitMs: 1 });
  store.apply(2, register({ node: 'n1', service: { ...web, Port: 2 } }));
  expect(seen).toEqual(['service:web node:n1 services']);
  store.flush();
  await waiting;
  stop();
  write(deregister('n1'));
  expect(seen).toHaveLength(1);
});

test('the time to wait has a default, a limit and up to a sixteenth more', () => {
  const rng = (value: number) => ({ next: () => value });
  expect(waitTimeMs(1000, rng(0))).toBe(1000);
  expect(waitTimeMs(1000, rng(0.5))).toBe(1031.25);
  expect(waitTimeMs(0, rng(0))).toBe(300_000);
  expect(waitTimeMs(-5, rng(0))).toBe(300_000);
  expect(waitTimeMs(3_600_000, rng(0))).toBe(600_000);
});
