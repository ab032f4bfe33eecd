import type { Snapshot } from '../store/store.ts';

/** How a state becomes bytes and comes back. */
export interface StateStream {
  /** The state in pieces, each of about a millisecond of work. */
  write(snapshot: Snapshot): Iterable<Uint8Array>;
  /** @throws CatalogError CATALOG_SNAPSHOT for what is no state. */
  read(pieces: AsyncIterable<Uint8Array>): Promise<Snapshot>;
}
