import type { NodeService } from '../records/index.ts';

/** Limits of the metadata of a service, as Consul enforces them in its store. Source: consensus-and-rpc.md 5.2. */

const pairsMax = 64;
/** In bytes, as Go counts. */
const keyBytesMax = 128;
const valueBytesMax = 512;
const keyPattern = /^[a-zA-Z0-9_-]+$/;
const reservedPrefix = 'consul-';

/** Reserved keys that a kind of service may have. */
const reservedKeysByKind: ReadonlyMap<string, string> = new Map([['mesh-gateway', 'consul-wan-federation']]);

/** What is wrong with the metadata of a service, in Consul's words; undefined when nothing is. */
export function serviceMetaProblem({ Kind, Meta }: Pick<NodeService, 'Kind' | 'Meta'>): string | undefined {
  const pairs = Object.entries(Meta ?? {});
  if (pairs.length > pairsMax) return `Node metadata cannot contain more than ${pairsMax} key/value pairs`;
  for (const [key, value] of pairs) {
    const problem = pairProblem(key, value, reservedKeysByKind.get(Kind));
    if (problem !== undefined) return `Couldn't load metadata pair ('${key}', '${value}'): ${problem}`;
  }
  return undefined;
}

function pairProblem(key: string, value: string, allowedKey: string | undefined): string | undefined {
  if (key === '') return 'Key cannot be blank';
  if (!keyPattern.test(key)) return 'Key contains invalid characters';
  if (bytesCount(key) > keyBytesMax) return `Key is too long (limit: ${keyBytesMax} characters)`;
  if (key.startsWith(reservedPrefix) && key !== allowedKey) {
    return `Key prefix '${reservedPrefix}' is reserved for internal use`;
  }
  if (bytesCount(value) > valueBytesMax) return `Value is too long (limit: ${valueBytesMax} characters)`;
  return undefined;
}

const encoder = new TextEncoder();

function bytesCount(text: string): number {
  return encoder.encode(text).length;
}
