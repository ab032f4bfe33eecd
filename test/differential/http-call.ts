import { Agent, request } from 'node:http';
import { gunzipSync } from 'node:zlib';

/** One request as both agents get it. */
export interface Call {
  readonly method: string;
  /** Path and query. `$NAME` stands for a value that an earlier answer gave, see `Step.keep`. */
  readonly path: string;
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came back, header names in the letter case in which they came. */
export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  readonly elapsedMs: number;
}

const timeoutMs = 20_000;

/** An agent's HTTP API over kept connections. */
export class HttpCaller {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  readonly #host: string;
  readonly #port: number;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  /** Sends one request. Rejects when the connection fails or nothing comes within 20 s. */
  send({ method, path, body, headers = {} }: Call): Promise<Answer> {
    const bytes = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const startedMs = performance.now();
    return new Promise((resolve, reject) => {
      const call = request(
        { agent: this.#agent, host: this.#host, port: this.#port, method, path, headers, timeout: timeoutMs },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            resolve({
              status: response.statusCode ?? 0,
              headers: headersOf(response.rawHeaders),
              body: textOf(Buffer.concat(chunks), response.headers['content-encoding']),
              elapsedMs: performance.now() - startedMs,
            });
          });
        },
      );
      call.on('timeout', () =>
        call.destroy(new Error(`${method} ${path}: no answer within ${timeoutMs} ms`)),
      );
      call.on('error', reject);
      call.end(bytes);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
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
