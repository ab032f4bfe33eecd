import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { encodeMsgpack } from '@hobnob/gossip/codec';
import { pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { register } from '../../test/requests.ts';
import { create, DirEntry, KvsRequest } from '../records/index.ts';
import type { Command } from '../store/commands.ts';
import { Store } from '../store/store.ts';
import { writeArchive } from './archive.ts';
import { MemoryBudget } from './memory-budget.ts';
import { inspectArchive, readArchive } from './read-archive.ts';

const place = {
  index: 7,
  term: 3,
  servers: [{ Suffrage: 0, ID: 'id', Address: '127.0.0.1:8300' }],
  wallMs: 1_800_000_000_000,
};

/** An archive of one node. */
async function archiveOf(node = 'n1'): Promise<Buffer> {
  const store = new Store();
  store.apply(5, register({ node }));
  return buffer(await writeArchive(store.snapshot(), place));
}

/** The blocks of the files of a tar: a header and its content. */
function filesOf(archive: Buffer): Buffer[] {
  const tar = gunzipSync(archive);
  const files: Buffer[] = [];
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    const end = at + 512 + Math.ceil(size / 512) * 512;
    files.push(tar.subarray(at, end));
    at = end;
  }
  return files;
}

const set = (Key: string, Value: Uint8Array): Command => ({
  type: 2,
  body: create(KvsRequest, { Datacenter: 'dc1', Op: 'set', DirEnt: create(DirEntry, { Key, Value }) }),
});

const archiveWith = (files: readonly Buffer[]): Readable =>
  Readable.from([gzipSync(Buffer.concat([...files, Buffer.alloc(1024)]))]);

describe('an archive', () => {
  test('says of which moment it is, and gives back its state', async () => {
    const archive = await archiveOf();
    expect(await inspectArchive(Readable.from([archive]))).toMatchObject({
      ID: '3-7-1800000000000',
      Index: 7,
      Term: 3,
      Version: 1,
    });
    const { snapshot } = await readArchive(Readable.from([archive]));
    expect(snapshot.tables.nodes.list('').map(({ node }) => node.Node)).toEqual(['n1']);
  });

  test('may have its files in any order, and must have each of them', async () => {
    const files = filesOf(await archiveOf());
    expect(files).toHaveLength(3);
    const { meta } = await readArchive(archiveWith(files.toReversed()));
    expect(meta.Index).toBe(7);
    for (const missing of files) {
      const others = files.filter((file) => file !== missing);
      await expect(readArchive(archiveWith(others))).rejects.toMatchObject({
        code: 'CATALOG_SNAPSHOT',
      });
    }
  });

  test('with a file that is none of its own, or the state of another one, is refused', async () => {
    const files = filesOf(await archiveOf());
    const other = filesOf(await archiveOf('n2'));
    const [meta = Buffer.alloc(0), state = Buffer.alloc(0), sums = Buffer.alloc(0)] = files;
    const renamed = Buffer.from(meta);
    renamed.write('meta.jsoX', 0, 'latin1');
    for (const wrong of [
      [renamed, state, sums],
      [meta, other[1] ?? state, sums],
      [meta, state, other[1] ?? state, sums],
    ]) {
      await expect(readArchive(archiveWith(wrong))).rejects.toMatchObject({
        code: 'CATALOG_SNAPSHOT',
      });
    }
  });

  test('of a state that may need more memory than is free is refused', async () => {
    const archive = await archiveOf();
    const { take: charge } = new MemoryBudget(() => 1000).claim();
    await expect(readArchive(Readable.from([archive]), { charge })).rejects.toThrow(
      'the state may need more memory than the 0 MB that are free for it',
    );
  });

  test('whose reader goes away is written no further, at whatever moment that is', async () => {
    const store = new Store();
    // Random, so that it stays large in gzip.
    for (let at = 1; at <= 100; at += 1) store.apply(at, set(`k${at}`, randomBytes(50_000)));
    const work = async (
      read: (archive: Readable) => Promise<unknown>,
      abortAt = Number.POSITIVE_INFINITY,
    ) => {
      const gone = new AbortController();
      let pauses = 0;
      const pause = (): Promise<void> => {
        pauses += 1;
        if (pauses === abortAt) gone.abort();
        return Promise.resolve();
      };
      await read(await writeArchive(store.snapshot(), place, { pause, signal: gone.signal }));
      return pauses;
    };
    const all = await work(buffer);
    await expect(work(buffer, 5)).rejects.toMatchObject({ name: 'AbortError' });
    const inSecondPass = Math.floor(all / 2) + 5;
    await expect(work(buffer, inSecondPass)).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
    // A reader that stops is waited for, and one that destroys the stream ends the work.
    const destroyed = await work(async (archive) => {
      await once(archive, 'readable');
      archive.destroy();
      await once(archive, 'close');
    });
    expect(destroyed).toBeLessThan(all);
  });

  test.each([
    ['null', 'failed to decode snapshot metadata'],
    ['[]', 'failed to decode snapshot metadata'],
    ['{"Version":1,"Index":-5,"Term":1,"Size":SIZE}', 'failed to decode snapshot metadata'],
    ['{"Version":9,"Index":5,"Term":1,"Size":SIZE}', 'unsupported snapshot version 9'],
    ['{"Index":5,"Term":1,"Size":SIZE}', 'unsupported snapshot version 0'],
    ['{"Version":1,"Index":5,"Term":1,"Size":3}', 'and the metadata says 3'],
  ])('with the metadata %s is refused', async (meta, reason) => {
    const state = stateOf(await archiveOf());
    const text = meta.replace('SIZE', String(state.length));
    const archive = await archiveOfState(state, text);
    await expect(readArchive(Readable.from([archive]))).rejects.toMatchObject({
      code: 'CATALOG_SNAPSHOT',
      message: expect.stringContaining(reason),
    });
  });

  test('of an index that no log can count on from is refused', async () => {
    const state = encodeMsgpack({ LastIndex: Number.MAX_SAFE_INTEGER });
    const text = JSON.stringify({ Version: 1, Index: 5, Term: 1, Size: state.length });
    const archive = await archiveOfState(state, text);
    await expect(readArchive(Readable.from([archive]))).rejects.toThrow(
      'its index 9007199254740991 is larger than any of a log',
    );
  });
});

/** The content of the state's file. */
function stateOf(archive: Buffer): Buffer {
  const [, state = Buffer.alloc(0)] = filesOf(archive);
  const size = Number.parseInt(state.toString('latin1', 124, 135), 8);
  return state.subarray(512, 512 + size);
}

/** An archive whose sums are right, whatever it says. */
async function archiveOfState(state: Uint8Array, meta: string): Promise<Buffer> {
  const sumOf = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
  const tar = pack();
  tar.entry({ name: 'meta.json' }, meta);
  tar.entry({ name: 'state.bin' }, Buffer.from(state));
  tar.entry({ name: 'SHA256SUMS' }, `${sumOf(meta)}  meta.json\n${sumOf(state)}  state.bin\n`);
  tar.finalize();
  return gzipSync(await buffer(tar));
}
