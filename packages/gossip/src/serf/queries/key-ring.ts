/** What can be asked of a ring of keys. */
export type KeyOperation = 'install' | 'use' | 'remove';

/** The ring as it is then, or why it stays as it is. */
export type KeyChange = { readonly keys: readonly Uint8Array[] } | { readonly problem: string };

/** Lengths of the keys of AES-128, AES-192 and AES-256. */
const keyLengths: readonly number[] = [16, 24, 32];

/**
 * The ring after an operation; the first key is the primary one, which encrypts. Installing a key that is there and
 * removing what is not, were it no key at all, change nothing. Problems are told in the words of real peers, whose tools
 * list the answers of all members side by side. Source: memberlist keyring.go.
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

/** Whether a key may have so many bytes. */
export function isKeyLength(bytes: number): boolean {
  return keyLengths.includes(bytes);
}

/** The text in which keys are listed and written. */
export function keyText(key: Uint8Array): string {
  return Buffer.from(key).toString('base64');
}

/** Whole groups, the last one padded. */
const base64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;

/**
 * The bytes of a key's text; undefined for what is none. As strict as real peers, and no more, so that a text that we take
 * can be given to them: padding is needed, line breaks are skipped. Node alone would skip anything. Source: Go
 * encoding/base64 StdEncoding.
 */
export function keyFromText(text: string): Uint8Array | undefined {
  const joined = text.replace(/[\r\n]/g, '');
  return base64.test(joined) ? Buffer.from(joined, 'base64') : undefined;
}

/** Whether two keys are one. */
export function isSameKey(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
