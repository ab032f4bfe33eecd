import { createServer, type Socket } from 'node:net';

/** A TCP server that never ends a connection because its client ends its half. */
export interface ByteServer {
  /** `host:port` */
  readonly address: string;
  /** Resolves when clients have closed every connection, both ways. */
  areClosed(): Promise<void>;
  close(): void;
}

/** Listens on a free port and gives each connection to `answer`. */
export async function startByteServer(host: string, answer: (socket: Socket) => void): Promise<ByteServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    socket.resume();
    answer(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('not bound');
  return {
    address: `${host}:${bound.port}`,
    areClosed: async () => {
      while (sockets.size > 0) {
        // The system of a client that has only closed its half takes the bytes, and of one that is gone refuses them.
        for (const socket of sockets) if (socket.readableEnded && socket.writable) socket.write('x');
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
