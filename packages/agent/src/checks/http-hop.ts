import { type ClientRequest, type IncomingMessage, request as sendRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { quote } from '@hobnob/catalog/go';
import { errorCode } from '@hobnob/gossip/files';
import { alertText } from '../tls/verify-certificate.ts';
import { dial } from './dial.ts';
import { asciiHost, printGoAddress, systemText } from './go-address.ts';
import { requestTarget } from './go-url.ts';
import { addressOf, type HopRequest, headerLines } from './http-headers.ts';
import { type SecureOptions, secureConnection, TlsFault } from './secure-connection.ts';

/** One request and the head of its response: a connection of its own, without redirects. */

/** What a hop needs besides its request. */
export interface HopOptions extends SecureOptions {
  readonly signal: AbortSignal;
  /** Makes the connection. @throws DialError. Default: over TCP to the host of the URL. */
  readonly connect?: () => Promise<Socket>;
}

/** The head of a response whose body is still to be read, and how its connection is closed. */
export interface HopResponse {
  readonly message: IncomingMessage;
  close(): void;
}

/** Why there is no response; the message is Go's. */
export class HopError extends Error {
  override readonly name = 'HopError';
}

/** A larger head of a response is refused. Go allows 10 MiB; no service sends as much. */
const headBytesMax = 1 << 20;
/** Of responses such as 103 Early Hints that come before the one that counts. Source: Go http.persistConn.readResponse. */
const informationalMax = 5;

/**
 * Sends one request and waits for the head of its response.
 * @throws HopError, DialError with Go's texts. An abort closes the connection; the text is then for a timeout.
 */
export async function sendHop(hop: HopRequest, options: HopOptions): Promise<HopResponse> {
  const { connect = () => dial(addressOf(hop.url), options.signal) } = options;
  const tcp = await connect();
  const names = { local: localAddress(tcp), remote: remoteAddress(tcp) };
  const onAbort = (): void => void tcp.destroy();
  options.signal.addEventListener('abort', onAbort, { once: true });
  const close = (): void => {
    options.signal.removeEventListener('abort', onAbort);
    tcp.destroy();
  };
  try {
    options.signal.throwIfAborted();
    const socket = hop.url.scheme === 'https' ? await secureConnection(tcp, hostOf(hop), options) : tcp;
    const message = await exchange(hop, socket);
    return { message, close };
  } catch (error) {
    close();
    if (options.signal.aborted) throw new HopError('context deadline exceeded', { cause: error });
    throw error instanceof HopError ? error : new HopError(faultText(error, names), { cause: error });
  }
}

/** The name or address that a certificate has to be for. */
function hostOf({ url }: HopRequest): string {
  return asciiHost(url.host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1'));
}

function exchange(hop: HopRequest, socket: Duplex): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request: ClientRequest = sendRequest({
      createConnection: () => socket,
      method: hop.method,
      path: Buffer.from(requestTarget(hop.url)).toString('latin1'),
      headers: headerLines(hop),
      setHost: false,
      maxHeaderSize: headBytesMax,
      joinDuplicateHeaders: false,
    });
    request.once('response', (message) => {
      // The connection of a redirect is closed before its body was read.
      message.on('error', () => undefined);
      resolve(message);
    });
    let informationalCount = 0;
    request.on('information', () => {
      informationalCount += 1;
      if (informationalCount <= informationalMax) return;
      // First: the response may be in the bytes that the parser has already.
      reject(new HopError(tooManyInformational));
      request.destroy();
    });
    // A switch of protocols is a response like another one: its status is no success.
    request.once('upgrade', resolve);
    request.once('connect', resolve);
    // Stays for the time after the response: a connection that breaks then must not end the process.
    request.on('error', reject);
    request.end(hop.body);
  });
}

const broken = 'net/http: HTTP/1.x transport connection broken:';
const tooManyInformational = `${broken} net/http: too many 1xx informational responses`;

interface ConnectionNames {
  readonly local: string;
  readonly remote: string;
}

function localAddress({ localAddress = '', localPort = 0 }: Socket): string {
  return printGoAddress(localAddress, localPort);
}

function remoteAddress({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return printGoAddress(remoteAddress, remotePort);
}

/** An error of Node's sockets, TLS or parser in Go's words. */
function faultText(error: unknown, names: ConnectionNames): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof TlsFault) return error.message;
  const code = errorCode(error);
  const alert = alertText(error.message);
  if (alert !== undefined) return alert;
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'http: server gave HTTP response to HTTPS client';
  if (code.startsWith('HPE_')) return parserText(error, code);
  if (code === 'ERR_UNESCAPED_CHARACTERS') return 'net/http: invalid character in request target';
  const isReset = code === 'ECONNRESET' && !('syscall' in error);
  if (isReset || code === 'ERR_STREAM_PREMATURE_CLOSE') return 'EOF';
  if (code === 'EPIPE' || ('syscall' in error && error.syscall === 'write')) {
    return `write tcp ${names.local}->${names.remote}: write: ${systemText(code)}`;
  }
  if ('syscall' in error) return `read tcp ${names.local}->${names.remote}: read: ${systemText(code)}`;
  return error.message;
}

/** What Go says to a response that is no HTTP; Node keeps the bytes that its parser refused. */
function parserText(error: Error, code: string): string {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return `net/http: server response headers exceeded ${headBytesMax} bytes; aborted`;
  }
  const raw =
    'rawPacket' in error && Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('latin1') : '';
  const [statusLine = '', ...lines] = raw.split(/\r?\n/);
  if (!/^HTTP\/\d\.\d \d{3}/.test(statusLine)) {
    return `${broken} malformed HTTP response ${quote(statusLine)}`;
  }
  const end = lines.indexOf('');
  const odd = lines.slice(0, end < 0 ? undefined : end).find((line) => !line.includes(':'));
  if (odd !== undefined) return `${broken} malformed MIME header: missing colon: ${quote(odd)}`;
  return `${broken} ${error.message}`;
}
