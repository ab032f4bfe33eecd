import type { AgentErrorCode } from '../errors.ts';

/** Refusals that only HTTP knows. */
export type HttpErrorCode = 'HTTP_METHOD' | 'HTTP_BLOCKED' | 'HTTP_BAD_REQUEST';

/** A request that is refused before it reaches the agent. Nothing changed. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: HttpErrorCode;

  constructor(code: HttpErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The one table from error to status. Real Consul 1.8.7 answers 500 to whatever an operation refuses. */
const statusByCode: Readonly<Record<AgentErrorCode | HttpErrorCode, number>> = {
  HTTP_METHOD: 405,
  HTTP_BLOCKED: 403,
  HTTP_BAD_REQUEST: 400,
  AGENT_CONFIG: 500,
  AGENT_CONFIG_FILE: 500,
  AGENT_PROTECTION: 500,
  AGENT_DATA_DIR: 500,
  AGENT_BIND: 500,
  AGENT_JOIN: 500,
  AGENT_REFUSED: 500,
  AGENT_MIXED_SERVERS: 500,
  AGENT_NO_WAN: 500,
  AGENT_NO_SUCH_MEMBER: 500,
  AGENT_CLOSED: 500,
  AGENT_EVENT: 500,
  AGENT_KEYRING: 500,
  AGENT_NO_DATACENTER: 500,
  AGENT_NO_CATALOG: 501,
  AGENT_BUSY: 429,
  AGENT_ARGUMENT: 400,
  AGENT_TIMEOUT: 500,
};

export interface ErrorReply {
  readonly status: number;
  /** The whole body, as plain text. */
  readonly text: string;
  /** Whether this is a fault of ours, to be logged with its stack. */
  readonly unexpected: boolean;
}

/** What a client is told about an error. Text of errors we do not know stays inside. */
export function errorReply(error: unknown): ErrorReply {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const text = error instanceof Error ? error.message : String(error);
  if (isKnown(code)) return { status: statusByCode[code], text, unexpected: false };
  const status = refusedByServer(error);
  return status === undefined
    ? { status: 500, text: 'internal error: see the log of the agent', unexpected: true }
    : { status, text, unexpected: false };
}

function isKnown(code: string): code is keyof typeof statusByCode {
  return Object.hasOwn(statusByCode, code);
}

/** Fastify's own refusals (a body too large, a broken URL) carry a status below 500. */
function refusedByServer(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}
