import { VirtualClock } from '@hobnob/gossip/testing';
import { expect, test } from 'vitest';
import { register } from '../../test/requests.ts';
import { WatchedStore } from '../watch/watched-store.ts';
import { DurableLog } from './durable-log.ts';
import { Gathering } from './gathering.ts';
import type { EntryId, HardState, LogEntry, LogStore, SnapshotStore } from './log-store.ts';

const syncMs = 24;

/** A store without a disk, whose every append takes one slow sync. */
class SlowStore implements LogStore {
  readonly firstIndex = 1;
  last: EntryId = { index: 0, term: 0 };
  hardState: HardState = { currentTerm: 0, votedFor: '' };
  /** How many entries each sync had. */
  readonly syncs: number[] = [];
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async append(entries: readonly LogEntry[]): Promise<void> {
    const last = entries.at(-1);
    if (last !== undefined) this.last = { index: last.index, term: last.term };
    this.syncs.push(entries.length);
    await new Promise<void>((resolve) => {
      this.#clock.wakeAt(this.#clock.nowMs() + syncMs, resolve);
    });
  }

  async setHardState(state: HardState): Promise<void> {
    this.hardState = state;
  }

  truncateAfter(): Promise<void> {
    return Promise.reject(new Error('nothing is removed'));
  }

  compact(): Promise<void> {
    return Promise.reject(new Error('nothing is removed'));
  }

  async read(): Promise<readonly LogEntry[]> {
    return [];
  }

  onEnd(): void {
    // It does not end.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const snapshots: SnapshotStore = {
  list: async () => [],
  create: () => Promise.reject(new Error('no snapshot is due')),
  open: () => {
    throw new Error('there is no snapshot');
  },
  keepNewest: () => Promise.reject(new Error('there is no snapshot')),
};

/** Callers who propose again as soon as they are answered, each some time apart as over a network. */
async function closedLoop(callersCount: number, rounds: number) {
  const clock = new VirtualClock();
  const store = new SlowStore(clock);
  const options = {
    machine: new WatchedStore({ clock }),
    store,
    snapshots,
    stream: { write: () => [], read: () => Promise.reject(new Error('there is no snapshot')) },
    clock,
    address: '127.0.0.1:8300',
    onFailure: (error: unknown) => {
      throw error;
    },
    onSnapshot: ({ index }: { readonly index: number }) => {
      throw new Error(`a snapshot of ${index}`);
    },
  };
  let isDone = false;
  const pause = (ms: number) =>
    new Promise<void>((resolve) => void clock.wakeAt(clock.nowMs() + ms, resolve));
  const all = DurableLog.open(options).then(async (log) => {
    const caller = async (index: number) => {
      for (let round = 0; round < rounds; round += 1) {
        await pause(0.01 * index);
        const outcome = await log.propose(register({ node: `n${index}` }));
        expect(outcome).toMatchObject({ kind: 'applied', error: undefined });
      }
    };
    await Promise.all(Array.from({ length: callersCount }, (_, index) => caller(index)));
    await log.close();
    isDone = true;
  });
  for (let step = 0; !isDone && step < 1_000_000; step += 1) {
    clock.advance(0.01);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await all;
  // The first is the entry that begins a term.
  return { syncs: store.syncs.slice(1), elapsedMs: clock.nowMs() };
}

test('callers who come back after a slow sync share the next one', async () => {
  const { syncs } = await closedLoop(8, 6);
  // The first callers of all begin without the others; from then on every sync serves all of them.
  const [first, ...others] = syncs;
  expect(first).toBeLessThan(8);
  expect(others.slice(0, -1)).toEqual(Array(others.length - 1).fill(8));
  expect(syncs.length).toBe(7);
});

test('one caller alone waits for the sync only', async () => {
  const { syncs, elapsedMs } = await closedLoop(1, 10);
  expect(syncs).toEqual(Array(10).fill(1));
  expect(elapsedMs).toBeLessThan(11 * syncMs + 5);
});

test('after a fast sync, and when it is late, nothing is waited for', () => {
  const clock = new VirtualClock();
  const gathering = new Gathering(clock);
  expect(gathering.wait(1)).toBeUndefined();
  gathering.synced({ tookMs: 7, batchCount: 10, pendingCount: 0 });
  expect(gathering.wait(1)).toBeUndefined();
  gathering.synced({ tookMs: syncMs, batchCount: 10, pendingCount: 0 });
  clock.advance(6);
  expect(gathering.wait(1)).toBeUndefined();
});

test('a wait ends with the last caller, with its time, and when it is stopped', async () => {
  const clock = new VirtualClock();
  const gathering = new Gathering(clock);
  gathering.synced({ tookMs: syncMs, batchCount: 2, pendingCount: 1 });
  const complete = gathering.wait(1);
  gathering.added(2);
  expect(clock.pendingCount).toBe(1);
  gathering.added(3);
  expect(clock.pendingCount).toBe(0);
  await complete;

  const late = gathering.wait(1);
  clock.advance(6);
  await late;

  gathering.synced({ tookMs: 1000, batchCount: 9, pendingCount: 0 });
  const stopped = gathering.wait(1);
  gathering.stop();
  await stopped;
  expect(clock.pendingCount).toBe(0);
});
