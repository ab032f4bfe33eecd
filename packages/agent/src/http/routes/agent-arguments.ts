import type { Filters } from '@hobnob/catalog/filter';
import { InputError, parseBool, quote } from '@hobnob/catalog/go';
import type { FastifyRequest } from 'fastify';
import type { AgentPort } from '../../agent-port.ts';
import type { LocalSetup } from '../../local/definitions/setup.ts';
import type { LocalPort } from '../../local/local-port.ts';
import { HttpError } from '../error-reply.ts';
import { queryValue } from '../request.ts';

/** A larger definition would hold up the event loop while it is read; the largest in use configure a proxy. */
export const definitionBytesMax = 128 * 1024;

/** What the routes about local registrations work with. */
export interface LocalRoutes {
  readonly local: LocalPort;
  readonly setup: LocalSetup;
  readonly place: AgentPort['place'];
  readonly filters: Filters;
}

/** The token of a request: a parameter, Consul's header, or a bearer's. Source: Consul agent/http.go, parseToken. */
export function tokenOf(request: FastifyRequest): string {
  const own = request.headers['x-consul-token'];
  const [, bearer = ''] = /^Bearer +(\S+)/i.exec(request.headers.authorization ?? '') ?? [];
  return queryValue(request, 'token') || (typeof own === 'string' ? own : '') || bearer;
}

/** `?enable`. @throws HttpError HTTP_BAD_REQUEST. */
export function isEnabling(request: FastifyRequest): boolean {
  const text = queryValue(request, 'enable');
  if (text === undefined) throw new HttpError('HTTP_BAD_REQUEST', 'Missing value for enable');
  try {
    return parseBool(text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new HttpError('HTTP_BAD_REQUEST', `Invalid value for enable: ${quote(text)}`);
  }
}

/** `?reason`; '' without one. */
export function reasonOf(request: FastifyRequest): string {
  return queryValue(request, 'reason') ?? '';
}
