import { realpath } from 'node:fs/promises';
import { GossipError } from '../errors.ts';
import { hasCode } from '../files/error-code.ts';
import { readRegularFile } from '../files/regular-file.ts';
import { replaceFile } from '../files/replace-file.ts';
import { isKeyLength, isSameKey, keyFromText, keyText } from '../serf/queries/key-ring.ts';

/** Readable for the owner alone. */
const ownerOnly = 0o600;
/** A larger file is no key ring. */
const fileBytesMax = 1024 * 1024;

/** The content of a key ring file. */
export interface StoredKeyring {
  readonly keys: readonly Uint8Array[];
  /** Why the file cannot be written; undefined when it can. */
  readonly unwritable: GossipError | undefined;
}

/**
 * The key ring on disk, as serf and Consul keep it: a JSON array of base64, the primary key first. It is replaced as a
 * whole, so a crash leaves the old ring or the new one.
 */
export class KeyringFile {
  readonly #path: string;
  /** The last write. Each waits for the one before, so that an older ring never replaces a newer one. */
  #last: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * The keys of the file; undefined when there is none. Writes the file back unchanged, to find out before the first
   * change of keys whether it is writable. A read-only file is accepted, because a secret that an orchestrator mounts is
   * read-only.
   * @throws GossipError GOSSIP_KEYRING_FILE when the file cannot be read or is no key ring.
   */
  async load(): Promise<StoredKeyring | undefined> {
    let bytes: Uint8Array | undefined;
    try {
      bytes = await readRegularFile(this.#path, fileBytesMax);
    } catch (error) {
      throw failure(`the key ring file ${this.#path} cannot be read`, error);
    }
    if (bytes === undefined) return undefined;
    const keys = parseKeyring(Buffer.from(bytes).toString(), this.#path);
    try {
      await this.#replace(bytes);
      return { keys, unwritable: undefined };
    } catch (error) {
      if (error instanceof GossipError) return { keys, unwritable: error };
      throw error;
    }
  }

  /** Writes the ring after all earlier ones. @throws GossipError GOSSIP_KEYRING_FILE; the file is unchanged then. */
  save(keys: readonly Uint8Array[]): Promise<void> {
    const saved = this.#last.then(() => this.#replace(`${JSON.stringify(keys.map(keyText), null, 2)}\n`));
    // The caller receives a failure; the next write starts all the same.
    this.#last = saved.catch(() => undefined);
    return saved;
  }

  /** Replaces the file that a symbolic link points to, not the link. */
  async #replace(content: Uint8Array | string): Promise<void> {
    try {
      const target = await realpath(this.#path).catch((error: unknown) => {
        if (hasCode(error, 'ENOENT')) return this.#path;
        throw error;
      });
      await replaceFile(target, content, { mode: ownerOnly });
    } catch (error) {
      throw failure(`the key ring file ${this.#path} cannot be written`, error);
    }
  }

  /** Resolves when no write is pending. */
  idle(): Promise<void> {
    return this.#last;
  }
}

function parseKeyring(text: string, path: string): readonly Uint8Array[] {
  const content = parseJson(text);
  if (!Array.isArray(content) || content.length === 0) {
    throw failure(`the key ring file ${path} is not a JSON list of keys`);
  }
  const keys: Uint8Array[] = [];
  for (const [i, entry] of content.entries()) {
    const key = typeof entry === 'string' ? keyFromText(entry) : undefined;
    if (key === undefined || !isKeyLength(key.length)) {
      throw failure(`entry ${i} of the key ring file ${path} is not the base64 of 16, 24 or 32 bytes`);
    }
    if (!keys.some((known) => isSameKey(known, key))) keys.push(key);
  }
  return keys;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The error of JSON.parse quotes the text, which may be a key.
    return undefined;
  }
}

function failure(message: string, cause?: unknown): GossipError {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new GossipError('GOSSIP_KEYRING_FILE', `${message}${reason}`, { cause });
}
