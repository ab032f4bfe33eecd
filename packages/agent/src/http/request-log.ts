import type { IncomingMessage, ServerResponse } from 'node:http';
import { formatGoDuration } from '../config/go-duration.ts';
import type { AgentLogger } from '../ports.ts';

/** What lines about requests say of one. */
export interface RequestFields {
  readonly method: string;
  readonly url: string;
  readonly from: string;
}

export function requestFields(
  { method, url, socket }: IncomingMessage,
  response?: Pick<ServerResponse, 'socket'>,
): RequestFields {
  // A pipeline that failed takes the socket from the request that it read, whatever its type says.
  const { remoteAddress = '', remotePort = 0 } = (socket as typeof socket | null) ?? response?.socket ?? {};
  return {
    method: method ?? '',
    url: url ?? '',
    from: remoteAddress === '' ? '@' : `${remoteAddress}:${remotePort}`,
  };
}

/** A request, its response, and when it came on the clock of `performance`. */
export interface LoggedExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly startedMs: number;
}

/** Logs a request when its answer has been sent. A logger that says that it drops such lines costs nothing. */
export function logFinished(logger: AgentLogger, { request, response, startedMs }: LoggedExchange): void {
  if (logger.isLevelEnabled?.('debug') === false) return;
  const fields = requestFields(request);
  response.once('close', () => {
    logger.debug({ ...fields, latency: formatGoDuration(performance.now() - startedMs) }, 'Request finished');
  });
}
