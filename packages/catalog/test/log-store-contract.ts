import { expect, test } from 'vitest';
import type { LogEntry, LogStore, SnapshotStore } from '../src/log/log-store.ts';

/** Opens the store of one place on a disk, again and again. */
export type Place<Store> = () => Promise<Store>;

/** What every log store keeps; each test gets a place of its own. */
export function logStoreContract(newPlace: () => Promise<Place<LogStore>>): void {
  const entry = (index: number, term = 1): LogEntry => ({
    index,
    term,
    kind: index % 2 === 0 ? 'noop' : 'command',
    data: index % 2 === 0 ? new Uint8Array(0) : Uint8Array.of(index, 0, 255),
  });
  /** Closes the store and opens it again. */
  const reopened = async (store: LogStore, open: Place<LogStore>): Promise<LogStore> => {
    await store.close();
    return open();
  };
  const indexesOf = async (store: LogStore) => (await store.read(0, 100)).map(({ index }) => index);

  test('an empty log has no entry, no term and no vote', async () => {
    const open = await newPlace();
    const store = await open();
    expect(store.firstIndex).toBe(1);
    expect(store.last).toEqual({ index: 0, term: 0 });
    expect(store.hardState).toEqual({ currentTerm: 0, votedFor: '' });
    expect(await store.read(1, 10)).toEqual([]);
    await store.close();
  });

  test('entries come back as they were, in order, from any place, after a restart too', async () => {
    const open = await newPlace();
    let store = await open();
    const entries = [entry(1), entry(2), entry(3, 2), entry(4, 2)];
    await store.append(entries.slice(0, 1));
    await store.append(entries.slice(1));
    for (let opened = 0; opened < 2; opened += 1) {
      expect(store.firstIndex).toBe(1);
      expect(store.last).toEqual({ index: 4, term: 2 });
      const read = await store.read(2, 2);
      expect(read.map((one) => ({ ...one, data: [...one.data] }))).toEqual(
        entries.slice(1, 3).map((one) => ({ ...one, data: [...one.data] })),
      );
      store = await reopened(store, open);
    }
    await store.close();
  });

  test('term and vote are kept', async () => {
    const open = await newPlace();
    let store = await open();
    await store.setHardState({ currentTerm: 7, votedFor: 'a' });
    store = await reopened(store, open);
    expect(store.hardState).toEqual({ currentTerm: 7, votedFor: 'a' });
    await store.close();
  });

  test('what is truncated or compacted is gone, and the log goes on behind it', async () => {
    const open = await newPlace();
    let store = await open();
    await store.append([1, 2, 3, 4, 5].map((index) => entry(index)));
    await store.truncateAfter(4);
    await store.compact({ index: 2, term: 1 });
    expect(await indexesOf(store)).toEqual([3, 4]);
    expect([store.firstIndex, store.last.index]).toEqual([3, 4]);
    store = await reopened(store, open);
    expect([store.firstIndex, store.last.index]).toEqual([3, 4]);
    await store.append([entry(5, 3)]);
    expect(await indexesOf(store)).toEqual([3, 4, 5]);
    await store.close();
  });

  test('a log that is compacted beyond its end begins there', async () => {
    const open = await newPlace();
    let store = await open();
    await store.append([entry(1)]);
    await store.compact({ index: 10, term: 4 });
    store = await reopened(store, open);
    expect(store.firstIndex).toBe(11);
    expect(store.last).toEqual({ index: 10, term: 4 });
    await store.append([entry(11, 5)]);
    expect(await indexesOf(store)).toEqual([11]);
    await store.close();
  });

  test('an entry that does not follow the last one is refused', async () => {
    const open = await newPlace();
    const store = await open();
    await expect((async () => store.append([entry(2)]))()).rejects.toThrow(RangeError);
    await store.close();
  });
}

/** What every snapshot store keeps. */
export function snapshotStoreContract(newPlace: () => Promise<Place<SnapshotStore>>): void {
  const metaOf = (index: number) => ({ index, term: 2, configuration: Uint8Array.of(1, 2) });
  const write = async (store: SnapshotStore, index: number, ...texts: readonly string[]) => {
    const sink = await store.create(metaOf(index));
    for (const text of texts) await sink.write(Buffer.from(text));
    await sink.commit();
  };
  const textOf = async (store: SnapshotStore, index: number) => {
    let text = '';
    for await (const piece of store.open({ index, term: 2 })) text += Buffer.from(piece).toString();
    return text;
  };

  test('snapshots are listed from the newest on, and come back as they were', async () => {
    const open = await newPlace();
    const store = await open();
    expect(await store.list()).toEqual([]);
    await write(store, 9, 'nine');
    await write(store, 10, 'te', 'n');
    await write(store, 11);
    const again = await open();
    const listed = (await again.list()).map(({ index, term, configuration }) => [
      index,
      term,
      ...configuration,
    ]);
    expect(listed).toEqual([11, 10, 9].map((index) => [index, 2, 1, 2]));
    expect(await textOf(again, 10)).toBe('ten');
    expect(await textOf(again, 11)).toBe('');
    await again.keepNewest(2, []);
    expect((await again.list()).map(({ index }) => index)).toEqual([11, 10]);
  });

  test('a broken one does not count among those that are kept, and the last whole one stays', async () => {
    const store = await (await newPlace())();
    for (const index of [8, 9, 10, 11]) await write(store, index, 'x');
    const broken = [11, 9].map((index) => ({ index, term: 2 }));
    await store.keepNewest(2, broken);
    expect((await store.list()).map(({ index }) => index)).toEqual([10, 8]);
    await store.keepNewest(
      1,
      [10, 8].map((index) => ({ index, term: 2 })),
    );
    expect((await store.list()).map(({ index }) => index)).toEqual([10, 8]);
  });

  test('one that is not committed is not there', async () => {
    const open = await newPlace();
    const store = await open();
    const aborted = await store.create(metaOf(1));
    await aborted.write(Buffer.from('x'));
    await aborted.abort();
    const left = await store.create(metaOf(2));
    await left.write(Buffer.from('x'));
    expect(await (await open()).list()).toEqual([]);
    await left.abort();
  });
}
