import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './has-code.ts';

/**
 * Looks at the file of an LMDB environment before it is opened: LMDB maps it into memory, and a file that is torn or of
 * another kind would end the process with a signal instead of an error.
 */

/** Source: LMDB mdb.c, MDB_MAGIC. The file begins with two pages that say what it is, the newer of which counts. */
const magic = 0xbeefc0de;
const magicAt = 24;
const pageBytesAt = 48;
const lastPageAt = 144;
const txnIdAt = 152;
const metaBytes = 160;
const pageBytesMax = 65_536;
const pageBytesMin = 512;

interface Meta {
  readonly pageBytes: number;
  readonly lastPage: bigint;
  readonly txnId: bigint;
}

/** What is wrong with the environment in `folder`; undefined when nothing is, or there is none yet. */
export async function lmdbFileProblem(folder: string): Promise<string | undefined> {
  let file: FileHandle;
  try {
    file = await open(join(folder, 'data.mdb'), 'r');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    const { size } = await file.stat();
    return size === 0 ? undefined : await problemOf(file, size);
  } finally {
    await file.close();
  }
}

async function problemOf(file: FileHandle, size: number): Promise<string | undefined> {
  const first = await metaAt(file, 0);
  if (first === undefined) return 'data.mdb is no file of LMDB';
  const second = await metaAt(file, first.pageBytes);
  if (second === undefined) return `data.mdb ends after ${size} bytes, in its head`;
  const newest = second.txnId > first.txnId ? second : first;
  const needed = (newest.lastPage + 1n) * BigInt(newest.pageBytes);
  return needed > BigInt(size) ? `data.mdb has ${size} bytes, and its head says ${needed}` : undefined;
}

async function metaAt(file: FileHandle, position: number): Promise<Meta | undefined> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(metaBytes), 0, metaBytes, position);
  if (bytesRead < metaBytes || buffer.readUInt32LE(magicAt) !== magic) return undefined;
  const pageBytes = buffer.readUInt32LE(pageBytesAt);
  if (pageBytes < pageBytesMin || pageBytes > pageBytesMax) return undefined;
  return {
    pageBytes,
    lastPage: buffer.readBigUInt64LE(lastPageAt),
    txnId: buffer.readBigUInt64LE(txnIdAt),
  };
}
