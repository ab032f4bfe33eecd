import { type QueryOptions, type QuerySource, waitTimeMs } from '@hobnob/catalog';
import { durationMs, InputError, parseDuration, quote } from '@hobnob/catalog/go';
import type { FastifyRequest } from 'fastify';
import type { AgentPort } from '../agent-port.ts';
import { cacheControlOf } from './cache-control.ts';
import { HttpError } from './error-reply.ts';
import { queryValue, queryValues } from './request.ts';

/** The parameters that reads have in common. Source: Consul agent/http.go, parseInternal. */

/** How a read is answered: what X-Consul-Effective-Consistency says. */
export type Consistency = 'leader' | 'stale' | 'consistent';

export interface ReadOptions {
  /** Fields of the RPC request. */
  readonly query: QueryOptions & { readonly Datacenter: string };
  readonly consistency: Consistency;
  /** `?cached`. */
  readonly isCached: boolean;
}

const indexMax = 2n ** 64n - 1n;

/** @throws HttpError HTTP_BAD_REQUEST with Consul's text. */
export function readOptions(request: FastifyRequest, place: AgentPort['place']): ReadOptions {
  const consistency = consistencyOf(request);
  cacheControlOf(request);
  const MaxQueryTime = waitNs(request);
  const MinQueryIndex = indexOf(request);
  return {
    query: {
      Datacenter: datacenterOf(request, place),
      Token: queryValue(request, 'token') ?? '',
      Filter: queryValue(request, 'filter') ?? '',
      AllowStale: consistency === 'stale',
      RequireConsistent: consistency === 'consistent',
      MaxQueryTime,
      MinQueryIndex: Number(MinQueryIndex),
    },
    consistency,
    isCached: queryValue(request, 'cached') !== undefined,
  };
}

/** The index of a blocking query, and how long it waits for another one. */
export interface ReadWait {
  readonly index: bigint;
  readonly timeoutMs: number;
}

/**
 * `?index` and `?wait` of a read that the agent answers by itself; undefined when it does not block.
 * @throws HttpError HTTP_BAD_REQUEST with Consul's text.
 */
export function readWait(request: FastifyRequest): ReadWait | undefined {
  const askedMs = durationMs(waitNs(request));
  const index = indexOf(request);
  return index === 0n ? undefined : { index, timeoutMs: waitTimeMs(askedMs, noJitter) };
}

const noJitter = { next: () => 0 };

/** `?dc`; this agent's own by default. */
export function datacenterOf(request: FastifyRequest, { datacenter }: AgentPort['place']): string {
  return queryValue(request, 'dc') || datacenter;
}

/** `?near`: a node, or `_agent` for this one. */
export function sourceOf(request: FastifyRequest, place: AgentPort['place']): QuerySource {
  const near = queryValue(request, 'near') ?? '';
  return { Datacenter: datacenterOf(request, place), Node: near === '_agent' ? place.nodeName : near };
}

/** `?node-meta=key:value`, which may be repeated. A pair without a value asks for an empty one. */
export function nodeMetaOf(request: FastifyRequest): Readonly<Record<string, string>> | null {
  const pairs = queryValues(request, 'node-meta');
  if (pairs.length === 0) return null;
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf(':');
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function consistencyOf(request: FastifyRequest): Consistency {
  const maxStale = queryValue(request, 'max_stale') ?? '';
  const maxStaleNs =
    maxStale === '' ? 0n : durationNs(maxStale, `Invalid max_stale value ${quote(maxStale)}`);
  const allowsStale = queryValue(request, 'stale') !== undefined || maxStaleNs > 0n;
  if (queryValue(request, 'consistent') === undefined) return allowsStale ? 'stale' : 'leader';
  const contradicted = allowsStale
    ? 'stale'
    : queryValue(request, 'cached') === undefined
      ? undefined
      : 'cached';
  if (contradicted === undefined) return 'consistent';
  throw badRequest(`Cannot specify ?${contradicted} with ?consistent, conflicting semantics.`);
}

function waitNs(request: FastifyRequest): bigint {
  const wait = queryValue(request, 'wait') ?? '';
  return wait === '' ? 0n : durationNs(wait, 'Invalid wait time');
}

function indexOf(request: FastifyRequest): bigint {
  const text = queryValue(request, 'index') ?? '';
  const index = /^\d*$/.test(text) ? BigInt(text) : -1n;
  if (index < 0n || index > indexMax) throw badRequest('Invalid index');
  return index;
}

function durationNs(text: string, refusal: string): bigint {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw badRequest(refusal);
  }
}

function badRequest(text: string): HttpError {
  return new HttpError('HTTP_BAD_REQUEST', text);
}
