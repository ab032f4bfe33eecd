/** What can be asked of a ring of keys. */
export type KeyOperation = 'install' | 'use' | 'remove';

/** The ring as it is then, or why it stays as it is. */
export type KeyChange = { readonly keys: readonly Uint8Array[] } | { readonly problem: string };

/** Lengths of the keys of AES-128, AES-192 and AES-256. */
const keyLengths: readonly number[] = [16, 24, 32];

/**
 * The ring after an operation; the first key is the primary one, which encrypts. Installing a key that is there and
 * removing one that is not change nothing. Source: memberlist keyring.go.
 */
export function changeKeys(keys: readonly Uint8Array[], operation: KeyOperation, key: Uint8Array): KeyChange {
  if (!isKeyLength(key.length)) return { problem: `a key has 16, 24 or 32 bytes, not ${key.length}` };
  const index = keys.findIndex((known) => isSameKey(known, key));
  switch (operation) {
    case 'install':
      return { keys: index < 0 ? [...keys, Uint8Array.from(key)] : keys };
    case 'use':
      if (index < 0) return { problem: 'the key is not installed' };
      return { keys: [...keys.slice(index, index + 1), ...keys.toSpliced(index, 1)] };
    case 'remove':
      if (index === 0) return { problem: 'the primary key cannot be removed' };
      return { keys: index < 0 ? keys : keys.toSpliced(index, 1) };
  }
}

/** Whether a key may have so many bytes. */
export function isKeyLength(bytes: number): boolean {
  return keyLengths.includes(bytes);
}

/** The text in which keys are listed and written. */
export function keyText(key: Uint8Array): string {
  return Buffer.from(key).toString('base64');
}

/** The bytes of a key's text; undefined for what is none. Node skips what is not base64, which would be another key. */
export function keyFromText(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64').replaceAll('=', '') === text.replaceAll('=', '') ? bytes : undefined;
}

/** Whether two keys are one. */
export function isSameKey(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
