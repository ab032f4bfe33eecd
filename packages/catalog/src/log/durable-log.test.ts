import { VirtualClock } from '@hobnob/gossip/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commands } from '../../test/arbitrary-commands.ts';
import { deregister, register } from '../../test/requests.ts';
import { create, DirEntry, KvsRequest } from '../records/index.ts';
import { readState } from '../snapshot/read-state.ts';
import { writeState } from '../snapshot/write-state.ts';
import type { Command } from '../store/commands.ts';
import { Store } from '../store/store.ts';
import { PowerFailure, SimulatedDisk } from '../testing/simulated-disk.ts';
import { WatchedStore } from '../watch/watched-store.ts';
import type { Outcome } from './command-log.ts';
import { DurableLog, type DurableLogOptions, type SnapshotEvent } from './durable-log.ts';

const stream = { write: writeState, read: (pieces: AsyncIterable<Uint8Array>) => readState(pieces) };

/** A server on a disk, with what it says. */
async function start(disk: SimulatedDisk, over: Partial<DurableLogOptions> = {}) {
  const clock = new VirtualClock();
  const machine = new WatchedStore({ clock });
  const failures: unknown[] = [];
  const snapshots: SnapshotEvent[] = [];
  const log = await DurableLog.open({
    machine,
    store: disk.log(),
    snapshots: disk.snapshots(),
    stream,
    clock,
    address: '127.0.0.1:8300',
    onFailure: (error) => failures.push(error),
    onSnapshot: (event) => snapshots.push(event),
    ...over,
  });
  return { log, machine, failures, snapshots, clock };
}

/** Everything in a state. */
const bytesOf = (machine: { snapshot(): ReturnType<Store['snapshot']> }): string =>
  Buffer.concat([...writeState(machine.snapshot())]).toString('hex');

const often = { threshold: 3, intervalMs: 0, trailing: 1 };

