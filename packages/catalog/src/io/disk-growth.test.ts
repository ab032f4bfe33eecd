import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualClock } from '@hobnob/gossip/testing';
import { expect, test } from 'vitest';
import { create, DirEntry, KvsRequest } from '../records/index.ts';
import type { Command } from '../store/commands.ts';
import { WatchedStore } from '../watch/watched-store.ts';
import { openDiskLog } from './index.ts';

/** How much room a server takes whose keys are written again and again. */

const keysCount = 50;
const valueBytes = 3000;
const policy = { threshold: 200, intervalMs: 0, trailing: 50 };
/** Several times what the log may hold at once: the entries since the older snapshot, in pages of LMDB. */
const dataBytesMax = 4_000_000;

const command = (Op: string, Key: string, Value: Uint8Array | null): Command => ({
  type: 2,
  body: create(KvsRequest, { Datacenter: 'dc1', Op, DirEnt: create(DirEntry, { Key, Value }) }),
});

async function sizeOf(folder: string): Promise<number> {
  const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

test('the log and its snapshots stay within a bound, however often keys are written', {
  timeout: 60_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hobnob-growth-'));
  try {
    const clock = new VirtualClock();
    const snapshots: (string | undefined)[] = [];
    let onSnapshot = (): void => undefined;
    const failures: unknown[] = [];
    const log = await openDiskLog(folder, {
      machine: new WatchedStore({ clock }),
      clock,
      address: '127.0.0.1:8300',
      policy,
      onFailure: (error) => failures.push(error),
      onSnapshot: ({ problem }) => {
        snapshots.push(problem);
        onSnapshot();
      },
    });
    const keys = Array.from({ length: keysCount }, (_, at) => `key/${at}`);
    const write = async (Op: string, rounds: number): Promise<void> => {
      for (let round = 0; round < rounds; round += 1) {
        const before = snapshots.length;
        const taken = new Promise<void>((resolve) => {
          onSnapshot = resolve;
        });
        for (let written = 0; written < policy.threshold; written += keysCount) {
          await Promise.all(keys.map((key) => log.propose(command(Op, key, randomBytes(valueBytes)))));
        }
        // So that it does not depend on the machine how much is written beside a snapshot.
        if (snapshots.length === before) await taken;
      }
    };
    const dataBytes = () => stat(join(folder, 'log', 'data.mdb')).then(({ size }) => size);
    const stateBytes = keysCount * (valueBytes + 500);

    await write('set', 15);
    const early = await dataBytes();
    await write('set', 30);
    const late = await dataBytes();
    expect(snapshots).toHaveLength(45);
    expect(snapshots.every((problem) => problem === undefined)).toBe(true);
    // Twice as much as before, 27 MB in all.
    expect(late).toBeLessThan(dataBytesMax);
    expect(late).toBeLessThan(1.3 * early);
    expect(await sizeOf(join(folder, 'snapshots'))).toBeLessThan(3 * stateBytes);

    await log.propose(command('delete-tree', 'key/', null));
    await write('delete', 3);
    await log.close();
    expect(failures).toEqual([]);
    expect(await readdir(join(folder, 'snapshots'))).toHaveLength(2);
    expect(await sizeOf(join(folder, 'snapshots'))).toBeLessThan(stateBytes / 5);
    // LMDB gives no page back to the disk, and uses all of them again.
    expect(await dataBytes()).toBeLessThan(dataBytesMax);
    process.stdout.write(`log: ${early} bytes early, ${late} late; ${snapshots.length} snapshots\n`);
  } finally {
    await rm(folder, { recursive: true });
  }
});
