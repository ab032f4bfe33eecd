import type { Logger } from '../ports.ts';
import type { LiveKeyring } from '../wire/live-keyring.ts';
import type { KeyringFile } from './keyring-file.ts';

/** Puts a changed key ring into force and on disk. */
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
   * In force at once. `done` is called when the ring is written too, at once if there is no file; with a problem when
   * it could not be written: the change then lasts until we stop.
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
        this.#logger.error({ err: error }, 'the key ring changed but could not be written');
        done(`the keys changed in memory only: ${error.message}`);
      },
    );
  }

  /** Resolves when nothing is being written any more. */
  async idle(): Promise<void> {
    await this.#file?.idle();
  }
}
