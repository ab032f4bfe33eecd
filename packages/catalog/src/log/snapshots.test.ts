import { VirtualClock } from '@hobnob/gossip/testing';
import { describe, expect, test } from 'vitest';
import { register } from '../../test/requests.ts';
import { readState } from '../snapshot/read-state.ts';
import { writeState } from '../snapshot/write-state.ts';
import { SimulatedDisk } from '../testing/simulated-disk.ts';
import { WatchedStore } from '../watch/watched-store.ts';
import { DurableLog, type SnapshotEvent } from './durable-log.ts';
import type { SnapshotSink } from './log-store.ts';

/** A log that takes a snapshot after two commands, on a disk where the given steps of snapshots fail until it is healed. */
async function start(failing: Partial<SnapshotSink>) {
  const disk = new SimulatedDisk();
  const clock = new VirtualClock();
  const snapshots = disk.snapshots();
  const aborted: number[] = [];
  const events: SnapshotEvent[] = [];
  const failures: unknown[] = [];
  let faults = failing;
  const log = await DurableLog.open({
    machine: new WatchedStore({ clock }),
    store: disk.log(),
    snapshots: {
      ...snapshots,
      create: async (meta) => {
        const sink = { ...(await snapshots.create(meta)), ...faults };
        const abort = async () => {
          aborted.push(meta.index);
          await sink.abort();
        };
        return { ...sink, abort };
      },
    },
    stream: { write: writeState, read: (pieces) => readState(pieces) },
    clock,
    address: '127.0.0.1:8300',
    policy: { threshold: 2, intervalMs: 0, trailing: 0 },
    onFailure: (error) => failures.push(error),
    onSnapshot: (event) => events.push(event),
  });
  return {
    disk,
    log,
    aborted,
    events,
    failures,
    writeUntil: async (isRight: (event: SnapshotEvent) => boolean) => {
      while (!events.some(isRight)) await log.propose(register({ node: 'n1' }));
    },
    heal: () => {
      faults = {};
    },
  };
}

const isFailed = ({ problem }: SnapshotEvent): boolean => problem !== undefined;
const refuse = (text: string) => () => Promise.reject(new Error(text));

describe('a snapshot of the log', () => {
  test.each<readonly [string, Partial<SnapshotSink>]>([
    ['written', { write: refuse('no space') }],
    ['completed', { commit: refuse('no space') }],
  ])('that cannot be %s is given up, and taken again later', async (_name, failing) => {
    const { disk, log, aborted, events, failures, writeUntil, heal } = await start(failing);
    await writeUntil(isFailed);
    expect(events[0]?.problem).toContain('no space');
    expect(aborted[0]).toBe(events[0]?.index);
    expect(await disk.snapshots().list()).toEqual([]);
    heal();
    await writeUntil((event) => !isFailed(event));
    expect((await disk.snapshots().list())[0]?.index).toBe(events.at(-1)?.index);
    expect(failures).toEqual([]);
    await log.close();
  });

  test('whose remains stay says so after what has happened', async () => {
    const { log, events, writeUntil } = await start({
      write: refuse('no space'),
      abort: refuse('read only'),
    });
    await writeUntil(isFailed);
    expect(events[0]?.problem).toContain('no space; what was written of it is left: read only');
    await log.close();
  });
});
