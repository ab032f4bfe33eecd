import { execFileSync, spawnSync } from 'node:child_process';
import { PeerProcess } from '../interop/peer-process.ts';

/** As root, or with user namespaces. */
const isRoot = process.getuid?.() === 0;
const unshare = isRoot ? ['unshare', '--mount'] : ['unshare', '--mount', '--user', '--map-root-user'];
const enter = isRoot ? ['--mount'] : ['--mount', '--user', '--preserve-credentials'];

/** Whether this machine can mount a disk for some processes alone. */
export function canMount(): boolean {
  const [program = '', ...args] = unshare;
  const script = 'mount -t tmpfs -o size=1m none /mnt';
  return spawnSync(program, [...args, 'sh', '-c', script], { stdio: 'ignore' }).status === 0;
}

/** A disk of a few megabytes on a folder, which only processes that run `within` see, and which stays when they end. */
export class SmallDisk implements AsyncDisposable {
  readonly #holder: PeerProcess;
  readonly #folder: string;

  private constructor(holder: PeerProcess, folder: string) {
    this.#holder = holder;
    this.#folder = folder;
  }

  static async mount(folder: string, megabytes: number): Promise<SmallDisk> {
    const [program = '', ...args] = unshare;
    const script = `mount -t tmpfs -o size=${megabytes}m none "$1" && echo mounted && exec sleep infinity`;
    const command = { command: program, args: [...args, 'sh', '-c', script, 'sh', folder] };
    const holder = await PeerProcess.start(() => command);
    try {
      await holder.waitForLine(/^mounted$/);
    } catch (error) {
      await holder.dispose();
      throw error;
    }
    return new SmallDisk(holder, folder);
  }

  /** What is on it stays. */
  resize(megabytes: number): void {
    const [command = '', ...args] = this.within;
    execFileSync(command, [...args, 'mount', '-o', `remount,size=${megabytes}m`, this.#folder]);
  }

  /** The command that runs another where the disk is. */
  get within(): readonly string[] {
    return ['nsenter', `--target=${this.#holder.pid}`, ...enter];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#holder.dispose();
  }
}
