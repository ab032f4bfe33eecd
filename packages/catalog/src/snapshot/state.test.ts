import { Reader, skipValue } from '@hobnob/gossip/codec';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commands } from '../../test/arbitrary-commands.ts';
import { create, DirEntry, KvsRequest } from '../records/index.ts';
import type { Command } from '../store/commands.ts';
import { type Snapshot, Store } from '../store/store.ts';
import { readState } from './read-state.ts';
import { writeState } from './write-state.ts';

async function* inPieces(bytes: Uint8Array, each: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += each) yield bytes.subarray(at, at + each);
}

const written = (snapshot: Snapshot): Buffer => Buffer.concat([...writeState(snapshot)]);
const read = (bytes: Uint8Array, each = 100, isBulk = false): Promise<Snapshot> =>
  readState(inPieces(bytes, each), { isBulk });

function stateOf(list: readonly Command[]): Store {
  const store = new Store();
  for (const [position, command] of list.entries()) store.apply(position + 1, command);
  return store;
}

/** Everything in a state as text; a service is on the node that its record names, whatever the case was. */
function textOf({ tables, index }: Snapshot): string {
  const rows = Object.entries(tables).map(([name, map]) => {
    const found: [string, unknown][] = [];
    map.scan('', (row: unknown, key: string) => found.push([key, row]));
    return [name, found];
  });
  return JSON.stringify([index, rows], function (this: Readonly<Record<string, unknown>>, name, part) {
    const held = this[name];
    if (held instanceof Uint8Array) return [...held];
    if (typeof part === 'bigint') return `${part}n`;
    return name === 'node' && typeof part === 'string' ? part.toLowerCase() : part;
  });
}

describe('a state', () => {
  test('comes back from its bytes as it was, whatever the pieces are', async () => {
    await fc.assert(
      fc.asyncProperty(
        commands,
        fc.integer({ min: 1, max: 300 }),
        fc.boolean(),
        async (list, each, isBulk) => {
          const snapshot = stateOf(list).snapshot();
          const bytes = written(snapshot);
          const restored = await read(bytes, each, isBulk);
          expect(textOf(restored)).toBe(textOf(snapshot));
          expect(written(restored).equals(bytes)).toBe(true);
        },
      ),
    );
  });

  test('goes on after a restore as it would have without', async () => {
    await fc.assert(
      fc.asyncProperty(commands, commands, fc.boolean(), async (before, after, isBulk) => {
        const store = stateOf(before);
        const restored = new Store(await read(written(store.snapshot()), 100, isBulk), true);
        for (const command of after) {
          const index = store.index + 1;
          expect(restored.apply(index, command)).toEqual(store.apply(index, command));
        }
        expect(textOf(restored.snapshot())).toBe(textOf(store.snapshot()));
      }),
    );
  });

  test('is the same when its keys come in another order, or twice', async () => {
    const store = new Store();
    for (const [position, key] of ['a', 'b', 'c'].entries()) {
      const DirEnt = create(DirEntry, { Key: key, Value: Buffer.from(key) });
      store.apply(position + 1, {
        type: 2,
        body: create(KvsRequest, { Datacenter: 'dc1', Op: 'set', DirEnt }),
      });
    }
    const [whole, head, keys] = [written(store.snapshot()), 12, 3];
    const records: Buffer[] = [];
    for (let from = head; records.length < keys; ) {
      const reader = new Reader(whole, from + 1);
      skipValue(reader);
      records.push(whole.subarray(from, reader.offset));
      from = reader.offset;
    }
    const [a = whole, b = whole, c = whole] = records;
    const rest = whole.subarray(head + Buffer.concat(records).length);
    const mixed = Buffer.concat([whole.subarray(0, head), c, a, b, a, rest]);
    for (const isBulk of [true, false]) {
      expect(textOf(await read(mixed, 100, isBulk))).toBe(textOf(store.snapshot()));
    }
  });

  test('that breaks off is refused, and one of another kind too', async () => {
    await fc.assert(
      fc.asyncProperty(commands, fc.double({ min: 0, max: 0.999, noNaN: true }), async (list, part) => {
        const bytes = written(stateOf(list).snapshot());
        const torn = bytes.subarray(0, Math.floor(bytes.length * part));
        const found = await read(torn).catch((error: unknown) => error);
        if (found instanceof Error) expect(found).toMatchObject({ code: 'CATALOG_SNAPSHOT' });
        // What ends between two records looks whole: lengths and checksums around it tell.
        else expect(bytes.indexOf(written(found as Snapshot).subarray(0, 12))).toBe(0);
      }),
    );
    await expect(read(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'CATALOG_SNAPSHOT' });
    // Deregister, Txn, and one of a newer version: Consul restores none of them.
    for (const type of [1, 8, 31, 99]) {
      const withUnknown = Buffer.concat([written(stateOf([]).snapshot()), Uint8Array.of(type, 0x80)]);
      await expect(read(withUnknown)).rejects.toMatchObject({ code: 'CATALOG_SNAPSHOT' });
    }
  });
});
