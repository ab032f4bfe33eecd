import type { RequestListener } from 'node:http';
import { everything } from '@hobnob/catalog';
import { acceptsGzip } from '../answers/accepts-gzip.ts';
import { keyOf } from '../answers/answer-key.ts';
import type { AnswerForm } from '../answers/kept-answer.ts';
import type { OwnCatalog } from '../answers/own-catalog.ts';
import type { AgentLogger } from '../ports.ts';
import { logFinished } from './request-log.ts';
import { waitTargetOf } from './wait-target.ts';
import { type HeldExchange, WaitingReads } from './waiting-reads.ts';

export interface LookUpParts {
  readonly catalog: OwnCatalog | undefined;
  /** Component `agent.http`. */
  readonly logger: AgentLogger;
  /** Answers what is not kept: fastify. */
  readonly next: RequestListener;
}

/**
 * Sends answers that are kept, by the target as it stands in the request: no routing and no hooks. A blocking query
 * whose client has the kept answer waits here. What is not known goes on: other methods, requests with a body or with
 * Cache-Control, and targets that no read has answered since a commit changed what they say. ADR 0029.
 */
export function withLookUp({ catalog, logger, next }: LookUpParts): RequestListener {
  if (catalog === undefined) return next;
  const { kept, leads } = catalog;
  const send = ({ request, response, startedMs }: HeldExchange, { headers, body }: AnswerForm): void => {
    logFinished(logger, { request, response, startedMs });
    // The type asks for a mutable array, which Node does not change.
    response.writeHead(200, headers as string[]);
    response.end(body);
  };
  const waiting = new WaitingReads({ catalog, send, next });
  return (request, response) => {
    const { method, url, rawHeaders } = request;
    const wish = method === 'GET' && url !== undefined && leads() ? wishOf(rawHeaders) : 'other';
    if (wish === 'other' || url === undefined) return next(request, response);
    const exchange = { request, response, isGzip: wish === 'gzip', startedMs: performance.now() };
    const wait = waitTargetOf(url);
    if (wait !== undefined) {
      if (!waiting.take(exchange, wait)) next(request, response);
      return;
    }
    const answer = kept.find(keyOf(url, everything));
    const form = exchange.isGzip ? answer?.gzip() : answer?.plain;
    // A large one is encoded by a thread meanwhile.
    if (form === undefined || form instanceof Promise) next(request, response);
    else send(exchange, form);
  };
}

/** The form that headers ask for; `other` for what fastify has to look at. */
function wishOf(headers: readonly string[]): 'plain' | 'gzip' | 'other' {
  let wish: 'plain' | 'gzip' | undefined;
  for (let at = 0; at < headers.length; at += 2) {
    switch (headers[at]?.length) {
      case 13:
      case 14:
      case 17:
      case 18:
        if (isOthers(headers[at])) return 'other';
        break;
      case 15:
        // The first one counts.
        if (wish === undefined && headers[at]?.toLowerCase() === 'accept-encoding') {
          wish = acceptsGzip(headers[at + 1] ?? '') ? 'gzip' : 'plain';
        }
    }
  }
  return wish ?? 'plain';
}

/** A body, wishes about the age of the answer, or a namespace, which is refused. */
const others: ReadonlySet<string> = new Set([
  'cache-control',
  'content-length',
  'transfer-encoding',
  'x-consul-namespace',
]);

function isOthers(name = ''): boolean {
  return others.has(name.toLowerCase());
}
