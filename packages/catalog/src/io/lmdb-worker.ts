import { parentPort, workerData } from 'node:worker_threads';
import { open, type RootDatabase } from 'lmdb';
import type { WorkerOpened, WorkerReply, WorkerRequest } from './lmdb-messages.ts';
import { bytesOfEntry, entryOfBytes, keyOfIndex } from './log-layout.ts';

/**
 * The thread that owns the LMDB environment of the log. A commit of LMDB syncs the disk before it returns, so that a thread
 * of its own waits for the disk while the event loop of the server goes on; and an error of the disk is thrown where the
 * commit was called, with nothing left over that could end the process.
 */

/** 2: entries have checksums. */
const formatVersion = 2;
/** Memory is mapped as the file grows. */
const mapBytes = 64 * 1024 * 1024;

const { path } = workerData as { readonly path: string };
const port = parentPort;
if (port === null) throw new Error('this file is the program of a worker thread');

const database = openDatabase();
const entries = database.openDB<Uint8Array, Uint8Array>({ name: 'entries', ...binary() });
const meta = database.openDB<string, string>({ name: 'meta', encoding: 'string' });

function binary() {
  return { encoding: 'binary', keyEncoding: 'binary' } as const;
}

function openDatabase(): RootDatabase {
  return open({
    path,
    mapSize: mapBytes,
    maxDbs: 4,
    // A commit returns when it is on disk.
    overlappingSync: false,
    noSubdir: false,
    commitDelay: 0,
  });
}

function checkFormat(): void {
  const found = meta.get('format');
  if (found === undefined) {
    database.transactionSync(() => meta.putSync('format', String(formatVersion)));
  } else if (found !== String(formatVersion)) {
    throw new Error(`the log has the format ${found}, and this version reads format ${formatVersion} only`);
  }
}

function opened(): WorkerOpened {
  const [first] = entries.getKeys({ limit: 1 });
  const [last] = entries.getRange({ limit: 1, reverse: true });
  return {
    firstKey: first,
    last: last === undefined ? undefined : entryOfBytes(last.key, last.value),
    hardState: meta.get('hard-state'),
    base: meta.get('base'),
  };
}

/** Does what a request asks for; everything that one request changes is one transaction, and on disk afterwards. */
function answer(request: WorkerRequest): unknown {
  switch (request.kind) {
    case 'open':
      checkFormat();
      return opened();
    case 'append':
      return database.transactionSync(() => {
        for (const entry of request.entries) entries.putSync(keyOfIndex(entry.index), bytesOfEntry(entry));
      });
    case 'remove':
      return remove(request.from, request.to, request.base);
    case 'hard-state':
      return database.transactionSync(() => meta.putSync('hard-state', request.text));
    case 'read':
      return [
        ...entries
          .getRange({ start: keyOfIndex(request.from), limit: request.countMax })
          .map(({ key, value }) => entryOfBytes(key, value)),
      ];
    case 'close':
      return undefined;
  }
}

function remove(from: number, to: number, base: string | undefined): void {
  database.transactionSync(() => {
    const keys = entries.getKeys({ start: keyOfIndex(from), end: keyOfIndex(to + 1) });
    for (const key of [...keys]) entries.removeSync(key);
    if (base !== undefined) meta.putSync('base', base);
  });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

port.on('message', (request: WorkerRequest) => {
  let reply: WorkerReply;
  try {
    reply = { id: request.id, value: answer(request), error: undefined };
  } catch (error) {
    reply = { id: request.id, value: undefined, error: textOf(error) };
  }
  port.postMessage(reply);
  if (request.kind === 'close') void database.close().finally(() => port.close());
});