describe('a log on disk', () => {
  test('answers when a command is on disk, and has it after a restart', async () => {
    const disk = new SimulatedDisk();
    const first = await start(disk);
    expect(first.log.leadership).toEqual({
      isLeader: true,
      leaderAddress: '127.0.0.1:8300',
      lastContactMs: 0,
    });
    const outcomes = await Promise.all([1, 2].map(() => first.log.propose(register({ node: 'n1' }))));
    expect(outcomes.map((outcome) => outcome.kind === 'applied' && outcome.index)).toEqual([2, 3]);
    await first.log.close();
    expect(await first.log.propose(register({ node: 'n1' }))).toEqual({ kind: 'refused', reason: 'closed' });
    disk.restart();
    const second = await start(disk);
    expect(bytesOf(second.machine)).toBe(bytesOf(first.machine));
    expect(disk.log().hardState.currentTerm).toBe(2);
    const outcome = await second.log.propose(register({ node: 'n2' }));
    expect(outcome).toMatchObject({ kind: 'applied', index: 5 });
  });

  test('proposals of one turn share one write, and a barrier comes after them', async () => {
    const disk = new SimulatedDisk();
    const { log, machine } = await start(disk);
    const before = disk.writesCount;
    const written = Promise.all([1, 2, 3].map((at) => log.propose(register({ node: `n${at}` }))));
    expect(await log.barrier()).toBe(true);
    expect(machine.tables.nodes.size).toBe(3);
    await written;
    expect(disk.writesCount - before).toBe(1);
  });

  test('the first error of the disk ends it: nothing is acknowledged, nothing is tried again', async () => {
    const disk = new SimulatedDisk();
    const { log, failures } = await start(disk);
    disk.restart({ failsAtWrite: 1 });
    const waiting = [log.propose(register({ node: 'n1' })), log.barrier()];
    expect(await Promise.all(waiting)).toEqual([{ kind: 'unknown' }, false]);
    const writes = disk.writesCount;
    expect(await log.propose(register({ node: 'n2' }))).toEqual({ kind: 'refused', reason: 'failed' });
    expect(await log.verifyLeader()).toBe(false);
    expect(log.leadership).toEqual({ isLeader: false, leaderAddress: '', lastContactMs: 0 });
    expect(failures).toEqual([expect.any(PowerFailure)]);
    expect(disk.writesCount).toBe(writes);
    await log.close();
  });

  test('a store that ends by itself ends it too, at once', async () => {
    const disk = new SimulatedDisk();
    const { log, failures, machine } = await start(disk);
    await log.propose(register({ node: 'n1' }));
    const gone = new Error('its thread has ended');
    disk.endLog(gone);
    expect(failures).toEqual([gone]);
    expect(log.leadership.isLeader).toBe(false);
    expect(await log.verifyLeader()).toBe(false);
    expect(await log.propose(register({ node: 'n2' }))).toEqual({ kind: 'refused', reason: 'failed' });
    expect(machine.tables.nodes.size).toBe(1);
    await log.close();
    expect(failures).toHaveLength(1);
  });

  test('a store that ended while the log was opened ends it too', async () => {
    const disk = new SimulatedDisk();
    const store = disk.log();
    const append = store.append.bind(store);
    store.append = async (entries) => {
      await append(entries);
      disk.endLog(new Error('its thread has ended'));
    };
    const { failures, log } = await start(disk, { store });
    expect(failures).toHaveLength(1);
    expect(log.leadership.isLeader).toBe(false);
  });

  test('takes snapshots, and keeps of the log what the older of two does not hold', async () => {
    const disk = new SimulatedDisk();
    const { log, machine, snapshots } = await start(disk, { policy: often });
    for (let at = 0; at < 20; at += 1) await log.propose(register({ node: `n${at}` }));
    await log.close();
    expect(snapshots.length).toBeGreaterThan(3);
    expect(snapshots.every(({ problem }) => problem === undefined)).toBe(true);
    const [newest, older, ...others] = await disk.snapshots().list();
    expect(others).toEqual([]);
    expect(disk.log().firstIndex).toBe((older?.index ?? 0) + 1);
    disk.restart();
    expect(bytesOf((await start(disk)).machine)).toBe(bytesOf(machine));
    disk.restart();
    disk.tearNewestSnapshot();
    expect(bytesOf((await start(disk)).machine)).toBe(bytesOf(machine));
    expect(newest?.index).toBeGreaterThan(older?.index ?? 0);
  });

  test('a broken snapshot does not displace the whole one before it', async () => {
    const disk = new SimulatedDisk();
    const first = await start(disk, { policy: often });
    for (let at = 0; at < 20; at += 1) await first.log.propose(register({ node: `n${at}` }));
    await first.log.close();
    const [torn, older] = await disk.snapshots().list();
    disk.restart();
    disk.tearNewestSnapshot();
    const second = await start(disk, { policy: often });
    while (second.snapshots.length === 0) await second.log.propose(register({ node: 'more' }));
    await second.log.close();
    const kept = (await disk.snapshots().list()).map(({ index }) => index);
    expect(kept).toEqual([second.snapshots[0]?.index, older?.index]);
    expect(kept).not.toContain(torn?.index);
    // The log reaches back to the older one: the newest may be found to be broken as well.
    disk.restart();
    disk.tearNewestSnapshot();
    expect(bytesOf((await start(disk)).machine)).toBe(bytesOf(second.machine));
  });

  test('a log that no whole snapshot reaches is refused', async () => {
    const disk = new SimulatedDisk();
    const { log } = await start(disk, { policy: often });
    for (let at = 0; at < 20; at += 1) await log.propose(register({ node: `n${at}` }));
    await log.close();
    disk.restart();
    disk.tearNewestSnapshot();
    await disk.snapshots().keepNewest(1, []);
    await expect(start(disk)).rejects.toMatchObject({ code: 'CATALOG_SNAPSHOT' });
  });

  test('a restored state is durable when it is answered, with an index above both', async () => {
    const disk = new SimulatedDisk();
    const { log } = await start(disk);
    await log.propose(register({ node: 'old' }));
    const other = new Store();
    other.apply(90, register({ node: 'new' }));
    expect(await log.restore(other.snapshot())).toMatchObject({ kind: 'applied', index: 91 });
    expect(await log.propose(register({ node: 'after' }))).toMatchObject({ kind: 'applied', index: 92 });
    await log.close();
    disk.restart();
    const { machine } = await start(disk);
    expect(machine.tables.nodes.list('').map(({ node }) => node.Node)).toEqual(['after', 'new']);
  });
});

