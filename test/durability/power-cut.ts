import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Random } from './plan.ts';

/** `struct record` of shim.c. */
interface UndoRecord {
  readonly kind: number;
  /** Where it stands in the undo log. */
  readonly position: number;
  readonly inode: bigint;
  readonly at: number;
  readonly length: number;
  readonly oldSize: number;
  readonly old: Buffer;
}

const headerBytes = 40;
const kindWrite = 1;
const kindSynced = 2;
/** A disk writes a page or does not. */
const pageBytes = 4096;

function recordsOf(log: Buffer): readonly UndoRecord[] {
  const records: UndoRecord[] = [];
  for (let position = 0; position + headerBytes <= log.length; ) {
    const oldLength = log.readUInt32LE(position + 4);
    const end = position + headerBytes + oldLength;
    // The process was killed while it wrote this one, and has not written the file.
    if (end > log.length) break;
    records.push({
      kind: log.readUInt32LE(position),
      position,
      inode: log.readBigUInt64LE(position + 8),
      at: Number(log.readBigUInt64LE(position + 16)),
      length: Number(log.readBigUInt64LE(position + 24)),
      oldSize: Number(log.readBigUInt64LE(position + 32)),
      old: log.subarray(position + headerBytes, end),
    });
    position = end;
  }
  return records;
}

/** The writes of each file that no sync has covered, in their order. */
function unsynced(records: readonly UndoRecord[]): ReadonlyMap<bigint, readonly UndoRecord[]> {
  const open = new Map<bigint, UndoRecord[]>();
  for (const record of records) {
    const writes = open.get(record.inode) ?? [];
    if (record.kind === kindWrite) writes.push(record);
    const isKept = (write: UndoRecord) =>
      record.kind === kindSynced ? write.position < record.at : write.position === record.at;
    open.set(record.inode, record.kind === kindWrite ? writes : writes.filter((write) => !isKept(write)));
  }
  return open;
}

/**
 * Does to the files of a killed process what a power cut may do: of each page that was written and not synced, any number
 * of the newest writes are taken back, and a file may be as short as it was. Names of files are kept as they are. Returns how many
 * pages were taken back.
 */
export function cutPower(folder: string, undoPath: string, random: Random): number {
  const files = new Map<bigint, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(statSync(path, { bigint: true }).ino, path);
  }
  let taken = 0;
  for (const [inode, writes] of unsynced(recordsOf(readFileSync(undoPath)))) {
    const path = files.get(inode);
    if (path !== undefined && writes.length > 0) taken += takeBack(path, writes, random);
  }
  truncateSync(undoPath, 0);
  return taken;
}

function takeBack(path: string, writes: readonly UndoRecord[], random: Random): number {
  const pages = new Map<number, UndoRecord[]>();
  for (const write of writes) {
    for (let page = pageOf(write.at); page <= pageOf(write.at + write.length - 1); page += 1) {
      const own = pages.get(page);
      if (own === undefined) pages.set(page, [write]);
      else own.push(write);
    }
  }
  const file = openSync(path, 'r+');
  let taken = 0;
  let size = writes[0]?.oldSize ?? 0;
  try {
    for (const [page, own] of pages) {
      const kept = random() < 0.5 ? 0 : Math.floor(random() * (own.length + 1));
      if (kept < own.length) taken += 1;
      for (const write of own.slice(kept).toReversed()) restore(file, page, write);
      for (const { at, length } of own.slice(0, kept))
        size = Math.max(size, Math.min(at + length, (page + 1) * pageBytes));
    }
    if (size < fstatSync(file).size) ftruncateSync(file, size);
  } finally {
    closeSync(file);
  }
  return taken;
}

/** Puts back what one write replaced in one page; what was not there is zero. */
function restore(file: number, page: number, { at, length, old }: UndoRecord): void {
  const from = Math.max(at, page * pageBytes);
  const to = Math.min(at + length, (page + 1) * pageBytes);
  const bytes = Buffer.alloc(to - from);
  old.subarray(from - at, to - at).copy(bytes);
  writeSync(file, bytes, 0, bytes.length, from);
}

function pageOf(at: number): number {
  return Math.floor(at / pageBytes);
}
