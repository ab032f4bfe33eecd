import type { CoordinateUpdateRequest } from '../records/index.ts';
import { joinKey, nameKey } from './keys.ts';
import { topics } from './topics.ts';
import type { Transaction } from './transaction.ts';

/** Where nodes are in the network. Source: consensus-and-rpc.md 5.7. */

/** Stores a batch. Updates of unknown nodes are dropped, and the table's index moves even when all of them are. */
export function updateCoordinates(tx: Transaction, updates: readonly CoordinateUpdateRequest[]): void {
  for (const { Node, Segment, Coord } of updates) {
    if (Coord === null || tx.tables.nodes.get(nameKey(Node)) === undefined) continue;
    tx.put(tx.tables.coordinates, joinKey(Node, Segment), { Node, Segment, Coord });
    tx.touch(topics.coordinate(Node));
  }
  tx.moveTable('coordinates');
}
