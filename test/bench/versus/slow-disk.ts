import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PeerProcess } from '../../interop/peer-process.ts';
import { waitUntil } from '../../interop/wait-until.ts';

const source = fileURLToPath(new URL('slow-disk.c', import.meta.url));
const cache = fileURLToPath(new URL('../../../node_modules/.cache/slow-disk', import.meta.url));

/** Why there can be no slow disk here; undefined when there can. */
export function missingForSlowDisk(): string | undefined {
  if (!existsSync('/dev/fuse'))
    return 'there is no /dev/fuse on this machine: it slows the disk of both sides';
  for (const args of [['--exists', 'fuse3'], ['--version']]) {
    const program = args[0] === '--version' ? 'gcc' : 'pkg-config';
    try {
      execFileSync(program, args, { stdio: 'ignore' });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      return `${detail}: the slow disk is built with gcc, pkg-config and libfuse3-dev`;
    }
  }
  return undefined;
}

/** A folder in which every sync of the disk takes longer, for any program. Its files lie on the disk of the system's folder for temporary files. */
export class SlowDisk {
  /** Where programs put their data. */
  readonly path: string;
  readonly #folder: string;
  readonly #process: PeerProcess;

  private constructor(folder: string, path: string, child: PeerProcess) {
    this.#folder = folder;
    this.path = path;
    this.#process = child;
  }

  /** @throws Error when it cannot be built or mounted. */
  static async mount(syncDelayMs: number): Promise<SlowDisk> {
    const program = build();
    const folder = await mkdtemp(join(tmpdir(), 'hobnob-slow-disk-'));
    const [behind, path] = [join(folder, 'behind'), join(folder, 'mounted')];
    await Promise.all([mkdir(behind), mkdir(path)]);
    const args = [behind, String(syncDelayMs), join(folder, 'counts'), path, '-f'];
    const child = await PeerProcess.start(() => ({ command: program, args }));
    const isMounted = async () => (await readFile('/proc/self/mounts', 'utf8')).includes(` ${path} `);
    await waitUntil('the slow disk is mounted', isMounted, {
      timeoutMs: 10_000,
      everyMs: 20,
      explain: async () => child.logTail(),
    });
    return new SlowDisk(folder, path, child);
  }

  /** Syncs so far. */
  async syncs(): Promise<number> {
    return Number((await readFile(join(this.#folder, 'counts'))).readBigUInt64LE());
  }

  /** Unmounts it and removes what is on it. The programs that used it have ended. */
  async dispose(): Promise<void> {
    // It unmounts by itself when it is interrupted.
    await this.#process.kill('SIGINT');
    await this.#process.dispose();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Builds the program unless this source has been built. Returns its path. */
function build(): string {
  const hash = createHash('sha256').update(`${process.arch}\n`).update(readFileSync(source));
  const program = join(cache, hash.digest('hex').slice(0, 16));
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  const unfinished = `${program}.${process.pid}`;
  const flags = (what: string) =>
    execFileSync('pkg-config', [what, 'fuse3'], { encoding: 'utf8' }).trim().split(/\s+/);
  const warnings = ['-O2', '-Wall', '-Wextra', '-Werror'];
  const args = [...warnings, ...flags('--cflags'), '-o', unfinished, source, ...flags('--libs')];
  execFileSync('gcc', args, { stdio: 'inherit' });
  renameSync(unfinished, program);
  return program;
}
