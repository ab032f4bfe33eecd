import { GossipError } from '../errors.ts';
import type { Logger } from '../ports.ts';
import { isSameKey } from '../serf/queries/key-ring.ts';
import type { KeyringFile } from './keyring-file.ts';

/** The keys to use, and whether the file overrules the configured ones. */
export interface OpenedKeyring {
  readonly keys: readonly Uint8Array[];
  readonly isOverruled: boolean;
}

/**
 * The keys to start with. The file overrules the configuration, because it contains every change of the pool's keys since
 * then. A difference is logged as a warning, because it surprises operators (gossip.md 8.30). A missing file is created
 * from the configured keys, and a read-only one is used with a warning.
 * @throws GossipError GOSSIP_KEYRING_FILE when the file cannot be read or created, or when there is no key at all.
 */
export async function openKeyring(
  file: KeyringFile,
  configured: readonly Uint8Array[],
  logger: Logger,
): Promise<OpenedKeyring> {
  const loaded = await file.load();
  if (loaded === undefined) {
    if (configured.length === 0) {
      throw new GossipError('GOSSIP_KEYRING_FILE', 'the key ring file does not exist, and no keys are given');
    }
    await file.save(configured);
    return { keys: configured, isOverruled: false };
  }
  const { keys: stored, unwritable } = loaded;
  if (unwritable !== undefined) {
    const reason = unwritable.message;
    logger.warn(
      { reason },
      'the key ring file is read-only: changes of the keys are lost when this member stops',
    );
  }
  const isMissing = (key: Uint8Array): boolean => !stored.some((known) => isSameKey(known, key));
  const [primary] = configured;
  const isOtherPrimary = primary !== undefined && stored[0] !== undefined && !isSameKey(primary, stored[0]);
  const isOverruled = configured.some(isMissing) || isOtherPrimary;
  if (isOverruled) {
    const fields = { configuredCount: configured.length, storedCount: stored.length };
    logger.warn(fields, 'the key ring file differs from the configured keys; the file wins');
  }
  return { keys: stored, isOverruled };
}
