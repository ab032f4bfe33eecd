import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { everything } from '@hobnob/catalog';
import { acceptsGzip } from '../answers/accepts-gzip.ts';
import { keyOf } from '../answers/answer-key.ts';
import type { AnswerForm } from '../answers/kept-answer.ts';
import type { KeptAnswers } from '../answers/kept-answers.ts';
import type { OwnCatalog } from '../answers/own-catalog.ts';
import type { AgentLogger } from '../ports.ts';
import { logFinished } from './request-log.ts';

export interface LookUpParts {
  readonly catalog: OwnCatalog | undefined;
  /** Component `agent.http`. */
  readonly logger: AgentLogger;
  /** Answers what is not kept: fastify. */
  readonly next: RequestListener;
}

/**
 * Sends answers that are kept, by the target as it stands in the request: no parsing, no routing and no hooks. What it
 * does not know goes on: other methods, requests with a body or with Cache-Control, and targets that no read has
 * answered since a commit changed what they say. ADR 0029.
 */
export function withLookUp({ catalog, logger, next }: LookUpParts): RequestListener {
  if (catalog === undefined) return next;
  const { kept, leads } = catalog;
  return (request, response) => {
    const form = leads() ? lookUp(kept, request) : undefined;
    if (form === undefined) {
      next(request, response);
      return;
    }
    logFinished(logger, request, response);
    send(response, form);
  };
}

function send(response: ServerResponse, { headers, body }: AnswerForm): void {
  // The type asks for a mutable array, which Node does not change.
  response.writeHead(200, headers as string[]);
  response.end(body);
}

function lookUp(kept: KeptAnswers, { method, url, rawHeaders }: IncomingMessage): AnswerForm | undefined {
  if (method !== 'GET' || url === undefined) return undefined;
  const wish = wishOf(rawHeaders);
  if (wish === 'other') return undefined;
  const answer = kept.find(keyOf(url, everything));
  if (answer === undefined || wish === 'plain') return answer?.plain;
  if (answer.gzipped !== undefined) return answer.gzipped;
  const made = answer.gzip();
  return made instanceof Promise ? undefined : made;
}

/** The form that headers ask for; `other` for what fastify has to look at. */
function wishOf(headers: readonly string[]): 'plain' | 'gzip' | 'other' {
  let wish: 'plain' | 'gzip' | undefined;
  for (let at = 0; at < headers.length; at += 2) {
    switch (headers[at]?.length) {
      case 13:
      case 14:
      case 17:
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

/** A body, or wishes about the age of the answer. */
const others: ReadonlySet<string> = new Set(['cache-control', 'content-length', 'transfer-encoding']);

function isOthers(name = ''): boolean {
  return others.has(name.toLowerCase());
}
