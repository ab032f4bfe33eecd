import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { quote } from '@hobnob/catalog/go';
import { DialError } from './dial.ts';
import { type GoUrl, GoUrlError, printGoUrl, resolveGoUrl } from './go-url.ts';
import { acceptsGzip, fieldsForRedirect, type HopRequest, headerFault } from './http-headers.ts';
import { HopError, type HopOptions, type HopResponse, sendHop } from './http-hop.ts';
import type { TailBuffer } from './output.ts';

/** One exchange as Go's HTTP client makes it, with its redirects: for checks, and for watches that tell over HTTP. */

/** How an exchange is made. */
export interface ExchangeOptions extends HopOptions {
  /** What Go's text for a time that is over has at its end. */
  readonly lateText: string;
}

/** Source: Go http.defaultCheckRedirect. */
const redirectsMax = 10;

/**
 * How much of a body is read, unpacked. Consul reads until the timeout, however much comes; what is beyond this cannot
 * change the state, only which bytes are the last ones.
 */
const bodyBytesMax = 16 << 20;

/** `200 OK`, or the number alone when the server gave no reason. */
export function statusLine({ statusCode, statusMessage }: IncomingMessage): string {
  return statusMessage ? `${statusCode} ${statusMessage}` : String(statusCode);
}

/** An error of the client as a whole: `Get "http://...": ...`. */
export class RequestError extends Error {}

function requestError(method: string, url: string, text: string, cause?: unknown): RequestError {
  const operation = method.slice(0, 1) + method.slice(1).toLowerCase();
  return new RequestError(`${operation} ${quote(url)}: ${text}`, { cause });
}

/** The end of a chain of redirects. */
export interface Followed {
  readonly response: HopResponse;
  /** The request that the response answers. */
  readonly request: HopRequest;
}

/**
 * Sends a request and follows redirects as Go 1.15's client does.
 * @throws RequestError with Go's text, also when the signal aborts.
 */
export async function follow(first: HopRequest, method: string, options: ExchangeOptions): Promise<Followed> {
  let request = first;
  for (let hops = 1; ; hops += 1) {
    const response = await send(request, method, options);
    const code = response.message.statusCode ?? 0;
    const location = response.message.headers.location ?? '';
    const keepsBody = code === 307 || code === 308;
    const redirects = (code >= 301 && code <= 303) || (keepsBody && location !== '');
    if (!redirects) return { response, request };
    response.close();
    const shown = printGoUrl(request.url, 'masked');
    if (location === '') throw requestError(method, shown, `${code} response missing Location header`);
    const url = resolveLocation(request.url, latin1AsUtf8(location), method);
    if (hops >= redirectsMax) {
      throw requestError(method, location, `stopped after ${redirectsMax} redirects`);
    }
    request = redirected(first, request, url, keepsBody, location);
  }
}

/** Node reads header fields as latin1; their bytes are UTF-8 to Go. */
function latin1AsUtf8(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

function resolveLocation(base: GoUrl, location: string, method: string): GoUrl {
  try {
    return resolveGoUrl(base, location);
  } catch (error) {
    if (!(error instanceof GoUrlError)) throw error;
    const text = `failed to parse Location header ${quote(location)}: ${error.message}`;
    throw requestError(method, printGoUrl(base, 'masked'), text, error);
  }
}

function redirected(
  first: HopRequest,
  last: HopRequest,
  url: GoUrl,
  keepsBody: boolean,
  location: string,
): HopRequest {
  const isDowngrade = last.url.scheme === 'https' && url.scheme === 'http';
  const referer = isDowngrade ? '' : printGoUrl(last.url, 'none');
  const isSafe = last.method === 'GET' || last.method === 'HEAD';
  // A relative location is on the same virtual host.
  const isRelative = !/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(location);
  return {
    method: keepsBody || isSafe ? last.method : 'GET',
    url,
    host: isRelative ? last.host : '',
    fields: fieldsForRedirect(first.fields, first.url, url, referer),
    body: keepsBody ? last.body : Buffer.alloc(0),
  };
}

async function send(request: HopRequest, method: string, options: ExchangeOptions): Promise<HopResponse> {
  const { url, fields } = request;
  const shown = printGoUrl(url, 'masked');
  const fault = headerFault(fields);
  if (fault !== undefined) throw requestError(method, shown, fault);
  if (url.scheme !== 'http' && url.scheme !== 'https') {
    throw requestError(method, shown, `unsupported protocol scheme ${quote(url.scheme)}`);
  }
  if (url.host === '') throw requestError(method, shown, 'http: no Host in request URL');
  try {
    return await sendHop(request, options);
  } catch (error) {
    if (!(error instanceof HopError || error instanceof DialError)) throw error;
    const late = options.signal.aborted ? options.lateText : '';
    throw requestError(method, shown, `${error.message}${late}`, error);
  }
}

/** Reads the end of a body: what was read so far when it breaks off, is too long or the time is over. */
export function readBody(
  { response: { message }, request }: Followed,
  tail: TailBuffer,
  signal: AbortSignal,
): Promise<void> {
  const isPacked = acceptsGzip(request) && message.headers['content-encoding']?.toLowerCase() === 'gzip';
  return new Promise((resolve) => {
    const end = (): void => {
      signal.removeEventListener('abort', end);
      resolve();
    };
    // The pipeline's end is the end of the body, whatever ended it: Consul only logs why.
    const body = isPacked ? pipeline(message, createGunzip(), end) : message;
    body.on('data', (chunk: Buffer) => {
      tail.write(chunk);
      if (tail.totalBytes >= bodyBytesMax) end();
    });
    body.once('end', end);
    body.on('error', end);
    body.once('close', end);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
