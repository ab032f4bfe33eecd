import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { AgentClientError } from './client-error.ts';
import type { ClientTlsOptions } from './client-tls.ts';
import { type Connector, connectionFault, createConnector } from './connector.ts';
import { type StreamedAnswer, sendStream } from './stream-transport.ts';

export { AgentClientError, type AgentClientErrorCode } from './client-error.ts';

/** The address of the agent, and the token to send. */
export interface AgentClientOptions {
  /** `http://host:port`, `host:port`, `https://host:port` or `unix:///path`. Default 127.0.0.1:8500. */
  readonly address?: string;
  /** Sent as X-Consul-Token. */
  readonly token?: string;
  /**
   * For an `https://` address. A function is asked before each request: what it returns counts, so that certificates can be
   * renewed. Default: the authorities that Node brings along, and no certificate.
   */
  readonly tls?: ClientTlsOptions | (() => ClientTlsOptions);
  /** A call without a whole answer after this time fails with CLIENT_CONNECTION. Default: no deadline. */
  readonly deadlineMs?: number;
}

/** Options of every call. */
export interface CallOptions {
  /** Sent as X-Consul-Token in place of the client's. */
  readonly token?: string;
  /** Ends the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** How one request differs from others. */
export interface RequestSettings extends CallOptions {
  /** The statuses that are answers and no errors. Default 200. */
  readonly accepts?: readonly number[];
  /** How long the agent was asked to wait; the deadline comes as much later. */
  readonly waitMs?: number;
  /** The deadline for a client without one. Default: none. */
  readonly graceMs?: number;
}

/** A request that was answered as it should. */
export interface Answer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What an answer has to be: its name in errors, and the check. */
export interface Wanted<T> {
  readonly what: string;
  readonly guard: (value: unknown) => value is T;
}

/** Requests to one agent; all calls of a client go through it. Every method throws AgentClientError. */
export interface Transport {
  call(method: string, path: string, settings: RequestSettings, body?: Uint8Array): Promise<Answer>;
  /** As `call`, with bodies that need not fit into memory. */
  stream(method: string, path: string, settings: RequestSettings, body?: Readable): Promise<StreamedAnswer>;
  /** A PUT that is answered without a value; an object is sent as JSON. */
  put(path: string, settings: RequestSettings, body?: object): Promise<void>;
  /** The JSON of an answer. @throws AgentClientError CLIENT_BODY when it is not what was wanted. */
  read<T>(answer: Answer, wanted: Wanted<T>): T;
  /** The error for an answer that is not what was wanted. */
  unexpected(answer: Answer, what: string, cause?: unknown): AgentClientError;
}

/**
 * Opens no connection until something is called.
 * @throws AgentClientError CLIENT_ADDRESS when the address cannot be understood; CLIENT_ARGUMENT when a certificate or key
 *   cannot be used.
 */
export function createTransport(options: AgentClientOptions): Transport {
  const connector = createConnector(options.address ?? '127.0.0.1:8500', options.tls);
  const { deadlineMs } = options;
  const unexpected = (answer: Answer, what: string, cause?: unknown): AgentClientError => {
    const { method, path, status, body } = answer;
    const url = connector.base + path;
    const message = `${method} ${url}: the answer is not ${what}`;
    return new AgentClientError('CLIENT_BODY', message, { method, url, status, body }, { cause });
  };
  const call: Transport['call'] = (method, path, settings, body) => {
    const { token = options.token, signal, accepts = [200], waitMs = 0, graceMs } = settings;
    const answerMs = deadlineMs ?? graceMs;
    return send({
      connector,
      method,
      path,
      headers: token === undefined ? {} : { 'X-Consul-Token': token },
      signal,
      body,
      accepts,
      deadlineMs: answerMs === undefined ? undefined : answerMs + waitMs,
    });
  };
  return {
    call,
    stream: (method, path, { token = options.token, signal }, body) =>
      sendStream({ connector, method, path, token, signal, body }),
    async put(path, settings, value) {
      const body = value === undefined ? undefined : Buffer.from(JSON.stringify(value));
      const answer = await call('PUT', path, settings, body);
      // An agent answers a successful PUT without a body; a page comes from another kind of server.
      if (!['', 'null', 'true'].includes(answer.body.trim())) throw unexpected(answer, "an agent's");
    },
    read(answer, { what, guard }) {
      let value: unknown;
      try {
        value = JSON.parse(answer.body);
      } catch (cause) {
        throw unexpected(answer, 'JSON', cause);
      }
      if (guard(value)) return value;
      throw unexpected(answer, what);
    },
    unexpected,
  };
}

interface Sending {
  readonly connector: Connector;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
  readonly body: Uint8Array | undefined;
  readonly accepts: readonly number[];
  readonly deadlineMs: number | undefined;
}

/** One request on one connection. */
function send(sending: Sending): Promise<Answer> {
  const { connector, method, path, headers, signal, body: sent, deadlineMs } = sending;
  const url = connector.base + path;
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error): void => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      reject(
        new AgentClientError(
          'CLIENT_CONNECTION',
          `${method} ${url}: ${connectionFault(cause)}`,
          { method, url },
          { cause },
        ),
      );
    };
    const outgoing = connector.request(
      {
        method,
        path,
        // Node itself leaves the length of a DELETE's body out.
        headers: { ...headers, ...(sent === undefined ? {} : { 'Content-Length': sent.length }) },
        ...(signal === undefined ? {} : { signal }),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > answerBytesMax) answer.destroy(new Error(`the answer exceeds ${answerBytesMax} bytes`));
        });
        answer.once('error', refuse);
        answer.once('end', () => {
          const body = Buffer.concat(chunks).toString('utf8');
          const status = answer.statusCode ?? 0;
          if (sending.accepts.includes(status)) {
            resolve({ method, path, status, headers: answer.headers, body });
            return;
          }
          const message = `${method} ${url}: the agent answered ${status}: ${reasonOf(answer, body)}`;
          reject(new AgentClientError('CLIENT_STATUS', message, { method, url, status, body }));
        });
      },
    );
    outgoing.once('error', refuse);
    if (deadlineMs !== undefined) {
      const late = setTimeout(
        () => outgoing.destroy(new Error(`no whole answer within ${deadlineMs} ms`)),
        deadlineMs,
      );
      outgoing.once('close', () => clearTimeout(late));
    }
    outgoing.end(sent);
  });
}

/** The agent's own text. Paths that Consul does not serve, such as those of a key with `//` in it, lead elsewhere without one. */
function reasonOf({ headers }: IncomingMessage, body: string): string {
  return headers.location === undefined
    ? body.trim()
    : `it has no such path, and leads to ${headers.location} instead`;
}

/** 10,000 members with full tags stay below a tenth of this. */
const answerBytesMax = 128 * 1024 * 1024;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
