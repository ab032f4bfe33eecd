import { Agent, request } from 'node:http';
import { gunzipSync } from 'node:zlib';

const timeoutMs = 60_000;

export interface ClientAnswer {
  readonly status: number;
  /** Decoded. */
  readonly body: string;
  /** X-Consul-Index; undefined on answers without one. */
  readonly index: number | undefined;
}

export interface ClientRequest {
  readonly method: 'GET' | 'PUT';
  readonly path: string;
  readonly body?: unknown;
  readonly gzip?: boolean;
}

/** Kept connections to one agent. */
export class HttpClient implements Disposable {
  readonly #agent: Agent;
  readonly #host: string;
  readonly #port: number;

  constructor(host: string, port: number, connections: number) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
    this.#host = host;
    this.#port = port;
  }

  /** Rejects when the connection fails, or nothing comes within a minute. */
  send({ method, path, body, gzip = false }: ClientRequest): Promise<ClientAnswer> {
    const headers = gzip ? { 'Accept-Encoding': 'gzip' } : {};
    const options = { agent: this.#agent, host: this.#host, port: this.#port, method, path, headers };
    return new Promise((resolve, reject) => {
      const call = request({ ...options, timeout: timeoutMs }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const isZipped = response.headers['content-encoding'] === 'gzip';
          const index = response.headers['x-consul-index'];
          resolve({
            status: response.statusCode ?? 0,
            body: (isZipped ? gunzipSync(bytes) : bytes).toString(),
            index: typeof index === 'string' ? Number(index) : undefined,
          });
        });
      });
      call.on('timeout', () => call.destroy(new Error(`${path}: no answer within ${timeoutMs} ms`)));
      call.on('error', reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
