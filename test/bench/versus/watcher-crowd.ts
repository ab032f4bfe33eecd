import { connect, type Socket } from 'node:net';
import { waitUntil } from '../../interop/wait-until.ts';

/** Few enough that none is refused for a full backlog. */
const connectsAtOnce = 200;

interface Watcher {
  readonly socket: Socket;
  readonly path: string;
  received: string;
  /** When its whole answer was there, on the clock of `performance`. */
  answeredAtMs: number | undefined;
}

/** Many connections that each wait for the answer to one blocking query. */
export class WatcherCrowd {
  readonly #host: string;
  readonly #watchers: Watcher[] = [];
  #dropped = 0;
  #closing = false;
  #answered = 0;
  #lastAtMs = 0;

  private constructor(host: string) {
    this.#host = host;
  }

  /** Resolves when all have sent their question. @throws Error when a connection fails. */
  static async open(host: string, paths: readonly string[]): Promise<WatcherCrowd> {
    const crowd = new WatcherCrowd(host);
    try {
      for (let at = 0; at < paths.length; at += connectsAtOnce)
        await Promise.all(paths.slice(at, at + connectsAtOnce).map((path) => crowd.#connect(path)));
      return crowd;
    } catch (error) {
      await crowd.close();
      throw error;
    }
  }

  /** How many have their answer. */
  get answered(): number {
    return this.#answered;
  }

  /** Waits until so many have their answer; when the last of them came, on the clock of `performance`. */
  async untilAnswered(count: number): Promise<number> {
    await waitUntil(
      `${count} watchers of ${this.#host} are answered`,
      () => this.#answered >= count || this.#dropped > 0,
      { timeoutMs: 180_000, everyMs: 5, explain: async () => `${this.#answered} are` },
    );
    if (this.#dropped > 0)
      throw new Error(`${this.#host} closed ${this.#dropped} connections without an answer`);
    return this.#lastAtMs;
  }

  /** Drops all connections, and resolves when they are gone. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all(
      this.#watchers.map(
        ({ socket }) =>
          new Promise<void>((resolve) => {
            if (socket.closed) resolve();
            else socket.once('close', () => resolve()).destroy();
          }),
      ),
    );
  }

  #connect(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: this.#host, port: 8500, noDelay: true });
      const watcher: Watcher = { socket, path, received: '', answeredAtMs: undefined };
      this.#watchers.push(watcher);
      socket.setEncoding('latin1');
      socket.on('data', (text: string) => this.#take(watcher, text));
      socket.on('error', reject);
      socket.on('close', () => {
        if (watcher.answeredAtMs === undefined && !this.#closing) this.#dropped += 1;
      });
      socket.once('connect', () => {
        socket.write(`GET ${path} HTTP/1.1\r\nHost: ${this.#host}\r\n\r\n`, () => resolve());
      });
    });
  }

  #take(watcher: Watcher, text: string): void {
    watcher.received += text;
    if (watcher.answeredAtMs !== undefined || !isWhole(watcher.received)) return;
    if (!watcher.received.startsWith('HTTP/1.1 200 '))
      throw new Error(`${watcher.path}: ${watcher.received.slice(0, 400)}`);
    watcher.received = '';
    watcher.answeredAtMs = performance.now();
    this.#lastAtMs = watcher.answeredAtMs;
    this.#answered += 1;
  }
}

function isWhole(answer: string): boolean {
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd < 0) return false;
  const length = /^content-length: (\d+)\r$/im.exec(answer.slice(0, headEnd + 2))?.[1];
  if (length === undefined) return answer.endsWith('0\r\n\r\n');
  return answer.length >= headEnd + 4 + Number(length);
}
