import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { GossipError } from '../errors.ts';
import { WireError } from '../wire-error.ts';
import { encryptionOverheadBytes, nonceBytes, tagBytes } from './limits.ts';

/** 0 pads the plaintext to whole blocks, 1 does not. Senders use 1; receivers accept both. */
export type EncryptionVersion = 0 | 1;

export interface SealOptions {
  /** 12 bytes, never used with this key before. */
  readonly nonce: Uint8Array;
  /** Authenticated, not sent: the label, after the frame header on streams. */
  readonly aad: Uint8Array;
  /** Default 1. */
  readonly version?: EncryptionVersion;
}

/**
 * An ordered list of AES keys: the first one seals, all open. Immutable; a changed ring is a new one.
 *
 * Layout: `version:u8 | nonce:12 | ciphertext | tag:16`, AES-GCM, the key's length choosing AES-128, -192 or
 * -256. Source: memberlist security.go, keyring.go.
 */
export interface Keyring {
  /** The primary key first. */
  readonly keys: readonly Uint8Array[];
  seal(plaintext: Uint8Array, options: SealOptions): Uint8Array;
  /**
   * Tries every key in order.
   * @throws WireError WIRE_TRUNCATED when too short, WIRE_DECRYPT for an unknown version or when no key fits,
   *   WIRE_MALFORMED when the padding of version 0 is wrong.
   */
  open(sealed: Uint8Array, options: { readonly aad: Uint8Array }): Uint8Array;
}

type CipherName = 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm';

interface RingKey {
  readonly cipher: CipherName;
  readonly key: KeyObject;
}

const blockBytes = 16;
const headerBytes = 1 + nonceBytes;

/**
 * A ring of at least one key.
 * @throws GossipError GOSSIP_OPTIONS when there is no key or one has not 16, 24 or 32 bytes.
 */
export function createKeyring(keys: readonly Uint8Array[]): Keyring {
  if (keys.length === 0) throw new GossipError('GOSSIP_OPTIONS', 'a keyring needs at least one key');
  const ring = keys.map((bytes): RingKey => ({ cipher: cipherFor(bytes), key: createSecretKey(bytes) }));
  const primary = ring[0] as RingKey;
  return {
    keys: keys.map((key) => Uint8Array.from(key)),
    seal: (plaintext, options) => seal(primary, plaintext, options),
    open: (sealed, { aad }) => open(ring, sealed, aad),
  };
}

function cipherFor(key: Uint8Array): CipherName {
  switch (key.length) {
    case 16:
      return 'aes-128-gcm';
    case 24:
      return 'aes-192-gcm';
    case 32:
      return 'aes-256-gcm';
    default:
      throw new GossipError('GOSSIP_OPTIONS', `an encryption key has 16, 24 or 32 bytes, not ${key.length}`);
  }
}

function seal({ cipher: name, key }: RingKey, plaintext: Uint8Array, options: SealOptions): Uint8Array {
  const { nonce, aad, version = 1 } = options;
  const cipher = createCipheriv(name, key, nonce);
  if (aad.length > 0) cipher.setAAD(aad);
  const ciphertext = cipher.update(version === 0 ? pad(plaintext) : plaintext);
  cipher.final();
  const sealed = Buffer.allocUnsafe(headerBytes + ciphertext.length + tagBytes);
  sealed[0] = version;
  sealed.set(nonce, 1);
  sealed.set(ciphertext, headerBytes);
  sealed.set(cipher.getAuthTag(), headerBytes + ciphertext.length);
  return sealed;
}

function open(ring: readonly RingKey[], sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  const version = sealed[0];
  if (version === undefined) throw new WireError('WIRE_TRUNCATED', 'nothing to decrypt');
  if (version > 1) throw new WireError('WIRE_DECRYPT', `encryption version ${version} is unknown`);
  const bytesMin = version === 1 ? encryptionOverheadBytes : encryptionOverheadBytes + blockBytes;
  if (sealed.length < bytesMin) {
    throw new WireError(
      'WIRE_TRUNCATED',
      `${sealed.length} bytes are too few to decrypt, ${bytesMin} the least`,
    );
  }
  for (const key of ring) {
    const plaintext = tryKey(key, sealed, aad);
    if (plaintext !== undefined) return version === 0 ? unpad(plaintext) : plaintext;
  }
  throw new WireError('WIRE_DECRYPT', `no key fits; the ring has ${ring.length}`);
}

function tryKey({ cipher: name, key }: RingKey, sealed: Uint8Array, aad: Uint8Array): Uint8Array | undefined {
  const tagAt = sealed.length - tagBytes;
  const decipher = createDecipheriv(name, key, sealed.subarray(1, headerBytes));
  if (aad.length > 0) decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(tagAt));
  const plaintext = decipher.update(sealed.subarray(headerBytes, tagAt));
  try {
    decipher.final();
    return plaintext;
  } catch {
    // Node throws when the tag does not match this key.
    return undefined;
  }
}

/** PKCS#7: 1 to 16 bytes, each saying how many. */
function pad(plaintext: Uint8Array): Uint8Array {
  const padBytes = blockBytes - (plaintext.length % blockBytes);
  const padded = Buffer.alloc(plaintext.length + padBytes, padBytes);
  padded.set(plaintext);
  return padded;
}

/** Checked although it is authenticated, because a peer with the key may send wrong padding. */
function unpad(padded: Uint8Array): Uint8Array {
  const padBytes = padded[padded.length - 1] ?? 0;
  const isWhole = padded.length % blockBytes === 0 && padBytes >= 1 && padBytes <= blockBytes;
  if (!isWhole || !padded.subarray(-padBytes).every((byte) => byte === padBytes)) {
    throw new WireError('WIRE_MALFORMED', 'the padding under the encryption is wrong');
  }
  return padded.subarray(0, padded.length - padBytes);
}

/** A key ring whose keys can be replaced. Each packet or frame is sealed or opened with one set of keys. */
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
