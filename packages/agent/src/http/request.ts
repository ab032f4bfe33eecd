import { Readable } from 'node:stream';
import { InputError } from '@hobnob/catalog/go';
import { type Infer, type RecordShape, readJson } from '@hobnob/catalog/records';
import type { FastifyRequest } from 'fastify';
import type { Turns } from '../async/turns.ts';
import { HttpError } from './error-reply.ts';

/** The first value of a query parameter; '' when it has none, undefined when it is absent. */
export function queryValue(request: FastifyRequest, name: string): string | undefined {
  const query = request.query as Readonly<Record<string, string | readonly string[] | undefined>>;
  if (!Object.hasOwn(query, name)) return undefined;
  const value = query[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** All values of a query parameter; none when it is absent. */
export function queryValues(request: FastifyRequest, name: string): readonly string[] {
  const query = request.query as Readonly<Record<string, string | readonly string[] | undefined>>;
  const value = Object.hasOwn(query, name) ? query[name] : undefined;
  return typeof value === 'string' ? [value] : (value ?? []);
}

/** What follows the endpoint's name, with its percent signs decoded. */
export function restOfPath(request: FastifyRequest): string {
  const { '*': rest } = request.params as { readonly '*': string };
  return rest;
}

/** Far above what a user event or a key may have. */
const bodyBytesMaxDefault = 512 * 1024;

/**
 * Reads the whole body; no bytes when there is none. To be called once in a request.
 * @throws HttpError HTTP_BODY_TOO_LARGE, HTTP_BAD_REQUEST when the client does not send all of it.
 */
export async function readBody(
  request: FastifyRequest,
  bytesMax: number = bodyBytesMaxDefault,
): Promise<Uint8Array> {
  const { body } = request;
  if (!(body instanceof Readable)) return new Uint8Array(0);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    body.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) chunks.push(chunk);
      // The rest is read and dropped: a client that still sends would not see the answer.
      else reject(new HttpError('HTTP_BODY_TOO_LARGE', 'Request body is too large'));
    });
    body.once('end', () => resolve(Buffer.concat(chunks)));
    body.once('error', () => reject(new HttpError('HTTP_BAD_REQUEST', 'The body ended too early')));
  });
}

/** How a body of one record is read. */
export interface RecordBodyRules<Base> {
  readonly bytesMax?: number;
  /** The beginning of a refusal; the reason follows. */
  readonly refusal?: string;
  /** What is absent is as here; default zero. */
  readonly base?: Base;
  /** Between the reading of a large body and what it asks for others run. */
  readonly turns?: Turns;
}

/** Reading more takes milliseconds, and so does what follows. */
const largeBodyBytes = 32 * 1024;

/** Lets others run after a large body. */
export async function pauseAfter(body: Uint8Array, turns: Turns): Promise<void> {
  if (body.length > largeBodyBytes) await turns.next();
}

/**
 * The record that a JSON body holds, read as Go's decoder does.
 * @throws HttpError HTTP_BAD_REQUEST with Consul's text, and what `readBody` throws.
 */
export async function readRecord<S extends RecordShape>(
  request: FastifyRequest,
  shape: S,
  { bytesMax, refusal = 'Request decode failed', base, turns }: RecordBodyRules<Infer<S>> = {},
): Promise<Infer<S>> {
  const bytes = await readBody(request, bytesMax);
  try {
    const value = readJson(shape, bytes, base);
    if (turns !== undefined) await pauseAfter(bytes, turns);
    return value;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new HttpError('HTTP_BAD_REQUEST', `${refusal}: ${error.message}`);
  }
}
