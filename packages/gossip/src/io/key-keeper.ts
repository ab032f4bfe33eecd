import type { Logger } from '../ports.ts';
import type { LiveKeyring } from '../wire/encryption.ts';
import type { KeyringFile } from './keyring-file.ts';

/** Applies a changed key ring and writes it to the key ring file. */
export class KeyKeeper {
  readonly #keyring: LiveKeyring;
  readonly #file: KeyringFile | undefined;
  readonly #logger: Logger;

  constructor(keyring: LiveKeyring, file: KeyringFile | undefined, logger: Logger) {
    this.#keyring = keyring;
    this.#file = file;
    this.#logger = logger;
  }

  /**
   * Applies the keys at once. Calls `done` when they are written, or at once without a file; with a problem when the write
   * failed, in which case the change is lost when this member stops.
   */
  change(keys: readonly Uint8Array[], done: (problem: string | undefined) => void): void {
    this.#keyring.replace(keys);
    if (this.#file === undefined) {
      done(undefined);
      return;
    }
    this.#file.save(keys).then(
      () => done(undefined),
      (error: Error) => {
        this.#logger.error(
          { err: error },
          'the key ring changed but could not be written: the change is lost when this member stops',
        );
        done(`the keys changed in memory only: ${error.message}`);
      },
    );
  }

  /** Resolves when no write is pending. */
  async idle(): Promise<void> {
    await this.#file?.idle();
  }
}
