import type { FastifyRequest } from 'fastify';
import { HttpError } from './error-reply.ts';

/** The first value of a query parameter; '' when it has none, undefined when it is absent. */
export function queryValue(request: FastifyRequest, name: string): string | undefined {
  const query = request.query as Readonly<Record<string, string | readonly string[] | undefined>>;
  if (!Object.hasOwn(query, name)) return undefined;
  const value = query[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** What follows the endpoint's name, with its percent signs decoded. */
export function restOfPath(request: FastifyRequest): string {
  const { '*': rest } = request.params as { readonly '*': string };
  return rest;
}

/** The body's bytes; none when there is no body. */
export function bodyBytes(request: FastifyRequest): Uint8Array {
  return request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
}

/**
 * The object that a JSON body holds, with its keys in lower case, as Go's decoder takes them in any case.
 * @throws HttpError HTTP_BAD_REQUEST with the given words in front of what Go says.
 */
export function jsonBody(request: FastifyRequest, refusal: string): ReadonlyMap<string, unknown> {
  const text = Buffer.from(bodyBytes(request)).toString('utf8').trim();
  if (text === '') throw new HttpError('HTTP_BAD_REQUEST', `${refusal}: EOF`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Node's words about it differ from Go's, and say no more than this.
    throw new HttpError('HTTP_BAD_REQUEST', `${refusal}: the body is not JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpError('HTTP_BAD_REQUEST', `${refusal}: the body is not a JSON object`);
  }
  return new Map(Object.entries(value).map(([key, field]) => [key.toLowerCase(), field]));
}
