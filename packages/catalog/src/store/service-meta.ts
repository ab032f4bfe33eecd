/** Limits of the metadata of a service, as Consul enforces them in its store. Source: consensus-and-rpc.md 5.2. */

const pairsMax = 64;
/** In bytes, as Go counts. */
const keyBytesMax = 128;
const valueBytesMax = 512;
const keyPattern = /^[a-zA-Z0-9_-]+$/;
const reservedPrefix = 'consul-';

/** What is wrong with the metadata, in Consul's words. */
export function serviceMetaProblem(meta: Readonly<Record<string, string>> | null): string | undefined {
  const pairs = Object.entries(meta ?? {});
  if (pairs.length > pairsMax) return `Node metadata cannot contain more than ${pairsMax} key/value pairs`;
  for (const [key, value] of pairs) {
    const problem = pairProblem(key, value);
    if (problem !== undefined) return `Couldn't load metadata pair ('${key}', '${value}'): ${problem}`;
  }
  return undefined;
}

function pairProblem(key: string, value: string): string | undefined {
  if (key === '') return 'Key cannot be blank';
  if (!keyPattern.test(key)) return 'Key contains invalid characters';
  if (key.startsWith(reservedPrefix)) return `Key prefix '${reservedPrefix}' is reserved for internal use`;
  if (bytesCount(key) > keyBytesMax) return `Key is too long (limit: ${keyBytesMax} characters)`;
  if (bytesCount(value) > valueBytesMax) return `Value is too long (limit: ${valueBytesMax} characters)`;
  return undefined;
}

const encoder = new TextEncoder();

function bytesCount(text: string): number {
  return encoder.encode(text).length;
}
