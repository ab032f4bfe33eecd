import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { register } from '../../test/requests.ts';
import { Store } from '../store/store.ts';
import { writeArchive } from './archive.ts';
import { inspectArchive, readArchive } from './read-archive.ts';

const noPause = () => undefined;
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
  return buffer(await writeArchive(store.snapshot(), place, noPause));
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
    const { snapshot } = await readArchive(Readable.from([archive]), noPause);
    expect(snapshot.tables.nodes.list('').map(({ node }) => node.Node)).toEqual(['n1']);
  });

  test('may have its files in any order, and must have each of them', async () => {
    const files = filesOf(await archiveOf());
    expect(files).toHaveLength(3);
    const { meta } = await readArchive(archiveWith(files.toReversed()), noPause);
    expect(meta.Index).toBe(7);
    for (const missing of files) {
      const others = files.filter((file) => file !== missing);
      await expect(readArchive(archiveWith(others), noPause)).rejects.toMatchObject({
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
      await expect(readArchive(archiveWith(wrong), noPause)).rejects.toMatchObject({
        code: 'CATALOG_SNAPSHOT',
      });
    }
  });

  test('of a state that is larger than the process can hold is refused', async () => {
    const archive = await archiveOf();
    await expect(readArchive(Readable.from([archive]), noPause, 100)).rejects.toThrow(
      'the state has more than 100 bytes, for which this process has no memory',
    );
  });
});
