import { readFileSync } from 'node:fs';
import { Reader, skipValue } from '@hobnob/gossip/codec';
import { expect, test } from 'vitest';
import { getKey, listEntries } from '../store/queries/kv.ts';
import { listSessions } from '../store/queries/sessions.ts';
import { readState } from './read-state.ts';
import { writeState } from './write-state.ts';

const { hex } = JSON.parse(
  readFileSync(new URL('../../test/vectors/state.json', import.meta.url), 'utf8'),
) as { readonly hex: string };
const bytes = Buffer.from(hex, 'hex');

async function* whole(): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The records of a stream by type, as bytes. */
function recordsOf(stream: Uint8Array): Map<number, string[]> {
  const reader = new Reader(stream);
  skipValue(reader);
  const records = new Map<number, string[]>();
  while (reader.remaining > 0) {
    const type = reader.u8();
    const from = reader.offset;
    skipValue(reader);
    const record = Buffer.from(stream.subarray(from, reader.offset)).toString('hex');
    records.set(type, [...(records.get(type) ?? []), record]);
  }
  return records;
}

test('the state of a real server is read with every table', async () => {
  const { tables, index } = await readState(whole());
  expect(index).toBeGreaterThan(10);
  expect(tables.nodes.list('').map(({ node }) => node.Node)).toEqual(['ext', 'orc']);
  expect(listEntries(tables, '').value.map(({ Key }) => Key)).toEqual(['a', 'l', 'ü', '\udcff']);
  expect(getKey(tables, 'a').value).toMatchObject({ Flags: 18446744073709551615n, LockIndex: 0 });
  const [session] = listSessions(tables).value;
  expect(getKey(tables, 'l').value?.Session).toBe(session?.ID);
  expect(tables.tombstones.list('').map(({ key }) => key)).toEqual(['a/b']);
  expect(tables.checksByService.list('web\0')).toHaveLength(1);
});

test('what it is read to is written with the same records, and what has no table here byte for byte', async () => {
  const written = recordsOf(Buffer.concat([...writeState(await readState(whole()))]));
  const real = recordsOf(bytes);
  const counts = (records: Map<number, string[]>) =>
    [...records].map(([type, list]) => [type, list.length]).sort(([a = 0], [b = 0]) => a - b);
  expect(counts(written)).toEqual(counts(real));
  // Go writes maps in any order: records with maps may differ in their bytes.
  const withoutMaps = [2, 3, 5, 16, 29];
  const foreign = [...real.keys()].filter((type) => ![0, 2, 3, 5, 6, 16, 29].includes(type));
  expect(foreign.length).toBeGreaterThan(4);
  for (const type of [...withoutMaps, ...foreign]) {
    expect({ type, records: written.get(type) }).toEqual({ type, records: real.get(type) });
  }
});
