import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How often a kept answer is given again before the agent is asked anew. */
const givenAgain = 3;

interface Kept {
  readonly status: number;
  readonly index: string;
  readonly body: Buffer;
  left: number;
}

/** What the consistency run must find: a proxy that keeps the answers of an agent over writes. */
export class StaleProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #kept = new Map<string, Kept>();

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
    this.#server = createServer((incoming, outgoing) => this.#serve(incoming, outgoing));
  }

  static async start(target: { readonly host: string; readonly port: number }): Promise<StaleProxy> {
    const proxy = new StaleProxy(target);
    proxy.#server.listen(0, target.host);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method = 'GET', url = '/' } = incoming;
    const kept = method === 'GET' ? this.#kept.get(url) : undefined;
    if (kept !== undefined && kept.left > 0) {
      kept.left -= 1;
      incoming.resume();
      outgoing.writeHead(kept.status, { 'X-Consul-Index': kept.index }).end(kept.body);
      return;
    }
    const call = request({ ...this.#target, method, path: url }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const status = response.statusCode ?? 502;
        const index = `${response.headers['x-consul-index'] ?? ''}`;
        const body = Buffer.concat(chunks);
        if (method === 'GET') this.#kept.set(url, { status, index, body, left: givenAgain });
        outgoing.writeHead(status, { 'X-Consul-Index': index }).end(body);
      });
    });
    call.on('error', (error) => outgoing.destroy(error));
    incoming.pipe(call);
  }
}
