declare const compact: unique symbol;

/**
 * Bytes of a member that are kept as long as the member is known: a text with one character for each byte. An
 * array of bytes takes some 300 bytes more than its contents, which in a large pool would be half of
 * all memory.
 */
export type CompactBytes = string & { readonly [compact]: true };

export function compactBytes(bytes: Uint8Array): CompactBytes {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1') as CompactBytes;
}

/** The same bytes again; the caller's own. */
export function bytesOf(text: CompactBytes): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/** Whether these are the bytes that are kept. */
export function isCompact(bytes: Uint8Array, text: CompactBytes): boolean {
  if (bytes.length !== text.length) return false;
  for (let i = 0; i < bytes.length; i += 1) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}
