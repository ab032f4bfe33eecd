import type { Server, Socket } from 'node:net';

/**
 * Lets one address hold at most `connectionsMax()` connections open to `server`; 0 lets it hold any number. Connections
 * that are open when the number falls stay open.
 * The next one is reset, as real Consul 1.8.7 does. Sockets without an address (unix) are not counted.
 */
export function limitConnections(server: Server, connectionsMax: () => number): void {
  const open = new Map<string, number>();
  server.prependListener('connection', (socket: Socket) => {
    const from = socket.remoteAddress;
    if (from === undefined) return;
    const count = (open.get(from) ?? 0) + 1;
    open.set(from, count);
    socket.once('close', () => {
      const left = (open.get(from) ?? 1) - 1;
      if (left === 0) open.delete(from);
      else open.set(from, left);
    });
    const max = connectionsMax();
    if (max > 0 && count > max) socket.resetAndDestroy();
  });
}
