import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GossipError } from '../errors.ts';
import { isKeyLength, isSameKey, keyFromText, keyText } from '../serf/key-ring.ts';

/** Only its owner may read keys. */
const ownerOnly = 0o600;

/**
 * The key ring on disk, as serf and Consul keep it: a JSON array of base64, the primary key first. It is replaced as a
 * whole, so a crash leaves the old ring or the new one.
 */
export class KeyringFile {
  readonly #path: string;
  /** Writes happen one after the other, or an older ring could replace a newer one. */
  #last: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * The keys of the file; undefined when there is none.
   * @throws GossipError GOSSIP_KEYRING_FILE when it cannot be read or is no key ring.
   */
  async load(): Promise<readonly Uint8Array[] | undefined> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw failure(`the key ring file ${this.#path} cannot be read`, error);
    }
    return parseKeyring(text, this.#path);
  }

  /** Writes the ring, after those before it. @throws GossipError GOSSIP_KEYRING_FILE; the file is as it was. */
  save(keys: readonly Uint8Array[]): Promise<void> {
    const saved = this.#last.then(async () => {
      try {
        await replaceFile(this.#path, `${JSON.stringify(keys.map(keyText), null, 2)}\n`);
      } catch (error) {
        throw failure(`the key ring file ${this.#path} cannot be written`, error);
      }
    });
    // The caller hears of a failure; the next write must not.
    this.#last = saved.catch(() => undefined);
    return saved;
  }

  /** Resolves when nothing is being written any more. */
  idle(): Promise<void> {
    return this.#last;
  }
}

function parseKeyring(text: string, path: string): readonly Uint8Array[] {
  const content = parseJson(text);
  if (!Array.isArray(content) || content.length === 0) {
    throw failure(`the key ring file ${path} is no JSON list of keys`);
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
    // Its error quotes what it read, and that may be a key.
    return undefined;
  }
}

/** A temporary file beside it, on disk before it takes the name, and the name on disk before we return. */
async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', ownerOnly);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function failure(message: string, cause?: unknown): GossipError {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new GossipError('GOSSIP_KEYRING_FILE', `${message}${reason}`, { cause });
}
