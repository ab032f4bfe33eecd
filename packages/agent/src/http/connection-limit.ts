import type { Server, Socket } from 'node:net';

/**
 * Lets one address hold at most `connectionsMax()` connections open to all servers that count here; 0 lets it hold any
 * number. Connections that are open when the number falls stay open.
 * The next one is reset, as real Consul 1.8.7 does. Sockets without an address (unix) are not counted.
 */
export class ConnectionLimit {
  readonly #open = new Map<string, number>();
  readonly #connectionsMax: () => number;

  constructor(connectionsMax: () => number) {
    this.#connectionsMax = connectionsMax;
  }

  /** Counts the connections of a server that listens later. */
  count(server: Server): void {
    server.prependListener('connection', (socket: Socket) => {
      const from = socket.remoteAddress;
      if (from === undefined) return;
      const count = (this.#open.get(from) ?? 0) + 1;
      this.#open.set(from, count);
      socket.once('close', () => {
        const left = (this.#open.get(from) ?? 1) - 1;
        if (left === 0) this.#open.delete(from);
        else this.#open.set(from, left);
      });
      const max = this.#connectionsMax();
      if (max > 0 && count > max) socket.resetAndDestroy();
    });
  }
}
