/** Keys of tables: lower case, as Consul compares names, and each part ended by a zero so that prefixes are exact. */

export function nameKey(name: string): string {
  return name.toLowerCase();
}

/** The key of one thing, or the prefix of all things below a name. */
export function joinKey(first: string, second?: string): string {
  const key = `${first.toLowerCase()}\0`;
  return second === undefined ? key : `${key}${second.toLowerCase()}\0`;
}

/** The hexadecimal digits of an id. */
export function idKey(id: string): string {
  return id.replaceAll('-', '').toLowerCase();
}

/**
 * What is wrong with the id of a session, as Consul's index of UUIDs says it; undefined when nothing is.
 * Source: hashicorp/go-memdb UUIDFieldIndex.
 */
export function sessionIdProblem(id: string): string | undefined {
  const found = indexProblem(id);
  return found === undefined ? undefined : `failed session lookup: index error: ${found}`;
}

const uuidLength = 36;
const hyphensMax = 4;

function indexProblem(id: string): string | undefined {
  if (Buffer.byteLength(id) !== uuidLength) return `UUID must be ${uuidLength} characters`;
  const digits = id.replaceAll('-', '');
  const hyphensCount = id.length - digits.length;
  if (hyphensCount > hyphensMax) return `UUID should have maximum of ${hyphensMax} "-"; got ${hyphensCount}`;
  if (digits.length % 2 !== 0) return 'UUID (without hyphens) must be even length';
  const wrong = /[^0-9a-fA-F]/u.exec(digits)?.[0];
  return wrong === undefined ? undefined : `Invalid UUID: encoding/hex: invalid byte: ${goRune(wrong)}`;
}

/** A byte as Go's %#U prints it. */
function goRune(character: string): string {
  const [byte = 0] = Buffer.from(character);
  const code = byte.toString(16).toUpperCase().padStart(4, '0');
  const isShown = byte >= 0x20 && byte < 0x7f;
  return isShown ? `U+${code} '${character}'` : `U+${code}`;
}
