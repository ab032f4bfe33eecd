import { Agent as Connections, request } from 'node:http';
import { agentOnFakes } from '../agent-on-fakes.ts';
import { BusyTime } from './busy-time.ts';

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly index: string | undefined;
}

export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What went wrong with one request. */
export interface Fault {
  readonly label: string;
  readonly fault: string;
}

/** A request may keep the event loop busy for so long. */
const busyMsMax = 50;

/** One running agent with its HTTP API, and the promises that every answer of it keeps. */
export class FuzzedAgent implements Disposable {
  readonly #connections = new Connections({ keepAlive: true, maxSockets: 4 });
  readonly #busy = new BusyTime();
  readonly #address: URL;
  readonly #lines: readonly string[];
  #linesSeen = 0;

  private constructor(address: string, lines: readonly string[]) {
    this.#address = new URL(address);
    this.#lines = lines;
  }

  /** The agent closes with `closeAgents`. */
  static async start(): Promise<FuzzedAgent> {
    const { started, lines } = agentOnFakes({ server: true, ports: { http: 0 } });
    const { httpAddresses } = await started;
    return new FuzzedAgent(httpAddresses[0] ?? '', lines);
  }

  /** Rejects when the connection ends without an answer. */
  send({ method, path, body, headers = {} }: FuzzRequest): Promise<Reply> {
    const { hostname, port } = this.#address;
    return new Promise((resolve, reject) => {
      const call = request(
        { agent: this.#connections, host: hostname, port, method, path, headers },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const index = response.headers['x-consul-index'];
            resolve({
              status: response.statusCode ?? 0,
              text: Buffer.concat(chunks).toString(),
              index: typeof index === 'string' ? index : undefined,
            });
          });
        },
      );
      call.on('error', reject);
      call.end(body);
    });
  }

  /** Sends a request. Returns the answer, and the faults of one that breaks a promise. */
  async check(
    label: string,
    one: FuzzRequest,
  ): Promise<{ readonly reply: Reply; readonly faults: readonly Fault[] }> {
    let { reply, busyMs } = await this.#timed(one);
    // A turn may also hold the work of the compiler and of garbage collection, but not each time.
    for (let tries = 0; busyMs > busyMsMax && tries < 3; tries += 1) {
      busyMs = Math.min(busyMs, (await this.#timed(one)).busyMs);
    }
    const faults: Fault[] = [];
    if (busyMs > busyMsMax) {
      faults.push({ label, fault: `${Math.round(busyMs)} ms of processor time in one turn` });
    }
    if (!isPromised(reply)) {
      const logged = this.#lines.slice(this.#linesSeen).join('\n').slice(0, 600);
      faults.push({ label, fault: `${reply.status} ${reply.text.slice(0, 200)}\n${logged}` });
    }
    this.#linesSeen = this.#lines.length;
    return { reply, faults };
  }

  async #timed(one: FuzzRequest): Promise<{ readonly reply: Reply; readonly busyMs: number }> {
    this.#busy.takeLongestMs();
    const reply = await this.send(one);
    return { reply, busyMs: this.#busy.takeLongestMs() };
  }

  /** The indexes of everything in the catalog: they stand still when nothing changes. */
  async indexes(): Promise<string> {
    const paths = ['catalog/nodes', 'catalog/services', 'health/state/any'];
    const replies = await Promise.all(paths.map((path) => this.send({ method: 'GET', path: `/v1/${path}` })));
    return replies.map(({ index }) => index).join(' ');
  }

  [Symbol.dispose](): void {
    this.#busy[Symbol.dispose]();
    this.#connections.destroy();
  }
}

/** Success, the cleaned path, the client's fault, or a failure that says why. */
function isPromised({ status, text }: Reply): boolean {
  if (status === 500) return text !== '' && !text.startsWith('internal error');
  return (status >= 200 && status < 300) || status === 301 || (status >= 400 && status < 500);
}
