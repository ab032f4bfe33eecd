import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import type { SecureContext } from 'node:tls';
import { createGunzip } from 'node:zlib';
import { quote } from '@hobnob/catalog/go';
import type { HttpCheck } from './definition.ts';
import { DialError } from './dial.ts';
import { type GoUrl, GoUrlError, parseGoUrl, printGoUrl, resolveGoUrl } from './go-url.ts';
import {
  acceptsGzip,
  fieldsForRedirect,
  firstValue,
  type HopRequest,
  headerFault,
  isMethod,
  requestFields,
} from './http-headers.ts';
import { HopError, type HopOptions, type HopResponse, sendHop } from './http-hop.ts';
import { TailBuffer } from './output.ts';
import type { CheckResult, CheckStatus } from './result.ts';

/** What HTTP checks share. */
export interface HttpRunnerOptions {
  /** The TLS context of all https checks. */
  readonly tlsContext: () => SecureContext;
  /** Milliseconds since 1970, for the validity of certificates. */
  readonly wallMs: () => number;
}

/** Source: Go http.defaultCheckRedirect. */
const redirectsMax = 10;

/**
 * How much of a body is read, unpacked. Consul reads until the timeout, however much comes; what is beyond this cannot
 * change the state, only which bytes are the last ones.
 */
const bodyBytesMax = 16 << 20;

/**
 * Runs an HTTP check once. Never rejects for what the network does: errors are critical, with the text that Go's client
 * gives. A body that breaks off or does not end in time does not change the state.
 * @param signal ends the run; when it is the check's timeout, the result says so.
 * Source: consensus-and-rpc.md 7.5; Consul checks.CheckHTTP.
 */
export async function runHttp(
  check: HttpCheck,
  options: HttpRunnerOptions,
  signal: AbortSignal,
): Promise<CheckResult> {
  try {
    const hopOptions = {
      signal,
      tlsContext: options.tlsContext,
      skipsTlsVerification: check.skipsTlsVerification,
      wallMs: options.wallMs,
    };
    const { response, request } = await follow(firstRequest(check), check.method, hopOptions);
    try {
      const body = await readBody(response.message, request, check.outputBytesMax, signal);
      const status = statusLine(response.message);
      const output = `HTTP ${check.method} ${check.url}: ${status} Output: ${body}`;
      return { status: statusOf(response.message.statusCode), output };
    } finally {
      response.close();
    }
  } catch (error) {
    return { status: 'critical', output: error instanceof Error ? error.message : String(error) };
  }
}

function statusOf(code = 0): CheckStatus {
  if (code >= 200 && code <= 299) return 'passing';
  return code === 429 ? 'warning' : 'critical';
}

/** `200 OK`, or the number alone when the server gave no reason. */
function statusLine({ statusCode, statusMessage }: IncomingMessage): string {
  return statusMessage ? `${statusCode} ${statusMessage}` : String(statusCode);
}

/** An error of the client as a whole: `Get "http://...": ...`. */
class RequestError extends Error {}

function requestError(method: string, url: string, text: string, cause?: unknown): RequestError {
  const operation = method.slice(0, 1) + method.slice(1).toLowerCase();
  return new RequestError(`${operation} ${quote(url)}: ${text}`, { cause });
}

/** @throws GoUrlError, RequestError for a definition that makes no request. */
function firstRequest(check: HttpCheck): HopRequest {
  if (!isMethod(check.method)) {
    throw new RequestError(`net/http: invalid method ${quote(check.method)}`);
  }
  const url = parseGoUrl(check.url);
  const fields = requestFields(check.headers);
  return {
    method: check.method,
    url: { ...url, host: url.host.replace(/:$/, '') },
    host: firstValue(fields, 'Host'),
    fields,
    body: Buffer.from(check.body),
  };
}

interface Followed {
  readonly response: HopResponse;
  /** The request that the response answers. */
  readonly request: HopRequest;
}

/** Sends a request and follows redirects as Go 1.15's client does. */
async function follow(first: HopRequest, method: string, options: HopOptions): Promise<Followed> {
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

async function send(request: HopRequest, method: string, options: HopOptions): Promise<HopResponse> {
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
    const late = options.signal.aborted ? ' (Client.Timeout exceeded while awaiting headers)' : '';
    throw requestError(method, shown, `${error.message}${late}`, error);
  }
}

/** The end of a body; what was read so far when it breaks off, is too long or the time is over. */
function readBody(
  message: IncomingMessage,
  request: HopRequest,
  bytesMax: number,
  signal: AbortSignal,
): Promise<string> {
  const tail = new TailBuffer(bytesMax);
  const isPacked = acceptsGzip(request) && message.headers['content-encoding']?.toLowerCase() === 'gzip';
  return new Promise((resolve) => {
    const end = (): void => {
      signal.removeEventListener('abort', end);
      resolve(tail.text());
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
