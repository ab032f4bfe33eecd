export type KeyOperation = 'install' | 'use' | 'remove';

/** The changed ring, or why it cannot change. */
export type KeyChange = { readonly keys: readonly Uint8Array[] } | { readonly problem: string };

/** Lengths of the keys of AES-128, AES-192 and AES-256. */
const keyLengths: readonly number[] = [16, 24, 32];

/**
 * The ring after an operation. The first key is the primary key, which encrypts. Installing a present key and
 * removing an absent one, even an invalid one, change nothing. Problems have memberlist's text, since Serf's tools
 * list the responses of all members side by side. Source: memberlist keyring.go.
 */
export function changeKeys(keys: readonly Uint8Array[], operation: KeyOperation, key: Uint8Array): KeyChange {
  const index = keys.findIndex((known) => isSameKey(known, key));
  switch (operation) {
    case 'install':
      if (!isKeyLength(key.length)) return { problem: 'key size must be 16, 24 or 32 bytes' };
      return { keys: index < 0 ? [...keys, Uint8Array.from(key)] : keys };
    case 'use':
      if (index < 0) return { problem: 'Requested key is not in the keyring' };
      return { keys: [...keys.slice(index, index + 1), ...keys.toSpliced(index, 1)] };
    case 'remove':
      if (index === 0) return { problem: 'Removing the primary key is not allowed' };
      return { keys: index < 0 ? keys : keys.toSpliced(index, 1) };
  }
}

export function isKeyLength(bytes: number): boolean {
  return keyLengths.includes(bytes);
}

/** The base64 text of a key, for key lists and the key ring file. */
export function keyText(key: Uint8Array): string {
  return Buffer.from(key).toString('base64');
}

/** Groups of four characters, the last one padded. */
const base64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;

/**
 * The bytes of a key's base64 text; undefined when it is invalid. It accepts what Serf accepts, so that a key can be
 * given to all members: padding is required and line breaks are skipped. Node's decoder would skip any other
 * character. Source: Go encoding/base64 StdEncoding.
 */
export function keyFromText(text: string): Uint8Array | undefined {
  const joined = text.replace(/[\r\n]/g, '');
  return base64.test(joined) ? Buffer.from(joined, 'base64') : undefined;
}

export function isSameKey(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
