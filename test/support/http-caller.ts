import { Agent, request } from 'node:http';
import { gunzipSync } from 'node:zlib';

/** One request. */
export interface Call {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** An object is sent as JSON, text and bytes as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Asks before it sends the body: a server that refuses closes the connection, and its answer could be lost. */
  readonly asksFirst?: boolean;
}

/** What came back, header names in the letter case in which they came. */
export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Decoded. */
  readonly body: string;
  readonly elapsedMs: number;
}

export interface HttpCallerOptions {
  /** Connections at the same time; more requests wait for one. Default 16. */
  readonly connections?: number;
  /** Without a byte for so long a request fails. Default 20,000. */
  readonly timeoutMs?: number;
}

/** An agent's HTTP API over kept connections. */
export class HttpCaller {
  readonly #agent: Agent;
  readonly #timeoutMs: number;
  readonly #host: string;
  readonly #port: number;

  constructor(host: string, port: number, { connections = 16, timeoutMs = 20_000 }: HttpCallerOptions = {}) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
    this.#timeoutMs = timeoutMs;
    this.#host = host;
    this.#port = port;
  }

  /** Sends one request. Rejects when the connection fails or nothing comes in time. */
  send({ method, path, body, headers: given = {}, asksFirst = false }: Call): Promise<Answer> {
    const bytes = bytesOf(body);
    const headers = asksFirst ? { ...given, ...askingHeaders(bytes ?? '') } : given;
    const startedMs = performance.now();
    const timeout = this.#timeoutMs;
    return new Promise((resolve, reject) => {
      const call = request(
        { agent: this.#agent, host: this.#host, port: this.#port, method, path, headers, timeout },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            if (asksFirst) call.destroy();
            resolve({
              status: response.statusCode ?? 0,
              headers: headersOf(response.rawHeaders),
              body: textOf(Buffer.concat(chunks), response.headers['content-encoding']),
              elapsedMs: performance.now() - startedMs,
            });
          });
        },
      );
      call.on('timeout', () => call.destroy(new Error(`${method} ${path}: no answer within ${timeout} ms`)));
      call.on('error', reject);
      if (!asksFirst) call.end(bytes);
      else {
        call.flushHeaders();
        call.once('continue', () => call.end(bytes));
      }
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function askingHeaders(bytes: string | Uint8Array): Readonly<Record<string, string>> {
  return { Expect: '100-continue', 'Content-Length': String(Buffer.byteLength(bytes)) };
}

function bytesOf(body: unknown): string | Uint8Array | undefined {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) return body;
  return JSON.stringify(body);
}

/** Two encoders give different bytes for one text. */
function textOf(bytes: Buffer, encoding: string | undefined): string {
  return (encoding === 'gzip' && bytes.length > 0 ? gunzipSync(bytes) : bytes).toString();
}

function headersOf(raw: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < raw.length; at += 2) headers.set(raw[at] ?? '', raw[at + 1] ?? '');
  return headers;
}
