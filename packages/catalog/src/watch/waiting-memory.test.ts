import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { VirtualClock } from '@hobnob/gossip/testing';
import { expect, test } from 'vitest';
import { create, DirEntry, KvsRequest } from '../records/index.ts';
import { listKeys } from '../store/queries/kv.ts';
import { WatchedStore } from './watched-store.ts';

/** Those who wait for long must not hold the state of the moment when they began. */

async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  // What was reached through a weak reference is kept until then.
  await setImmediate();
  if (typeof collect !== 'function') throw new Error('gc is not exposed');
  collect();
}

function start() {
  const clock = new VirtualClock();
  const store = new WatchedStore({ clock });
  const put = (key: string, text: string): void => {
    const DirEnt = create(DirEntry, { Key: key, Value: Buffer.from(text) });
    store.apply(store.index + 1, { type: 2, body: create(KvsRequest, { Op: 'set', DirEnt }) });
    store.flush();
  };
  const keysUnder = (prefix: string) =>
    store.watches.wait(
      { key: prefix, ask: () => listKeys(store.tables, { prefix, separator: '' }) },
      { minIndex: store.index, waitMs: 1000 },
    );
  return { clock, store, put, keysUnder };
}

test('a list of keys that is waited for holds no entry that was written again elsewhere', async () => {
  const { clock, store, put, keysUnder } = start();
  put('quiet/a', '1');
  put('busy', '1');
  const entry = new WeakRef(store.tables.kvs.get('busy') as DirEntry);
  const waiting = keysUnder('quiet/');
  put('busy', '2');
  await collectGarbage();
  expect(entry.deref()).toBeUndefined();
  clock.runUntil(1000);
  const { value } = await waiting;
  expect(value.now()).toEqual({ Keys: ['quiet/a'] });
});

test('those whose time ends after a commit elsewhere share one answer of the state of then', async () => {
  const { clock, store, put, keysUnder } = start();
  put('quiet/a', '1');
  const waiting = [keysUnder('quiet/'), keysUnder('quiet/')];
  put('busy', '1');
  const { asked } = store.watches.stats;
  clock.runUntil(1000);
  const [first, second] = await Promise.all(waiting);
  expect(store.watches.stats.asked).toBe(asked + 1);
  expect(first).toMatchObject({ index: 1, asOf: 2, hasWaited: true });
  expect(second?.value).toBe(first?.value);
});
