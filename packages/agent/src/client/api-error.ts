import { isIPv6 } from 'node:net';
import { hasCode, systemErrorText } from '@hobnob/gossip/files';
import { AgentClientError } from './client-error.ts';
import { tlsFault } from './tls-fault.ts';

/**
 * The sentence for a failed request, as Consul's commands print it: `Get "URL": dial tcp ...: connection
 * refused`, or `Unexpected response code: 500 (TEXT)`. Rethrows other errors.
 */
export function describeApiError(error: unknown): string {
  if (!(error instanceof AgentClientError)) throw error;
  switch (error.code) {
    case 'CLIENT_STATUS':
      return `Unexpected response code: ${error.status} (${clipped(error.body)})`;
    case 'CLIENT_CONNECTION':
      return `${goVerb(error.method)} "${httpUrl(error.url)}": ${describeDial(error)}`;
    case 'CLIENT_ADDRESS':
    case 'CLIENT_ARGUMENT':
    case 'CLIENT_BODY':
      return error.message;
  }
}

/** As `describeApiError`, for reads of the key/value store: Consul's client leaves the text of their answers out. */
export function describeKvReadError(error: unknown): string {
  if (error instanceof AgentClientError && error.code === 'CLIENT_STATUS') {
    return `Unexpected response code: ${error.status}`;
  }
  return describeApiError(error);
}

/** A server that is no agent may answer with a whole page. */
const bodyLengthMax = 4_000;

function clipped(body: string): string {
  return body.length <= bodyLengthMax ? body : `${body.slice(0, bodyLengthMax)}...`;
}

/** Go's client writes methods as words. */
function goVerb(method: string): string {
  return method.slice(0, 1) + method.slice(1).toLowerCase();
}

/** Consul's client writes a socket's path as the host of an ordinary URL. */
function httpUrl(url: string): string {
  const [, socketPath, path] = /^unix:\/\/(.*?)(\/v1\/.*)$/.exec(url) ?? [];
  return socketPath === undefined ? url : `http://${encodeURIComponent(socketPath)}${path}`;
}

function describeDial(error: AgentClientError): string {
  const { cause } = error;
  // A name with several addresses fails with one error for each.
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  const reason = tlsFault(first) ?? systemErrorText(first);
  if (!(first instanceof Error)) return reason;
  if (hasCode(first, 'ENOTFOUND') && 'hostname' in first) {
    return `dial tcp: lookup ${String(first.hostname)}: no such host`;
  }
  if (!('syscall' in first) || first.syscall !== 'connect' || !('address' in first)) return reason;
  const address = String(first.address);
  if (!('port' in first)) return `dial unix ${address}: connect: ${reason}`;
  return `dial tcp ${isIPv6(address) ? `[${address}]` : address}:${String(first.port)}: connect: ${reason}`;
}
