import { keyFromBytes } from '@hobnob/catalog/records';
import type { FastifyRequest } from 'fastify';
import { decodedPath, encodedPath, splitTarget } from './go-paths.ts';
import { percentDecodedBytes } from './query-string.ts';

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
