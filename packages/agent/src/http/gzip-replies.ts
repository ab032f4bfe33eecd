import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acceptsGzip } from '../answers/accepts-gzip.ts';
import { gzip, gzipOptions } from '../answers/gzip.ts';

/** Whether the client asks for gzip; the first of several headers counts, as in Go. */
export function wantsGzip({ raw: { rawHeaders } }: FastifyRequest): boolean {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 15 && name.toLowerCase() === 'accept-encoding')
      return acceptsGzip(rawHeaders[at + 1] ?? '');
  }
  return false;
}

/**
 * Encodes the answers of endpoints for who asks, errors and the smallest ones too, as Consul does; what is not an
 * endpoint (an unknown path, a redirect) has no Vary header and stays as it is. To be called before other hooks that
 * want the bytes as they are sent.
 */
export function addGzip(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (!isEncodable(reply, payload) || !wantsGzip(request)) return done();
    reply.header('Content-Encoding', 'gzip');
    if (payload instanceof Readable) {
      // An error of the source destroys what fastify reads.
      return done(
        null,
        pipeline(payload, createGzip(gzipOptions), () => undefined),
      );
    }
    const encoded = gzip(Buffer.from(payload));
    if (encoded instanceof Promise) encoded.then((bytes) => done(null, bytes), done);
    else done(null, encoded);
  });
}

type Payload = string | Buffer | Readable;

function isEncodable(reply: FastifyReply, payload: unknown): payload is Payload {
  if (!reply.hasHeader('Vary') || reply.hasHeader('Content-Encoding')) return false;
  if (payload instanceof Readable) return true;
  return (typeof payload === 'string' || Buffer.isBuffer(payload)) && payload.length > 0;
}
