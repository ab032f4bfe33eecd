import {
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import { request as requestHttps } from 'node:https';
import { messageOf } from '@hobnob/gossip/files';
import { AgentClientError } from './client-error.ts';
import { type ClientTlsOptions, connectionTls } from './client-tls.ts';
import { parseEndpoint } from './endpoint.ts';
import { tlsFault } from './tls-fault.ts';

/** Begins requests to one agent, each on a connection of its own. node:http, because fetch cannot reach a unix socket. */
export interface Connector {
  /** What the request URLs in errors begin with. */
  readonly base: string;
  request(options: RequestOptions, onAnswer: (answer: IncomingMessage) => void): ClientRequest;
}

/**
 * @throws AgentClientError CLIENT_ADDRESS when the address cannot be understood; CLIENT_ARGUMENT when a certificate or key
 *   cannot be used.
 */
export function createConnector(
  address: string,
  tls: ClientTlsOptions | (() => ClientTlsOptions) = {},
): Connector {
  const endpoint = parseEndpoint(address);
  if ('problem' in endpoint) {
    const forms = 'expected host:port, http://host:port, https://host:port or unix:///path';
    const message = `"${address}" is not an agent's address: ${endpoint.problem}; ${forms}`;
    throw new AgentClientError('CLIENT_ADDRESS', message, { method: '', url: address });
  }
  const { base, target, protocol } = endpoint;
  if (protocol === 'http') {
    return {
      base,
      request: (options, onAnswer) => requestHttp({ ...options, ...target, agent: false }, onAnswer),
    };
  }
  const current = typeof tls === 'function' ? tls : () => tls;
  let known = current();
  let shared = connectionTls(known);
  return {
    base,
    request(options, onAnswer) {
      const now = current();
      if (now !== known) shared = connectionTls(now);
      known = now;
      return requestHttps({ ...options, ...target, ...shared, agent: false }, onAnswer);
    },
  };
}

/** Why no answer arrived: in Go's words where TLS failed, otherwise in Node's. */
export function connectionFault(cause: unknown): string {
  return tlsFault(cause) ?? messageOf(cause);
}
