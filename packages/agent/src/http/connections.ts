import type { RequestListener } from 'node:http';
import type { Server, Socket } from 'node:net';

/** How the requests of one connection are answered: what Go's server does and Node's does not. */

/** So many requests of a connection wait for their turn before no more of them are read. */
const queuedMax = 64;
/** A client that sends no more is given up when it is sent nothing for this time. */
const giveUpMsDefault = 2_000;

/**
 * Gives the requests of a connection to `answer` one after the other: a client that sends a write and a read at once reads
 * what it wrote. Those that still wait when the connection is closed are not answered, and do nothing.
 * Source: RFC 7230 6.3.2.
 */
export function inOrder(answer: RequestListener): RequestListener {
  const queued = new WeakMap<Socket, number>();
  return (request, response) => {
    // Node gives the socket to the first response, and to the next one when that is finished.
    if (response.socket !== null) {
      answer(request, response);
      return;
    }
    const { socket } = request;
    const count = (queued.get(socket) ?? 0) + 1;
    queued.set(socket, count);
    // Node goes on reading at the end of each request that it parses, so the socket rests when all that came is parsed.
    if (count === queuedMax) queueMicrotask(() => socket.pause());
    response.once('socket', () => {
      const left = (queued.get(socket) ?? 1) - 1;
      queued.set(socket, left);
      if (left < queuedMax) socket.resume();
      answer(request, response);
    });
  };
}

/**
 * Answers clients that close their half of the connection after a request. One that gets nothing for `giveUpMs` is given up,
 * since one that is gone looks the same: a blocking query would be held until its time is over. Where bytes wait for a client
 * to read, TCP tells whether it is gone.
 * @param opened the event of a connection that carries HTTP.
 */
export function answerHalfClosed(
  server: Server,
  opened: 'connection' | 'secureConnection',
  giveUpMs = giveUpMsDefault,
): void {
  // An option of Node without documentation; without it an answer that is not there yet is lost.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on(opened, (socket: Socket) => {
    socket.once('end', () => {
      let { bytesWritten: before } = socket;
      const look = setInterval(() => {
        const { bytesWritten, writableLength } = socket;
        if (bytesWritten === before && writableLength === 0) socket.destroy();
        before = bytesWritten;
      }, giveUpMs).unref();
      socket.once('close', () => clearInterval(look));
    });
  });
}
