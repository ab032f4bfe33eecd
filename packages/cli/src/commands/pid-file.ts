import { systemErrorText } from '@hobnob/gossip/files';
import type { CliIo } from '../io.ts';

/** The pid file cannot be written; the message is Consul's. */
export class PidFileError extends Error {
  override readonly name = 'PidFileError';
}

/** The file that names the process while the agent runs. */
export class PidFile {
  readonly #path: string;
  readonly #io: CliIo;
  #isWritten = false;

  constructor(path: string, io: CliIo) {
    this.#path = path;
    this.#io = io;
  }

  /** @throws PidFileError */
  async write(): Promise<void> {
    if (this.#path === '') return;
    try {
      await this.#io.files.writeText(this.#path, String(this.#io.pid));
    } catch (cause) {
      const message = `Could not open pid file: open ${this.#path}: ${systemErrorText(cause)}`;
      throw new PidFileError(message, { cause });
    }
    this.#isWritten = true;
  }

  /** Removes only what we wrote; another process may have been faster. */
  async remove(): Promise<void> {
    if (!this.#isWritten) return;
    this.#isWritten = false;
    try {
      await this.#io.files.remove(this.#path);
    } catch (error) {
      this.#io.stderr(`Could not remove pid file ${this.#path}: ${systemErrorText(error)}\n`);
    }
  }
}
