import { keyFromBytes } from '@hobnob/catalog/records';
import type { FastifyRequest } from 'fastify';
import { decodedPath, encodedPath, splitTarget } from './go-paths.ts';

/** What follows `prefix` in a request's path: any bytes, as text of a key. The percent signs of the path are in order. */
export function keyOfPath(request: FastifyRequest, prefix: string): string {
  const { path } = splitTarget(request.originalUrl);
  const encoded = path.slice(prefix.length);
  return encoded.includes('%') ? keyFromBytes(percentDecodedBytes(encoded)) : encoded;
}

/**
 * The target by which a request is routed: of a key that is no UTF-8, which the router would refuse, one with U+FFFD in
 * the place of every wrong byte. `originalUrl` keeps what was asked.
 */
export function routedTarget(target: string, prefix: string): string {
  if (!target.startsWith(prefix) || !target.includes('%')) return target;
  const { path, query } = splitTarget(target);
  if (decodedPath(path) !== undefined || /%(?![0-9a-fA-F]{2})/.test(path)) return target;
  const text = Buffer.from(percentDecodedBytes(path)).toString('utf8');
  return `${encodedPath(text)}${query}`;
}

function percentDecodedBytes(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    const isEscape = byte === percent;
    bytes[length] = isEscape ? Number.parseInt(bytes.toString('latin1', at + 1, at + 3), 16) : byte;
    if (isEscape) at += 2;
    length += 1;
  }
  return bytes.subarray(0, length);
}

const percent = 0x25;
