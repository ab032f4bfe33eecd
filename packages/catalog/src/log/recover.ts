import { CatalogError } from '../errors.ts';
import type { Command } from '../store/commands.ts';
import type { StateMachine } from './command-log.ts';
import type { EntryId, LogStore, SnapshotStore } from './log-store.ts';
import { decodeCommand } from './payload.ts';
import type { StateStream } from './state-stream.ts';

/** What a server starts from. */
export interface RecoverParts {
  readonly machine: StateMachine;
  readonly store: LogStore;
  readonly snapshots: SnapshotStore;
  readonly stream: StateStream;
}

/** Where a server stands after its start. */
export interface Recovered {
  /** The snapshot that the state began with; 0 and 0 for none. */
  readonly snapshot: EntryId;
  /** Newer snapshots that could not be read. */
  readonly broken: readonly EntryId[];
}

/** So many entries are held in memory at once. */
const entriesEach = 512;

/**
 * Brings the machine to the state of the newest snapshot that is whole and all entries after it.
 * @throws CatalogError CATALOG_SNAPSHOT when no snapshot reaches the log; CATALOG_LOG for an entry that cannot be read.
 */
export async function recover(parts: RecoverParts): Promise<Recovered> {
  const { store } = parts;
  const recovered = await restoreNewest(parts);
  const { snapshot: from } = recovered;
  if (store.last.index < from.index) {
    // The snapshot is of a state that was installed as a whole: the log begins after it.
    await store.compact({ index: from.index, term: from.term });
  }
  await replay(parts, from.index + 1);
  return recovered;
}

async function restoreNewest({ machine, store, snapshots, stream }: RecoverParts): Promise<Recovered> {
  const broken: EntryId[] = [];
  const problems: string[] = [];
  for (const meta of await snapshots.list()) {
    if (meta.index + 1 < store.firstIndex) break;
    try {
      machine.restore(await stream.read(snapshots.open(meta)));
      return { snapshot: meta, broken };
    } catch (error) {
      if (!(error instanceof CatalogError) || error.code !== 'CATALOG_SNAPSHOT') throw error;
      // The one before it may do, if the log still holds what came after that.
      broken.push(meta);
      problems.push(`snapshot ${meta.index}: ${error.message}`);
    }
  }
  if (store.firstIndex <= 1) return { snapshot: { index: 0, term: 0 }, broken };
  const found = problems.length === 0 ? 'there is none' : problems.join('; ');
  throw new CatalogError(
    'CATALOG_SNAPSHOT',
    `the log begins at entry ${store.firstIndex}, and no snapshot holds what came before: ${found}`,
  );
}

async function replay({ machine, store }: RecoverParts, from: number): Promise<void> {
  machine.beginTurn();
  for (let next = from; next <= store.last.index; ) {
    const entries = await store.read(next, entriesEach);
    for (const { index, kind, data } of entries) {
      if (index !== next) throw new CatalogError('CATALOG_LOG', `the log has no entry ${next}`);
      next += 1;
      const command = kind === 'command' ? commandOf(index, data) : undefined;
      if (command !== undefined) await applyAgain(machine, index, command);
      await machine.endOfTurn();
    }
    if (entries.length === 0) throw new CatalogError('CATALOG_LOG', `the log has no entry ${next}`);
  }
  machine.flush();
}

/** @throws CatalogError CATALOG_LOG. */
function commandOf(index: number, data: Uint8Array): Command | undefined {
  try {
    return decodeCommand(data);
  } catch (cause) {
    throw unreadable(index, cause);
  }
}

/** @throws CatalogError CATALOG_LOG. */
async function applyAgain(machine: StateMachine, index: number, command: Command): Promise<void> {
  try {
    await machine.applyInTurns(index, command);
  } catch (cause) {
    throw unreadable(index, cause);
  }
}

function unreadable(index: number, cause: unknown): CatalogError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CatalogError('CATALOG_LOG', `entry ${index} of the log cannot be applied: ${reason}`, { cause });
}
