import { keyBytesText, type TombstoneRequest } from '../records/index.ts';
import type { Tombstone } from './tables.ts';
import { CommandRefused, type Steps, type Transaction } from './transaction.ts';

/**
 * Which keys were deleted, and when: so that the index of a list never goes back. The leader has old ones reaped.
 * Source: consensus-and-rpc.md 5.5, 6.5.
 */

export function addTombstone(tx: Transaction, key: string): void {
  const { tombstones, tombstonesByIndex } = tx.tables;
  const place = keyBytesText(key);
  const previous = tombstones.get(place);
  const row: Tombstone = { key, index: tx.index };
  tx.put(tombstones, place, row);
  tx.move(tombstonesByIndex, previous && byIndexKey(previous), byIndexKey(row), row);
  tx.moveTable('tombstones');
}

/** Applies a Tombstone command: forgets what was deleted at or before an index. */
export function* reapTombstones(tx: Transaction, { Op, ReapIndex }: TombstoneRequest): Steps {
  if (Op !== 'reap') throw new CommandRefused(`Invalid Tombstone operation '${Op}'`);
  const { tombstones, tombstonesByIndex } = tx.tables;
  const rows: Tombstone[] = [];
  for (const piece of tombstonesByIndex.pieces('', reapedEach)) {
    const old = piece.filter(({ index }) => index <= ReapIndex);
    rows.push(...old);
    if (old.length < piece.length) break;
    yield;
  }
  for (const row of rows) {
    tx.remove(tombstones, keyBytesText(row.key));
    tx.remove(tombstonesByIndex, byIndexKey(row));
    yield;
  }
  if (rows.length > 0) tx.moveTable('tombstones');
}

const reapedEach = 200;
/** As many digits as the greatest index has. */
const indexDigits = 16;

export function byIndexKey({ key, index }: Tombstone): string {
  return `${String(index).padStart(indexDigits, '0')}${keyBytesText(key)}`;
}
