import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, rename, rm, stat, utimes } from 'node:fs/promises';
import { hasCode } from './error-code.ts';
import { fateOf, ownIdentity, type ProcessIdentity } from './process-identity.ts';
import { readRegularFile } from './regular-file.ts';
import { writeNewFile } from './replace-file.ts';

const fileMode = 0o644;
/** Lock files of this package have about 300 bytes. */
const fileBytesMax = 64 * 1024;
/** Each further attempt follows a change by another process. */
const attemptsMax = 20;
/** How often a holder renews the time of its lock file, for processes that cannot look it up. */
const renewalIntervalMs = 10_000;
/** After six missed renewals the process of another container or machine counts as ended. */
const renewalsMissedMs = 60_000;

/** Who holds a lock. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When the lock was taken, in ISO 8601. */
  readonly since: string;
}

/**
 * - `LOCK_HELD`: another process, or another object of this one, has the lock. Unchanged.
 * - `LOCK_INVALID`: the file at the path of the lock is not a lock. Unchanged.
 */
export type LockErrorCode = 'LOCK_HELD' | 'LOCK_INVALID';

/** A lock that cannot be acquired. The message names the holder and what to do. */
export class LockError extends Error {
  override readonly name = 'LockError';
  readonly code: LockErrorCode;
  /** The lock file. */
  readonly path: string;
  /** `LOCK_HELD` only. */
  readonly holder: LockHolder | undefined;

  constructor(code: LockErrorCode, path: string, message: string, holder?: LockHolder) {
    super(message);
    this.code = code;
    this.path = path;
    this.holder = holder;
  }
}

/** A lock that this process holds. */
export interface FileLock {
  /** The former holder, if it ended without releasing the lock. */
  readonly takenOverFrom: LockHolder | undefined;
  /**
   * Checks that this process still holds the lock, and recreates its file if that was removed.
   * @throws LockError LOCK_HELD when another process has taken it; Error of the operating system.
   */
  confirm(): Promise<void>;
  /** Removes the lock file if this process still holds it. May be called twice. */
  release(): Promise<void>;
}

/** The content of a lock file. */
interface LockRecord extends ProcessIdentity {
  readonly since: string;
  /** Identifies one acquisition of the lock. */
  readonly token: string;
}

/**
 * Acquires an exclusive lock: a file that names its process, created exclusively. The lock of a process that has ended is
 * taken over (ADR 0024).
 * @throws LockError LOCK_HELD, LOCK_INVALID; Error of the operating system.
 */
export async function acquireLock(path: string): Promise<FileLock> {
  const record: LockRecord = { ...ownIdentity(), since: new Date().toISOString(), token: randomUUID() };
  const stale = await takeLock(path, record);
  const takenOverFrom = stale && { pid: stale.pid, host: stale.host, since: stale.since };
  const renewal = setInterval(() => void renew(path, record), renewalIntervalMs);
  renewal.unref();
  return {
    takenOverFrom,
    confirm: async () => {
      const found = await readLock(path);
      if (found?.token !== record.token) await takeLock(path, record);
    },
    release: async () => {
      clearInterval(renewal);
      if ((await readLock(path))?.token === record.token) await rm(path, { force: true });
    },
  };
}

/** Renews the time of the lock file. An error of the disk is ignored: the next renewal follows. */
async function renew(path: string, record: LockRecord): Promise<void> {
  try {
    if ((await readLock(path))?.token !== record.token) return;
    const now = new Date();
    await utimes(path, now, now);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

/** Resolves with the holder that the lock was taken over from. */
async function takeLock(path: string, record: LockRecord): Promise<LockRecord | undefined> {
  const own = `${path}.${record.token}`;
  await writeNewFile(own, JSON.stringify(record, null, 2), fileMode);
  try {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      if (await linkNew(own, path)) return undefined;
      const holder = await readLock(path);
      if (holder === undefined) continue;
      if (await isHeld(path, holder, own, record)) throw heldBy(path, holder);
      if (await takeOver(path, own, holder, record)) return holder;
    }
    throw new LockError('LOCK_HELD', path, `in use: ${path} changes all the time`);
  } finally {
    await rm(own, { force: true });
  }
}

/**
 * Whether the holder of a lock file may still run. One whose process cannot be looked up has ended when its lock file is
 * a minute older than a file that this process has just written: both times are those of the file system.
 */
async function isHeld(path: string, holder: LockRecord, own: string, record: LockRecord): Promise<boolean> {
  const fate = fateOf(holder, record);
  if (fate !== 'unknown') return fate === 'runs';
  const [theirs, ours] = await Promise.all([modifiedMs(path), modifiedMs(own)]);
  return theirs !== undefined && ours !== undefined && ours - theirs < renewalsMissedMs;
}

async function modifiedMs(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Replaces the lock of a process that has ended; false when it changed meanwhile. Among processes that start at the same
 * time, only the one that creates the file named after the stale lock may replace it, so a fresh lock is never replaced.
 */
async function takeOver(path: string, own: string, stale: LockRecord, record: LockRecord): Promise<boolean> {
  const claim = `${path}.${stale.token}.claim`;
  if (!(await linkNew(own, claim))) {
    const rival = await readLock(claim);
    if (rival !== undefined) {
      if (await isHeld(claim, rival, own, record)) throw heldBy(path, rival);
      await rm(claim, { force: true });
    }
    return false;
  }
  try {
    if ((await readLock(path))?.token !== stale.token) return false;
    await rename(own, path);
    return true;
  } finally {
    await rm(claim, { force: true });
  }
}

/** Links a file under a second name, if that is free. On a file system without links the file is copied. */
async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to).catch((error: unknown) => {
      if (!hasCode(error, 'EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP')) throw error;
      return copyFile(from, to, constants.COPYFILE_EXCL);
    });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function heldBy(path: string, { pid, host, since }: LockRecord): LockError {
  const self = ownIdentity();
  const isHere = host === self.host;
  const who = `process ${pid} on ${host}`;
  const hint = isHere
    ? `${pid === self.pid ? 'this process' : who} since ${since}: stop that one first`
    : `${who} since ${since}: stop that one first; if it has ended, its lock is released after a minute`;
  return new LockError('LOCK_HELD', path, `in use by ${hint}`, { pid, host, since });
}

/** @throws LockError LOCK_INVALID. */
async function readLock(path: string): Promise<LockRecord | undefined> {
  const bytes = await readRegularFile(path, fileBytesMax);
  if (bytes === undefined) return undefined;
  const record = parseRecord(Buffer.from(bytes).toString());
  if (record !== undefined) return record;
  throw new LockError(
    'LOCK_INVALID',
    path,
    `${path} is no lock file: remove it if no other process runs here`,
  );
}

function parseRecord(text: string): LockRecord | undefined {
  const found = parseJson(text);
  if (typeof found !== 'object' || found === null) return undefined;
  const fields: Readonly<Record<string, unknown>> = { ...found };
  const textOf = (name: string): string | undefined => {
    const value = fields[name];
    return typeof value === 'string' ? value : undefined;
  };
  const { pid } = fields;
  const host = textOf('host');
  const token = textOf('token');
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return undefined;
  if (host === undefined || token === undefined || !/^[\w-]{1,64}$/.test(token)) return undefined;
  return {
    pid,
    host,
    token,
    since: textOf('since') ?? 'an unknown time',
    bootId: textOf('bootId') ?? '',
    pidNamespace: textOf('pidNamespace') ?? '',
    processStart: textOf('processStart') ?? '',
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