describe('a server that loses its power at any write', () => {
  /** Proposes commands one by one, or in threes, until the power fails. */
  async function work(log: DurableLog, list: readonly Command[], each: number): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (let at = 0; at < list.length; at += each) {
      outcomes.push(...(await Promise.all(list.slice(at, at + each).map((command) => log.propose(command)))));
    }
    return outcomes;
  }

  test('has all that was acknowledged, and nothing by halves', async () => {
    await fc.assert(
      fc.asyncProperty(
        commands,
        fc.nat(),
        fc.boolean(),
        fc.constantFrom(1, 3),
        async (list, at, isLast, each) => {
          const counting = new SimulatedDisk();
          const undisturbed = await start(counting, { policy: often });
          await work(undisturbed.log, list, each);
          await undisturbed.log.close();
          const failsAtWrite = (at % (counting.writesCount + 1)) + 1;

          const disk = new SimulatedDisk();
          disk.restart({ failsAtWrite, isLastWritten: isLast });
          let acknowledged: Outcome[] = [];
          try {
            const running = await start(disk, { policy: often });
            acknowledged = await work(running.log, list, each);
            await running.log.close();
          } catch (error) {
            expect(error).toBeInstanceOf(PowerFailure);
          }
          const answeredCount = acknowledged.filter(({ kind }) => kind === 'applied').length;
          expect(acknowledged.slice(0, answeredCount).every(({ kind }) => kind === 'applied')).toBe(true);

          disk.restart();
          const { machine, log } = await start(disk);
          // The state is that of some beginning of the commands, with at least those that were answered.
          const states = [bytesOf(new Store())];
          const straight = new Store();
          for (const [position, command] of list.entries()) {
            straight.apply(position + 2, command);
            states.push(bytesOf(straight));
          }
          const found = states.lastIndexOf(bytesOf(machine));
          expect(found).toBeGreaterThanOrEqual(answeredCount);
          expect(await log.propose(register({ node: 'next' }))).toMatchObject({ kind: 'applied' });
        },
      ),
    );
  });
});

test('an index that a client invents is applied again as it was the first time', async () => {
  const disk = new SimulatedDisk();
  const first = await start(disk);
  const request = {
    Datacenter: 'dc1',
    Op: 'cas',
    DirEnt: create(DirEntry, { Key: 'a', ModifyIndex: 2 ** 64 }),
  };
  const outcome = await first.log.propose({ type: 2, body: create(KvsRequest, request) });
  expect(outcome).toMatchObject({ kind: 'applied', value: false });
  await first.log.close();
  disk.restart();
  const second = await start(disk);
  expect(bytesOf(second.machine)).toBe(bytesOf(first.machine));
});

test('an entry that cannot be read keeps the server from starting, with its number', async () => {
  const disk = new SimulatedDisk();
  await disk.log().append([{ index: 1, term: 1, kind: 'command', data: Uint8Array.of(2, 0xc1) }]);
  await expect(start(disk)).rejects.toMatchObject({
    code: 'CATALOG_LOG',
    message: expect.stringMatching(/^entry 1 of the log cannot be applied: /),
  });
});

test.each([
  ['proposals', { count: 4 }],
  ['bytes', { bytes: 500 }],
])(
  'takes no more %s than its bound while the state machine is slow, though the disk is fast',
  async (_of, backlog) => {
    const disk = new SimulatedDisk();
    const { machine, finish } = slowMachine();
    const { log } = await start(disk, { machine, backlog });
    const slow = log.propose(deregister('n1'));
    const taken: Promise<Outcome>[] = [];
    let refused: Outcome | undefined;
    while (refused === undefined && taken.length < 50) {
      const proposal = log.propose(register({ node: 'n1' }));
      const written = disk.writesCount;
      const outcome = await Promise.race([proposal, nextTurn()]);
      if (outcome === undefined) {
        // It is on disk, and waits for the state machine.
        expect(disk.writesCount).toBeGreaterThan(written);
        taken.push(proposal);
      } else refused = outcome;
    }
    expect(refused).toEqual({ kind: 'refused', reason: 'busy' });
    expect(taken.length).toBeLessThan(10);
    finish();
    const outcomes = await Promise.all([slow, ...taken]);
    expect(outcomes.every(({ kind }) => kind === 'applied')).toBe(true);
    expect(await log.propose(register({ node: 'n2' }))).toMatchObject({ kind: 'applied' });
    await log.close();
  },
);

/** Resolves when all that is ready in microtasks has run. */
const nextTurn = (): Promise<undefined> => new Promise((resolve) => setImmediate(() => resolve(undefined)));

/** A state machine that takes a deregistration until it is told to finish. */
function slowMachine() {
  const held = new WatchedStore({ clock: new VirtualClock() });
  let finish = (): void => undefined;
  const machine = Object.assign(Object.create(held) as WatchedStore, {
    beginTurn: () => undefined,
    endOfTurn: () => undefined,
    flush: () => undefined,
    snapshot: () => held.snapshot(),
    restore: () => undefined,
    applyInTurns: (index: number, command: Command) =>
      command.type === 1
        ? new Promise((resolve) => {
            finish = () => resolve(held.apply(index, command));
          })
        : held.apply(index, command),
  });
  return { machine, finish: () => finish() };
}

test('a small command does not wait for a large one of its batch', async () => {
  const disk = new SimulatedDisk();
  const order: string[] = [];
  const { machine, finish } = slowMachine();
  const { log } = await start(disk, { machine });
  const small = log.propose(register({ node: 'n1' })).then(() => order.push('small'));
  const large = log.propose(deregister('n1')).then(() => order.push('large'));
  await small;
  expect(order).toEqual(['small']);
  finish();
  await large;
  await log.close();
});
