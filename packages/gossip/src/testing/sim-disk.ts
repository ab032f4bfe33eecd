import type { LogStorage } from '../ports.ts';

/**
 * The disks of a simulated pool: one file for each member and path, which outlives the process. Every write is
 * there at once and stays, as after `kill -9`; the loss of what was not synced, as after a power cut, is not
 * simulated.
 */
export class SimDisks {
  readonly #files = new Map<string, SimFile>();

  /** The same file for the same member and path, in whichever life. */
  file(member: string, path: string): LogStorage {
    const key = JSON.stringify([member, path]);
    const file = this.#files.get(key) ?? new SimFile();
    this.#files.set(key, file);
    return file;
  }
}

class SimFile implements LogStorage {
  #chunks: Uint8Array[] = [];
  #isMade = false;

  read(): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#isMade ? Buffer.concat(this.#chunks) : undefined);
  }

  append(bytes: Uint8Array): Promise<void> {
    this.#isMade = true;
    this.#chunks.push(Uint8Array.from(bytes));
    return Promise.resolve();
  }

  replace(bytes: Uint8Array): Promise<void> {
    this.#chunks = [];
    return this.append(bytes);
  }

  sync(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
