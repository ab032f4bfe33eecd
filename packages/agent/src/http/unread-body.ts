import type { IncomingMessage } from 'node:http';

/** So much of a body that no route read is read after the answer, to keep the connection; Go's limit, too. */
const unreadBytesMax = 256 * 1024;

/**
 * Bounds what a client may go on sending after its answer: beyond 256 KiB the connection is closed. Call it before the
 * answer ends: Node then discards what comes without a trace. Source of the limit: Go net/http server.go maxPostHandlerReadBytes.
 */
export function boundUnreadBody(request: IncomingMessage): void {
  if (request.complete) return;
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > unreadBytesMax) request.socket.destroy();
  });
}
