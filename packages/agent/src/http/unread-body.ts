import type { IncomingMessage, ServerResponse } from 'node:http';

/** So much of a body that no route read is read after the answer, to keep the connection; Go's limit, too. */
const unreadBytesMax = 256 * 1024;
/**
 * A client that still sends gets this long to read its answer before the connection is reset: a reset would drop what
 * it has not read. Source: Go net/http server.go rstAvoidanceDelay.
 */
const lingerMs = 500;

/**
 * Bounds what a client may go on sending after its answer: beyond 256 KiB nothing is read, and the connection is closed
 * half a second after the answer, which says so where the body was announced as that long. Call it before the answer
 * begins: Node then discards what comes without a trace. The body of a request that its route destroyed is not read on.
 * Source of the limit: Go net/http server.go maxPostHandlerReadBytes.
 */
export function boundUnreadBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) return;
  // A pipeline that failed takes the socket from the request that it read, but not from the response.
  const { socket } = response;
  if (socket === null) return;
  const linger = (): void => {
    socket.pause();
    socket.end();
    setTimeout(() => socket.destroy(), lingerMs).unref();
  };
  if (request.destroyed || Number(request.headers['content-length'] ?? 0) > unreadBytesMax) {
    response.shouldKeepAlive = false;
    // Node would reset the connection, and the client could lose the answer.
    socket.destroySoon = linger;
  }
  let bytes = 0;
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes <= unreadBytesMax) return;
    request.off('data', onData);
    request.pause();
    if (response.writableFinished || response.destroyed) linger();
    else response.once('close', linger);
  };
  request.on('data', onData);
}
