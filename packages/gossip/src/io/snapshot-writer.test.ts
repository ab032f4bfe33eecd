import { expect, test } from 'vitest';
import { MemoryStorage } from '../../test/memory-storage.ts';
import type { Member } from '../member.ts';
import { type SnapshotCounters, SnapshotLog } from '../serf/snapshot/snapshot-log.ts';
import { recoverSnapshot } from '../serf/snapshot/snapshot-recovery.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { SnapshotWriter } from './snapshot-writer.ts';

interface World {
  readonly storage: MemoryStorage;
  readonly clock: VirtualClock;
  readonly writer: SnapshotWriter;
  readonly errors: object[];
  counters: SnapshotCounters;
  /** Lets time pass and everything be written that is ready to be. */
  advance(ms: number): Promise<void>;
}

function open(text?: string): World {
  const storage = new MemoryStorage(text);
  const clock = new VirtualClock();
  const errors: object[] = [];
  const ignore = (): void => undefined;
  const logger = {
    error: (fields: object) => errors.push(fields),
    warn: ignore,
    info: ignore,
    debug: ignore,
    trace: ignore,
  };
  const before = recoverSnapshot(Buffer.from(text ?? ''), { rejoinAfterLeave: false });
  const log = new SnapshotLog(before, { rejoinAfterLeave: false });
  const world: World = {
    storage,
    clock,
    errors,
    counters: { lamportTime: 0, eventTime: 0, queryTime: 0, incarnation: 0 },
    writer: new SnapshotWriter({ storage, log, clock, logger, counters: () => world.counters }),
    advance: async (ms) => {
      clock.advance(ms);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  return world;
}

function joined(name: string) {
  const member = { name, address: { host: '10.0.0.1', port: 7946 }, tags: {}, status: 'alive' } as Member;
  return { type: 'member-join', members: [member] } as const;
}

const fresh = 'clock: 0\nevent-clock: 0\nquery-clock: 0\n# hobnob incarnation: 0\n';

test('the file is rewritten at the start, so that an incomplete last line is removed', async () => {
  const { writer, storage, advance } = open('alive: a 10.0.0.1:7946\nalive: b 10.0.');
  writer.start();
  await advance(0);
  expect(storage.text).toBe(`alive: a 10.0.0.1:7946\n${fresh}`);
  await writer.close();
});

test('changes are appended together, every half second', async () => {
  const { writer, storage, advance } = open();
  writer.start();
  await advance(0);
  writer.record(joined('a'));
  writer.record(joined('b'));
  await advance(499);
  expect(storage.text).toBe(fresh);
  await advance(1);
  expect(storage.text).toBe(`${fresh}alive: a 10.0.0.1:7946\nalive: b 10.0.0.1:7946\n`);
  expect(storage.calls).toEqual(['replace', 'append']);
  await writer.close();
});

test('without changes nothing is written', async () => {
  const { writer, storage, advance } = open();
  writer.start();
  await advance(60_000);
  expect(storage.calls).toEqual(['replace']);
  await writer.close();
});

test('a leave is synced to disk when it resolves', async () => {
  const { writer, storage } = open();
  writer.start();
  writer.record(joined('a'));
  await writer.leave();
  storage.crash();
  expect(storage.text.endsWith('leave\n')).toBe(true);
  await writer.close();
});

test('a close writes and syncs the waiting lines and the last clocks, and stops the timer', async () => {
  const world = open();
  world.writer.start();
  await world.advance(0);
  world.counters = { ...world.counters, lamportTime: 7 };
  await Promise.all([world.writer.close(), world.writer.close()]);
  world.storage.crash();
  expect(world.storage.text).toBe(`${fresh}clock: 7\n`);
  expect(world.storage.calls).toEqual(['replace', 'append', 'sync', 'close']);
  expect(world.clock.pendingCount).toBe(0);
});

test('after a failure of the disk nothing is written for half a minute, and then the whole file', async () => {
  const { writer, storage, advance, errors } = open();
  writer.start();
  await advance(0);
  storage.failure = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  writer.record(joined('a'));
  await advance(500);
  writer.record(joined('b'));
  await advance(29_500);
  expect([errors.length, writer.errorsCount]).toEqual([1, 1]);
  storage.failure = undefined;
  await advance(500);
  expect(storage.text).toBe(`alive: a 10.0.0.1:7946\nalive: b 10.0.0.1:7946\n${fresh}`);
  expect(storage.calls).toEqual(['replace', 'append', 'replace']);
  await writer.close();
  expect(writer.errorsCount).toBe(1);
});

test('a disk that keeps failing delays neither a leave nor a close', async () => {
  const { writer, storage, errors } = open();
  storage.failure = new Error('the disk is gone');
  writer.start();
  await writer.leave();
  await writer.close();
  expect(errors.length).toBe(3);
});

test('a file that grows beyond its limit is compacted', async () => {
  const { writer, storage, advance } = open();
  writer.start();
  for (let i = 0; i < 40; i += 1) {
    for (let j = 0; j < 100; j += 1) {
      const event = joined('a member that comes and goes');
      writer.record(event);
      writer.record({ ...event, type: 'member-leave' });
    }
    await advance(500);
  }
  expect(storage.calls.filter((call) => call === 'replace').length).toBeGreaterThan(1);
  expect(storage.text.length).toBeLessThan(150_000);
  await writer.close();
});

test('a close waits two seconds for a disk that does not answer, counts the missing lines, and releases the file later', async () => {
  const { writer, storage, clock, advance, errors } = open();
  writer.start();
  await advance(0);
  let answer = (): void => undefined;
  storage.sync = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  writer.record(joined('a'));
  let isClosed = false;
  const closing = writer.close().then(() => {
    isClosed = true;
  });
  await advance(1_999);
  expect([isClosed, writer.errorsCount]).toEqual([false, 0]);
  await advance(1);
  await closing;
  expect([writer.errorsCount, errors.length, clock.pendingCount]).toEqual([1, 1, 0]);
  expect(storage.calls).not.toContain('close');
  answer();
  await advance(0);
  expect(storage.calls.at(-1)).toBe('close');
});

test('while a disk does not answer the backlog is bounded, and afterwards no line is missing', async () => {
  const { writer, storage, advance } = open();
  writer.start();
  await advance(0);
  let answer = (): void => undefined;
  const append = storage.append.bind(storage);
  storage.append = async (bytes) => {
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    await append(bytes);
  };
  for (let second = 0; second < 100; second += 1) {
    for (let i = 0; i < 100; i += 1) {
      const event = joined('a member that comes and goes');
      writer.record(event);
      writer.record({ ...event, type: 'member-leave' });
    }
    await advance(1_000);
  }
  writer.record(joined('the last'));
  answer();
  await advance(0);
  await advance(500);
  expect(storage.text).toBe(`alive: the last 10.0.0.1:7946\n${fresh}`);
  await writer.close();
});
