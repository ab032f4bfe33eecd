import type { CatalogErrorCode } from '@hobnob/catalog';
import { InputError } from '@hobnob/catalog/go';
import { errorCode } from '@hobnob/gossip/files';
import type { AgentErrorCode } from '../errors.ts';

/** Refusals that only HTTP knows. */
export type HttpErrorCode =
  | 'HTTP_METHOD'
  | 'HTTP_BLOCKED'
  | 'HTTP_BAD_REQUEST'
  | 'HTTP_BODY_TOO_LARGE'
  | 'HTTP_MISSING'
  | 'HTTP_NOT_FOUND'
  | 'HTTP_NO_ACL'
  | 'HTTP_NO_CONNECT';

/** A request that is refused before it reaches the agent. Nothing changed. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: HttpErrorCode;

  constructor(code: HttpErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const statusByHttpCode: Readonly<Record<HttpErrorCode, number>> = {
  HTTP_METHOD: 405,
  HTTP_BLOCKED: 403,
  HTTP_BAD_REQUEST: 400,
  HTTP_BODY_TOO_LARGE: 413,
  // Where a path ends before the id that it needs, Consul's agent answers as if that were its own failure.
  HTTP_MISSING: 500,
  HTTP_NOT_FOUND: 404,
  HTTP_NO_ACL: 401,
  HTTP_NO_CONNECT: 500,
};

/**
 * The statuses of refused operations. Consul 1.8.7 answers 500 with the text of the error, also of errors that a
 * server sent it as a text alone, so only the exceptions are here.
 */
const statusByCode: ReadonlyMap<string, number> = new Map<AgentErrorCode | CatalogErrorCode, number>([
  ['AGENT_BUSY', 429],
  ['AGENT_ARGUMENT', 400],
  ['AGENT_CHECK', 400],
  ['AGENT_SERVICE', 400],
  // As in newer Consul; 1.8.7 answers 500.
  ['AGENT_NO_SUCH_CHECK', 404],
  ['CATALOG_BUSY', 429],
]);

export interface ErrorReply {
  readonly status: number;
  /** The whole body, as plain text. */
  readonly text: string;
  /** Whether this is a fault of ours, to be logged with its stack. */
  readonly unexpected: boolean;
}

/** What a client gets for an error. The text of an error that is no operating error stays in the log. */
export function errorReply(error: unknown): ErrorReply {
  const status = statusOf(error);
  return status === undefined || !(error instanceof Error)
    ? { status: 500, text: 'internal error: see the log of the agent', unexpected: true }
    : { status, text: error.message, unexpected: false };
}

/** Undefined for what is no operating error: a bug. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpError) return statusByHttpCode[error.code];
  // A filter that cannot be read is the client's fault, as in newer Consul; 1.8.7 answers 500.
  if (error instanceof Error && error.cause instanceof InputError) return 400;
  const code = errorCode(error);
  return /^(AGENT|CATALOG)_/.test(code) ? (statusByCode.get(code) ?? 500) : statusByFastify(error);
}

/** Fastify's own refusals (a broken URL) carry a status below 500. */
function statusByFastify(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}
