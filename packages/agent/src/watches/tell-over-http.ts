import type { SecureContext } from 'node:tls';
import { quote } from '@hobnob/catalog/go';
import type { Clock } from '@hobnob/gossip';
import { GoUrlError, parseGoUrl } from '../checks/go-url.ts';
import { follow, RequestError, readBody, statusLine } from '../checks/http-exchange.ts';
import { canonicalName, type HopRequest, isMethod } from '../checks/http-headers.ts';
import { TailBuffer } from '../checks/output.ts';
import type { AgentLogger } from '../ports.ts';
import type { HandledView } from './handled-view.ts';
import { outputBytesMax, outputText } from './handler-output.ts';
import type { HttpHandler } from './http-handler-config.ts';

/** What requests of watches need of their surroundings. */
export interface HttpPorts {
  readonly clock: Clock;
  /** Component `agent`. */
  readonly log: AgentLogger;
  /** With the authorities that the system trusts. */
  tlsContext(): SecureContext;
  /** Milliseconds since 1970, for the validity of certificates. */
  wallMs(): number;
}

/**
 * Sends a view to the URL of a watch and logs the answer. Never rejects for what the network does.
 * Source: Consul agent/watch_handler.go, makeHTTPWatchHandler.
 */
export async function tellOverHttp(
  handler: HttpHandler,
  view: HandledView,
  { clock, log, tlsContext, wallMs }: HttpPorts,
  signal: AbortSignal,
): Promise<void> {
  const request = requestOf(handler, view);
  if (typeof request === 'string') {
    log.error({ error: request }, 'Failed to setup http watch');
    return;
  }
  const late = new AbortController();
  const cancel = clock.wakeAt(clock.nowMs() + Math.max(handler.timeoutMs, 0), () => late.abort());
  const ended = AbortSignal.any([signal, late.signal]);
  const output = new TailBuffer(outputBytesMax);
  const { method, skipsTlsVerification, url: watch } = handler;
  try {
    const options = { signal: ended, tlsContext, skipsTlsVerification, wallMs, lateText: '' };
    const followed = await follow(request, method, options);
    const { message, close } = followed.response;
    try {
      await readBody(followed, output, ended);
    } finally {
      close();
    }
    const { statusCode = 0 } = message;
    if (statusCode >= 200 && statusCode <= 299) {
      log.trace({ watch, output: outputText(output) }, 'http watch handler output');
    } else {
      const status = statusLine(message);
      log.error({ watch, status, output: outputText(output) }, 'http watch handler failed with output');
    }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    if (!signal.aborted) log.error({ watch, error: error.message }, 'Failed to invoke http watch handler');
  } finally {
    cancel();
  }
}

/** The request, or why there is none. */
function requestOf({ method, url, headers }: HttpHandler, { index, body }: HandledView): HopRequest | string {
  if (!isMethod(method)) return `net/http: invalid method ${quote(method)}`;
  const fields = new Map([
    ['Content-Type', ['application/json']],
    ['X-Consul-Index', [`${index}`]],
  ]);
  for (const [name, values] of headers) {
    const canonical = canonicalName(name);
    if (values.length > 0) fields.set(canonical, [...(fields.get(canonical) ?? []), ...values]);
  }
  if (!fields.has('User-Agent')) fields.set('User-Agent', ['Go-http-client/1.1']);
  try {
    const target = parseGoUrl(url);
    return { method, url: { ...target, host: target.host.replace(/:$/, '') }, host: '', fields, body };
  } catch (error) {
    if (error instanceof GoUrlError) return error.message;
    throw error;
  }
}
