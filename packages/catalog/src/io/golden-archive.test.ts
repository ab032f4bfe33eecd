import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Reader, skipValue } from '@hobnob/gossip/codec';
import { extract } from 'tar-stream';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RegisterRequest } from '../records/index.ts';
import { registrations } from '../snapshot/state-records.ts';
import { Store } from '../store/store.ts';
import { writeArchive } from './archive.ts';
import { type ArchiveContent, inspectArchive, readArchive } from './read-archive.ts';

const vector = JSON.parse(
  readFileSync(new URL('../../test/vectors/snapshot.json', import.meta.url), 'utf8'),
) as { readonly archiveBase64: readonly string[] };
const golden = Buffer.from(vector.archiveBase64.join(''), 'base64');

const read = (archive: Uint8Array): Promise<ArchiveContent> => readArchive(Readable.from([archive]));

async function filesOf(archive: Uint8Array): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for await (const entry of Readable.from([gunzipSync(archive)]).pipe(extract())) {
    files.set(entry.header.name, await buffer(entry));
  }
  return files;
}

async function stateOf(archive: Uint8Array): Promise<Buffer> {
  return (await filesOf(archive)).get('state.bin') ?? Buffer.alloc(0);
}

/** The header, then each record with its type. */
function recordsOf(state: Uint8Array): Buffer[] {
  const reader = new Reader(state);
  const records: Buffer[] = [];
  for (let start = 0; reader.remaining > 0; start = reader.offset) {
    if (start > 0) reader.u8();
    skipValue(reader);
    records.push(Buffer.from(state.subarray(start, reader.offset)));
  }
  return records;
}

const fieldsOf = (record: Uint8Array): RegisterRequest => registrations.read(new Reader(record.subarray(1)));

async function writtenAgain({ meta, snapshot }: ArchiveContent): Promise<Buffer> {
  const place = { index: meta.Index, term: meta.Term, servers: meta.Configuration.Servers, wallMs: 1 };
  return buffer(await writeArchive(snapshot, place));
}

let content: ArchiveContent;
beforeAll(async () => {
  content = await read(golden);
});

describe('an archive of real Consul 1.8.7', () => {
  test('is written back byte for byte, except for the order in the maps of Go', async () => {
    const theirs = recordsOf(await stateOf(golden));
    const ours = recordsOf(await stateOf(await writtenAgain(content)));
    expect(ours.map((record) => record[0])).toEqual(theirs.map((record) => record[0]));
    const different = theirs.flatMap((record, at) => (ours[at]?.equals(record) === true ? [] : [at]));
    // The server's own node, service and check: its tagged addresses and meta come in any order.
    expect(different.length).toBeLessThanOrEqual(3);
    for (const at of different) {
      const [mine, real] = [ours[at] ?? Buffer.alloc(0), theirs[at] ?? Buffer.alloc(0)];
      expect(mine).toHaveLength(real.length);
      expect(fieldsOf(mine)).toEqual(fieldsOf(real));
    }
  });

  test('holds records of kinds that are not served, and none is lost', async () => {
    const types = new Set(recordsOf(await stateOf(golden)).map((record) => record[0]));
    for (const type of [3, 7, 9, 12, 13, 14, 15, 17, 19, 22, 23, 30]) expect(types).toContain(type);
  });

  test('names its moment', async () => {
    expect(await inspectArchive(Readable.from([golden]))).toEqual(content.meta);
    expect(content.meta).toMatchObject({ Version: 1, Index: content.snapshot.index });
    const again = await filesOf(await writtenAgain(content));
    const meta = JSON.parse(again.get('meta.json')?.toString() ?? '') as Record<string, unknown>;
    expect(meta).toEqual({ ...content.meta, ID: `${content.meta.Term}-${content.meta.Index}-1` });
  });

  test('answers from what it holds', () => {
    const store = new Store(content.snapshot);
    expect(store.index).toBe(content.meta.Index);
    expect([...content.snapshot.tables.nodes.keys()]).toEqual(['ext-a', 'ext-b', 'ext-c', 'golden']);
    expect(content.snapshot.tables.kvsBySession.size).toBe(2);
    expect(content.snapshot.tables.tombstones.size).toBe(2);
  });
});

describe('a broken archive', () => {
  const refused = { code: 'CATALOG_SNAPSHOT', message: expect.stringMatching(/^failed to /) };

  test('is refused wherever it ends', async () => {
    for (let length = 0; length < golden.length; length += 307) {
      await expect(read(golden.subarray(0, length)), `after ${length} bytes`).rejects.toMatchObject(refused);
    }
  });

  test('is refused, or holds the same, whichever byte is another one', async () => {
    const expected = await stateOf(await writtenAgain(content));
    for (let at = 0; at < golden.length; at += 307) {
      const flipped = Buffer.from(golden);
      flipped[at] = (flipped[at] ?? 0) ^ 0x10;
      const found = await read(flipped).catch((error: unknown) => error);
      if (found instanceof Error) expect(found).toMatchObject({ code: 'CATALOG_SNAPSHOT' });
      else expect((await stateOf(await writtenAgain(found as ArchiveContent))).equals(expected)).toBe(true);
    }
  });

  test('is refused when its tar is whole and a byte of a file is another one', async () => {
    const tar = gunzipSync(golden);
    const state = await stateOf(golden);
    const begin = tar.indexOf(state.subarray(0, 64));
    for (let at = 0; at < state.length; at += 607) {
      const flipped = Buffer.from(tar);
      flipped[begin + at] = (flipped[begin + at] ?? 0) ^ 1;
      await expect(read(gzipSync(flipped)), `byte ${at}`).rejects.toMatchObject({ code: 'CATALOG_SNAPSHOT' });
    }
  });

  test("is refused with Consul's words when it is none", async () => {
    await expect(read(Buffer.from('no archive'))).rejects.toMatchObject(refused);
    await expect(read(Buffer.alloc(0))).rejects.toMatchObject(refused);
    await expect(read(gzipSync(Buffer.from('no tar')))).rejects.toMatchObject(refused);
    await expect(read(gzipSync(Buffer.alloc(1024)))).rejects.toMatchObject(refused);
  });
});
