import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What a server would do that does not keep its word: 'early' acknowledges a write and passes it on a little later, 'never'
 * acknowledges some writes and forgets them, 'torn' passes the halves of a transaction on one after the other.
 */
export type Lie = 'early' | 'never' | 'torn';

const forgottenEvery = 5;
const lateMs = 30;

/** What the kill rounds must find: a proxy before the server that lies. */
export class LyingProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #lie: Lie;
  readonly host: string;
  #writes = 0;

  private constructor(target: { readonly host: string; readonly port: number }, lie: Lie) {
    this.#target = { host: target.host, port: target.port };
    this.#lie = lie;
    this.host = target.host;
    this.#server = createServer((incoming, outgoing) => {
      this.#serve(incoming, outgoing).catch((error: Error) => outgoing.destroy(error));
    });
  }

  static async start(
    target: { readonly host: string; readonly port: number },
    lie: Lie,
  ): Promise<LyingProxy> {
    const proxy = new LyingProxy(target, lie);
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

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = incoming;
    const body = Buffer.concat(await incoming.toArray());
    const isSet = method === 'PUT' && /^\/v1\/kv\/[^?]*$/.test(url);
    if (isSet) {
      this.#writes += 1;
      if (this.#lie === 'early') {
        outgoing.end('true');
        // Its sender has been told already; a server that is gone by then is what this is about.
        setTimeout(() => void this.#pass(method, url, body).catch(() => undefined), lateMs);
        return;
      }
      if (this.#lie === 'never' && this.#writes % forgottenEvery === 0) {
        outgoing.end('true');
        return;
      }
    }
    const halves = this.#lie === 'torn' && url.startsWith('/v1/txn') ? halvesOf(body.toString()) : [];
    for (const half of halves.slice(0, -1)) await this.#pass(method, url, half);
    const { status, headers, text } = await this.#pass(method, url, body);
    outgoing.writeHead(status, headers).end(text);
  }

  #pass(
    method: string,
    path: string,
    body: Buffer | string,
  ): Promise<{ readonly status: number; readonly headers: Record<string, string>; readonly text: Buffer }> {
    return new Promise((resolve, reject) => {
      const call = request({ ...this.#target, method, path, agent: false }, (response) => {
        response.toArray().then((chunks: Buffer[]) => {
          const headers = { 'X-Consul-Index': `${response.headers['x-consul-index'] ?? ''}` };
          resolve({ status: response.statusCode ?? 502, headers, text: Buffer.concat(chunks) });
        }, reject);
      });
      call.on('error', reject);
      call.end(body);
    });
  }
}

/** A transaction of two writes as two of one each; empty for another. */
function halvesOf(body: string): readonly string[] {
  const operations = JSON.parse(body) as readonly { readonly KV: { readonly Verb: string } }[];
  if (!operations.every(({ KV }) => KV.Verb === 'set')) return [];
  return operations.map((half) => JSON.stringify([half]));
}
