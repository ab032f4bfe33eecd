import { createKeyring, type Keyring } from './encryption.ts';

/** A ring whose keys may change while packets and streams are under way: each is sealed or opened whole. */
export interface LiveKeyring extends Keyring {
  /** @throws GossipError GOSSIP_OPTIONS, unchanged, when there is no key or one is no AES key. */
  replace(keys: readonly Uint8Array[]): void;
}

/** @throws GossipError GOSSIP_OPTIONS when there is no key or one is no AES key. */
export function createLiveKeyring(keys: readonly Uint8Array[]): LiveKeyring {
  let current = createKeyring(keys);
  return {
    get keys() {
      return current.keys;
    },
    seal: (plaintext, options) => current.seal(plaintext, options),
    open: (sealed, options) => current.open(sealed, options),
    replace: (changed) => {
      current = createKeyring(changed);
    },
  };
}
