import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A pipe for what one program writes. */
export interface OutputPipe {
  /** The descriptor that the program gets; `started` closes it here. */
  readonly writeEnd: number;
  readonly reader: Socket;
  /** To be called once the program has its copy of the descriptor, or could not be started. */
  started(): void;
}

/** How many are made at once, since each time a program is started for it. */
const madeAtOnce = 8;

/**
 * Pipes by name (FIFOs) in a folder of their own. Node gives programs sockets, one for each stream: a program cannot open
 * /dev/stdout and /dev/stderr then, and the order of what it writes to them is lost. A pipe whose writers have all closed it
 * is used again. Calls start programs and wait for them, which is for threads that may stand still.
 */
export class OutputPipes {
  readonly #parent: string;
  #folder: string | undefined;
  #free: string[] = [];
  #nextName = 1;

  /** @param parent Where the folder is made. */
  constructor(parent = tmpdir()) {
    this.#parent = parent;
  }

  /** Opens a pipe; undefined where none can be made, as without the program mkfifo. */
  open(): OutputPipe | undefined {
    const path = this.#free.pop() ?? this.#make();
    return path === undefined ? undefined : (this.#openAt(path) ?? this.#openAnew());
  }

  /** Removes the folder. Pipes that are open stay so. */
  close(): void {
    const folder = this.#folder;
    this.#folder = undefined;
    this.#free = [];
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }

  /** Whoever cleans the folder of temporary files may have removed ours. */
  #openAnew(): OutputPipe | undefined {
    this.close();
    const path = this.#make();
    return path === undefined ? undefined : this.#openAt(path);
  }

  #openAt(path: string): OutputPipe | undefined {
    const folder = this.#folder;
    let readEnd: number | undefined;
    try {
      readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const writeEnd = openSync(path, constants.O_WRONLY);
      const reader = new Socket({ fd: readEnd, readable: true, writable: false });
      let hasEnded = false;
      reader.on('error', () => undefined);
      reader.once('end', () => {
        hasEnded = true;
      });
      reader.once('close', () => {
        // A program may still write into one that was closed before its end.
        if (!hasEnded) removeFile(path);
        else if (this.#folder === folder) this.#free.push(path);
      });
      return { writeEnd, reader, started: () => closeSync(writeEnd) };
    } catch {
      // No descriptors are left, or the file is gone: the program gets sockets.
      if (readEnd !== undefined) closeSync(readEnd);
      return undefined;
    }
  }

  /** Makes some more and returns one of them. */
  #make(): string | undefined {
    try {
      this.#folder ??= mkdtempSync(join(this.#parent, 'hobnob-programs-'));
    } catch {
      return undefined;
    }
    const folder = this.#folder;
    const paths = Array.from({ length: madeAtOnce }, (_, at) => join(folder, String(this.#nextName + at)));
    this.#nextName += madeAtOnce;
    const { status } = spawnSync('mkfifo', ['-m', '600', ...paths], { stdio: 'ignore' });
    if (status !== 0) return undefined;
    const [first, ...others] = paths;
    this.#free.push(...others);
    return first;
  }
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // The folder is gone already.
  }
}
