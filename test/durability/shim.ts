import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../source-files.ts';

/** What the disk of a process does, beside what it did before; see shim.c. */
export interface DiskFaults {
  /** Added to every sync. */
  readonly syncDelayMs?: number;
  /** What syncs fail with; undefined ends that. */
  readonly syncError?: 'EIO' | 'ENOSPC' | undefined;
  /** So many syncs more succeed first. Default 0. */
  readonly syncPasses?: number;
  /** So many fail, and those after them succeed, as a kernel does that has dropped what it could not write. Default all. */
  readonly syncFailures?: number;
  readonly writeError?: 'EIO' | 'ENOSPC' | undefined;
  readonly writePasses?: number;
  readonly writeFailures?: number;
  /** Syncs succeed and keep nothing: what a disk with a cache of its own may do, or a server that forgets to sync. */
  readonly syncsLie?: boolean;
}

/** What the disk of a process was asked for since the shim was made. */
export interface DiskCounts {
  /** Begun, with those that failed. */
  readonly syncs: number;
  readonly syncsFailed: number;
  readonly writes: number;
  readonly writesFailed: number;
}

/** The order of `struct control` in shim.c. */
const fields = [
  'syncDelayUs',
  'syncErrno',
  'syncPasses',
  'syncFailures',
  'writeErrno',
  'writePasses',
  'writeFailures',
  'syncs',
  'syncsFailed',
  'syncsUnderWay',
  'writes',
  'writesFailed',
  'syncsLie',
] as const;
type Field = (typeof fields)[number];

const source = join(root, 'test', 'durability', 'shim.c');

/** Whether a C compiler is here. Without one the shim cannot be built. */
export function canBuildShim(): boolean {
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Builds the shim unless these sources have been built. Returns the path of the library. */
function buildShim(): string {
  const hash = createHash('sha256').update(`${process.arch}\n`).update(readFileSync(source));
  const folder = join(root, 'node_modules', '.cache', 'disk-shim', hash.digest('hex').slice(0, 16));
  const library = join(folder, 'shim.so');
  if (existsSync(library)) return library;
  mkdirSync(folder, { recursive: true });
  const unfinished = `${library}.${process.pid}`;
  const flags = ['-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC'];
  execFileSync('gcc', [...flags, '-o', unfinished, source, '-ldl'], { stdio: 'inherit' });
  renameSync(unfinished, library);
  return library;
}

/** The disk of one process, or of some one after the other, which fails as told. Only for programs that use the C library. */
export class DiskShim implements AsyncDisposable {
  /** The environment of the process. */
  readonly env: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #control: number;

  private constructor(folder: string, control: number, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#control = control;
    this.env = env;
  }

  /** Where a life of the process writes down what its writes replaced: for `cutPower`. */
  get undoPath(): string {
    return join(this.#folder, 'undo');
  }

  /** @param under the folder whose files are meant, which exists before the process starts. */
  static async create(under: string): Promise<DiskShim> {
    const library = buildShim();
    const folder = await mkdtemp(join(tmpdir(), 'hobnob-shim-'));
    const path = join(folder, 'control');
    const control = openSync(path, 'w+');
    writeSync(control, Buffer.alloc(fields.length * 4), 0, fields.length * 4, 0);
    const env = {
      LD_PRELOAD: library,
      HOBNOB_SHIM_CONTROL: path,
      HOBNOB_SHIM_UNDER: under,
      HOBNOB_SHIM_UNDO: join(folder, 'undo'),
    };
    return new DiskShim(folder, control, env);
  }

  /** Takes effect at once. What is not named stays. */
  set(faults: DiskFaults): void {
    const { syncDelayMs } = faults;
    if (syncDelayMs !== undefined) this.#write('syncDelayUs', Math.round(syncDelayMs * 1000));
    if (faults.syncsLie !== undefined) this.#write('syncsLie', faults.syncsLie ? 1 : 0);
    if ('syncError' in faults) {
      this.#write('syncPasses', faults.syncPasses ?? 0);
      this.#write('syncFailures', faults.syncFailures ?? -1);
      this.#write('syncErrno', errnoOf(faults.syncError));
    }
    if ('writeError' in faults) {
      this.#write('writePasses', faults.writePasses ?? 0);
      this.#write('writeFailures', faults.writeFailures ?? -1);
      this.#write('writeErrno', errnoOf(faults.writeError));
    }
  }

  get counts(): DiskCounts {
    return {
      syncs: this.#read('syncs'),
      syncsFailed: this.#read('syncsFailed'),
      writes: this.#read('writes'),
      writesFailed: this.#read('writesFailed'),
    };
  }

  /** Whether a sync is being delayed now. */
  get isSyncing(): boolean {
    return this.#read('syncsUnderWay') > 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    closeSync(this.#control);
    await rm(this.#folder, { recursive: true, force: true });
  }

  #write(field: Field, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    writeSync(this.#control, bytes, 0, 4, fields.indexOf(field) * 4);
  }

  #read(field: Field): number {
    const bytes = Buffer.alloc(4);
    readSync(this.#control, bytes, 0, 4, fields.indexOf(field) * 4);
    return bytes.readInt32LE();
  }
}

function errnoOf(name: 'EIO' | 'ENOSPC' | undefined): number {
  return name === undefined ? 0 : constants.errno[name];
}
