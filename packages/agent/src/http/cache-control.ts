import type { FastifyRequest } from 'fastify';
import { HttpError } from './error-reply.ts';

/** What a Cache-Control header asks of answers that do not bring themselves up to date. */
export interface CacheControl {
  /** 0 when it is not limited. */
  readonly maxAgeSeconds: number;
  readonly mustRevalidate: boolean;
}

const noControl: CacheControl = { maxAgeSeconds: 0, mustRevalidate: false };
/** Consul reads them as integers of 64 bits. */
const secondsMax = 2n ** 63n - 1n;

/**
 * The Cache-Control header of a read, the first one if there are several. Reads without `?cached` refuse a malformed
 * one too. Source: Consul agent/http.go, parseCacheControl.
 * @throws HttpError HTTP_BAD_REQUEST with Consul's text.
 */
export function cacheControlOf({ raw: { rawHeaders } }: FastifyRequest): CacheControl {
  const at = rawHeaders.findIndex((text, place) => place % 2 === 0 && text.toLowerCase() === 'cache-control');
  if (at < 0) return noControl;
  let { maxAgeSeconds, mustRevalidate } = noControl;
  for (const clause of (rawHeaders[at + 1] ?? '').toLowerCase().split(',')) {
    const text = clause.trim();
    const equals = text.indexOf('=');
    if (text === 'must-revalidate') mustRevalidate = true;
    if (equals < 0) continue;
    const seconds = text.slice(equals + 1);
    if (text.startsWith('max-age=')) {
      maxAgeSeconds = secondsOf(seconds);
      if (maxAgeSeconds === 0) mustRevalidate = true;
    } else if (text.startsWith('stale-if-error=')) secondsOf(seconds);
  }
  return { maxAgeSeconds, mustRevalidate };
}

function secondsOf(text: string): number {
  if (/^[+-]?\d+$/.test(text)) {
    const seconds = BigInt(text.replace('+', ''));
    if (seconds >= -secondsMax - 1n && seconds <= secondsMax) return Number(seconds);
  }
  throw new HttpError('HTTP_BAD_REQUEST', 'Invalid Cache-Control header.');
}
