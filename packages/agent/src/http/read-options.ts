import type { FastifyRequest } from 'fastify';
import { parseGoDuration } from '../config/go-duration.ts';
import { HttpError } from './error-reply.ts';
import { queryValue } from './request.ts';

/** How long a blocking query waits by default and at most. Source: Consul agent/consul/rpc.go. */
const waitMsDefault = 300_000;
const waitMsMax = 600_000;
const indexMax = 2n ** 64n - 1n;

/** The index of a blocking query, and how long it waits for a higher one. */
export interface ReadWait {
  readonly index: bigint;
  readonly timeoutMs: number;
}

/**
 * `?index` and `?wait`; undefined for a query that does not block. Source: Consul agent/http.go parseWait.
 * @throws HttpError HTTP_BAD_REQUEST for what cannot be read.
 */
export function readWait(request: FastifyRequest): ReadWait | undefined {
  const waitText = queryValue(request, 'wait') ?? '';
  const givenMs = waitText === '' ? 0 : parseGoDuration(waitText);
  if (givenMs === undefined) throw new HttpError('HTTP_BAD_REQUEST', 'Invalid wait time');
  const indexText = queryValue(request, 'index') ?? '';
  if (!/^\d*$/.test(indexText) || BigInt(indexText) > indexMax) {
    throw new HttpError('HTTP_BAD_REQUEST', 'Invalid index');
  }
  const index = BigInt(indexText);
  if (index === 0n) return undefined;
  const timeoutMs = givenMs === 0 ? waitMsDefault : Math.max(0, Math.min(givenMs, waitMsMax));
  return { index, timeoutMs };
}
