import type { FastifyRequest } from 'fastify';
import { HttpError } from './error-reply.ts';
import { queryValue } from './request.ts';

const header = 'X-Consul-Namespace';
const reason = 'Namespaces are a Consul Enterprise feature';

/**
 * Refuses a request that names a namespace, which only Consul Enterprise has; answering it for all of them would mix
 * what its sender keeps apart. Requests about nodes alone are not asked. Source: Consul 1.8.7, as asked.
 * @throws HttpError HTTP_BAD_REQUEST with Consul's text.
 */
export function refuseNamespace(request: FastifyRequest): void {
  const named = request.headers[header.toLowerCase()] ?? '';
  if (named !== '') refuse(`header: "${header}"`);
  if ((queryValue(request, 'ns') ?? '') !== '') refuse('query parameter: "ns"');
}

function refuse(what: string): never {
  throw new HttpError('HTTP_BAD_REQUEST', `Bad request: Invalid ${what} - ${reason}`);
}

/** The refusal of a body, with the reason when its unknown field is that of a namespace. */
export function withNamespaceReason(refusal: string): string {
  return refusal.endsWith('json: unknown field "Namespace"') ? `${refusal} - ${reason}` : refusal;
}
