import { type DirEntry, isText, keyBytesText, keyFromBytes } from '../../records/index.ts';
import { tableIndex } from '../indexes.ts';
import type { OrderedMap } from '../ordered-map.ts';
import type { Tables, Tombstone } from '../tables.ts';
import { topics } from '../topics.ts';
import type { Answer } from './answer.ts';
import { Later, type Pieces, rowsEach } from './later.ts';

/** Questions about keys; all lists are in the order of the keys' bytes. Source of the indexes: consensus-and-rpc.md 4.5. */

const bothTables = [topics.kvs, topics.tombstones] as const;

/** One entry; undefined for a missing key, whose index is that of all keys. */
export function getKey(tables: Tables, key: string): Answer<DirEntry | undefined> {
  const value = tables.kvs.get(keyBytesText(key));
  return {
    index: value?.ModifyIndex ?? tableIndex(tables, 'kvs', 'tombstones'),
    value,
    topics: [topics.key(key)],
    indexTopics: value === undefined ? bothTables : [],
  };
}

/** All entries under a prefix. */
export function listEntries(tables: Tables, prefix: string): Answer<readonly DirEntry[]> {
  const value = tables.kvs.list(keyBytesText(prefix));
  let greatest = 0;
  for (const { ModifyIndex } of value) greatest = Math.max(greatest, ModifyIndex);
  return { ...placeOf(tables, prefix, greatest), value };
}

/** Keys that were found. */
export interface FoundKeys {
  readonly Keys: readonly string[];
}

/** The keys under a prefix, each up to and with the first separator after the prefix; a group of neighbours is one. */
export function listKeys(
  tables: Tables,
  { prefix, separator }: { readonly prefix: string; readonly separator: string },
): Answer<Later<FoundKeys>> {
  const start = keyBytesText(prefix);
  let greatest = 0;
  tables.kvs.scan(start, ({ ModifyIndex }) => {
    greatest = Math.max(greatest, ModifyIndex);
  });
  // Whoever waits needs the index alone until it moves: a clone costs nothing, a list of all rows does.
  const kvs = tables.kvs.clone();
  const value = Later.in(function* (): Pieces<FoundKeys> {
    return { Keys: yield* keysOf(kvs.pieces(start, rowsEach), prefix, separator) };
  });
  return { ...placeOf(tables, prefix, greatest), value };
}

function* keysOf(
  pieces: Iterable<readonly DirEntry[]>,
  prefix: string,
  separator: string,
): Pieces<readonly string[]> {
  const keys: string[] = [];
  const cut = cutter(prefix, separator);
  for (const rows of pieces) {
    for (const { Key } of rows) {
      const key = cut(Key);
      if (key !== keys.at(-1)) keys.push(key);
    }
    if (rows.length === rowsEach) yield;
  }
  return keys;
}

/** Cuts a key behind the first separator after the prefix. */
function cutter(prefix: string, separator: string): (key: string) => string {
  if (separator === '') return (key) => key;
  if (isText(prefix) && isText(separator)) {
    return (key) => {
      const end = key.indexOf(separator, prefix.length);
      return end === -1 ? key : key.slice(0, end + separator.length);
    };
  }
  // One of them is a part of a character, which the text of a key has whole.
  const [before, wanted] = [keyBytesText(prefix), keyBytesText(separator)];
  return (key) => {
    const bytes = keyBytesText(key);
    const end = bytes.indexOf(wanted, before.length);
    if (end === -1) return key;
    return keyFromBytes(Buffer.from(bytes.slice(0, end + wanted.length), 'latin1'));
  };
}

/** Index and topics of what is said about a prefix; `greatest` is that of the entries below it, 0 without any. */
function placeOf(
  tables: Tables,
  prefix: string,
  greatest: number,
): Pick<Answer<unknown>, 'index' | 'topics' | 'indexTopics'> {
  const ofTables = tableIndex(tables, 'kvs', 'tombstones');
  const followed = [topics.keysUnder(prefix)];
  if (prefix === '') return { index: ofTables, topics: followed, indexTopics: bothTables };
  const index = Math.max(greatest, greatestTombstone(tables.tombstones, prefix));
  // Where nothing ever was, or all of it is forgotten, the tables answer.
  if (index === 0) return { index: ofTables, topics: followed, indexTopics: bothTables };
  return { index, topics: followed, indexTopics: [] };
}

function greatestTombstone(tombstones: OrderedMap<Tombstone>, prefix: string): number {
  let greatest = 0;
  tombstones.scan(keyBytesText(prefix), ({ index }) => {
    greatest = Math.max(greatest, index);
  });
  return greatest;
}
