import type { RequestListener } from 'node:http';
import { everything } from '@hobnob/catalog';
import { acceptsGzip } from '../answers/accepts-gzip.ts';
import { keyOf } from '../answers/answer-key.ts';
import type { AnswerForm } from '../answers/kept-answer.ts';
import type { OwnCatalog } from '../answers/own-catalog.ts';
import type { AgentLogger } from '../ports.ts';
import type { FastReads } from './fast-kv-reads.ts';
import type { TakeRequest } from './fast-kv-writes.ts';
import { logFinished } from './request-log.ts';
import { waitTargetOf } from './wait-target.ts';
import { type HeldExchange, WaitingReads } from './waiting-reads.ts';

export interface LookUpParts {
  readonly catalog: OwnCatalog | undefined;
  /** Component `agent.http`. */
  readonly logger: AgentLogger;
  /** Answers writes of keys that need no routing. */
  readonly takeWrite?: TakeRequest | undefined;
  /** Answers some of what is not kept. */
  readonly fast?: FastReads | undefined;
  /** Answers what is not kept: fastify. */
  readonly next: RequestListener;
}

/**
 * Sends answers that are kept, by the target as it stands in the request: no routing and no hooks. A blocking query
 * whose client has the kept answer waits here. What is not known goes on: other methods, requests with a body or with
 * Cache-Control, and targets that no read has answered since a commit changed what they say. ADR 0029.
 */
export function withLookUp({ catalog, logger, takeWrite, fast, next }: LookUpParts): RequestListener {
  if (catalog === undefined) return next;
  const { kept: answers, leads } = catalog;
  const send = (
    { request, response, startedMs }: HeldExchange,
    { headers, body }: AnswerForm,
    status = 200,
  ): void => {
    logFinished(logger, { request, response, startedMs });
    // The type asks for a mutable array, which Node does not change.
    response.writeHead(status, headers as string[]);
    response.end(body);
  };
  const waiting = new WaitingReads({ catalog, send, next });
  return (request, response) => {
    const { method, url, rawHeaders } = request;
    if (method === 'PUT' && takeWrite?.(request, response) === true) return;
    const form = method === 'GET' && url !== undefined && leads() ? formAsked(rawHeaders) : 'of-route';
    if (form === 'of-route' || url === undefined) return next(request, response);
    const exchange = { request, response, isGzip: form === 'gzip', startedMs: performance.now() };
    const wait = waitTargetOf(url);
    if (wait !== undefined) {
      if (!waiting.take(exchange, wait)) next(request, response);
      return;
    }
    const answer = answers.find(keyOf(url, everything));
    const kept = exchange.isGzip ? answer?.gzip() : answer?.plain;
    // A large one is encoded by a thread meanwhile.
    if (kept !== undefined && !(kept instanceof Promise)) return send(exchange, kept);
    if (answer !== undefined || fast?.take(exchange, url, send) !== true) next(request, response);
  };
}

/** The form that headers ask for; `of-route` for what only the routes know how to answer. */
function formAsked(headers: readonly string[]): 'plain' | 'gzip' | 'of-route' {
  let form: 'plain' | 'gzip' | undefined;
  for (let at = 0; at < headers.length; at += 2) {
    // Few headers have these lengths, so that the names of most are not looked at.
    switch (headers[at]?.length) {
      case 13:
      case 14:
      case 17:
      case 18:
        if (isForRoute(headers[at])) return 'of-route';
        break;
      case 15:
        // Of several the first one counts.
        if (form === undefined && headers[at]?.toLowerCase() === 'accept-encoding') {
          form = acceptsGzip(headers[at + 1] ?? '') ? 'gzip' : 'plain';
        }
    }
  }
  return form ?? 'plain';
}

/** A body, wishes about the age of the answer, or a namespace, which is refused. */
const routeHeaders: ReadonlySet<string> = new Set([
  'cache-control',
  'content-length',
  'transfer-encoding',
  'x-consul-namespace',
]);

function isForRoute(name = ''): boolean {
  return routeHeaders.has(name.toLowerCase());
}
