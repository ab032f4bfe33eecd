import { type IncomingMessage, ServerResponse } from 'node:http';

/** Node encodes a text below 16 KiB on its stack; the head is part of it. */
const bytesMax = 12 * 1024;

/**
 * A response whose short body leaves in one write with its head. Node joins a head, which is text, with a body that is
 * text too, and still adds an empty chunk for the end; of bytes, and of several chunks, it makes a list for `writev`,
 * which costs a fifth of a whole request. Latin-1 has a letter for each byte. A body that was written before the end
 * needs no such chunk.
 */
export class OneWriteResponse<
  Request extends IncomingMessage = IncomingMessage,
> extends ServerResponse<Request> {
  override end(chunk?: unknown, encoding?: unknown, callback?: unknown): this {
    // The overloads of Node allow what its single implementation takes.
    const end = super.end as (...given: readonly unknown[]) => this;
    if (!Buffer.isBuffer(chunk) || chunk.length > bytesMax) return end.call(this, chunk, encoding, callback);
    const finished = typeof encoding === 'function' ? encoding : callback;
    if (chunk.length === 0) return end.call(this, finished);
    const { socket } = this;
    // Without a head Node would not know the length when the body is written.
    if (socket === null || !this.headersSent) return end.call(this, chunk, finished);
    // Node leaves a socket alone that is corked already; otherwise it would hold the body until the next turn.
    socket.cork();
    this.write(chunk.toString('latin1'), 'latin1');
    socket.uncork();
    return end.call(this, finished);
  }
}
