import type { IncomingMessage, ServerResponse } from 'node:http';
import { formatGoDuration } from '../config/go-duration.ts';
import type { AgentLogger } from '../ports.ts';

/** What lines about requests say of one. */
export interface RequestFields {
  readonly method: string;
  readonly url: string;
  readonly from: string;
}

export function requestFields({ method, url, socket }: IncomingMessage): RequestFields {
  const { remoteAddress = '', remotePort = 0 } = socket;
  return {
    method: method ?? '',
    url: url ?? '',
    from: remoteAddress === '' ? '@' : `${remoteAddress}:${remotePort}`,
  };
}

/** Logs a request when its answer has been sent. A logger that says that it drops such lines costs nothing. */
export function logFinished(logger: AgentLogger, request: IncomingMessage, response: ServerResponse): void {
  if (logger.isLevelEnabled?.('debug') === false) return;
  const startedMs = performance.now();
  const fields = requestFields(request);
  response.once('close', () => {
    logger.debug({ ...fields, latency: formatGoDuration(performance.now() - startedMs) }, 'Request finished');
  });
}
