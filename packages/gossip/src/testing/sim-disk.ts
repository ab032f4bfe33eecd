import type { LogStorage } from '../ports.ts';

/**
 * The disks of a simulated pool: one file for each member and path, which outlives the process. Every write is durable at
 * once, as after `kill -9`; the loss of unsynced writes in a power cut is not simulated.
 */
export class SimDisks {
  readonly #files = new Map<string, SimFile>();

  /** The same file for every instance of a member and the same path. */
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
