import { chmod, rm, stat } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { errorCode, hasCode, messageOf } from '@hobnob/gossip/files';
import { AgentError } from '../errors.ts';
import type { HttpConfig, HttpListener } from '../options.ts';
import type { ConnectionLimit } from './connection-limit.ts';
import { answerHalfClosed, inOrder } from './connections.ts';
import { GoResponse } from './go-response.ts';
import { originForm } from './origin-form.ts';
import { createTlsServer, type TlsSettings } from './tls-server.ts';

/** How long answers in progress may take once the listener closes. */
const drainMs = 1_000;
/** Longer than any client keeps an idle connection by default, so that clients close first. */
const keepAliveTimeoutMs = 72_000;
/** Target and headers of a request. A filter may be long; Go's 1 MiB would hold the event loop. */
const headBytesMax = 128 * 1024;

/** An open listener of the API. */
export interface HttpEndpoint {
  /** `http://127.0.0.1:8500`, `https://127.0.0.1:8501` or `unix:///path`. */
  readonly url: string;
  /** As logs name it: `127.0.0.1:8500` or the path. */
  readonly address: string;
  readonly network: 'tcp' | 'unix';
  /** Refuses new connections, lets answers in progress finish for a second, then drops what is left. */
  close(): Promise<void>;
}

export interface ListenOptions extends Pick<HttpConfig, 'socketMode'> {
  readonly limit: ConnectionLimit;
  /** Required for a TCP listener of the HTTPS API. */
  readonly tls?: TlsSettings;
}

/**
 * Listens on one address and gives requests to `answer`, which must be ready.
 * @throws AgentError AGENT_BIND that names the address; a socket file whose owner is gone is replaced.
 */
export async function listen(
  answer: RequestListener,
  listener: HttpListener,
  config: ListenOptions,
): Promise<HttpEndpoint> {
  const { server, destroyConnections } = serverFor(answer, listener, config);
  config.limit.count(server);
  const where = listener.kind === 'unix' ? listener.path : formatHost(listener.host, listener.port);
  try {
    if (listener.kind === 'unix') await removeAbandonedSocket(listener.path);
    await startListening(server, listener);
    if (listener.kind === 'unix' && config.socketMode !== 0) await chmod(listener.path, config.socketMode);
  } catch (cause) {
    await stopServer(server, destroyConnections);
    throw bindError(listener, where, cause);
  }
  const close = (): Promise<void> => stopServer(server, destroyConnections);
  if (listener.kind === 'unix')
    return { url: `unix://${listener.path}`, address: listener.path, network: 'unix', close };
  // A TCP server that listens has an AddressInfo.
  const address = formatHost(listener.host, (server.address() as AddressInfo).port);
  return { url: `${listener.protocol}://${address}`, address, network: 'tcp', close };
}

/** What servers of HTTP and HTTPS have in common. */
type ApiServer = Server & { closeIdleConnections(): void };

interface OwnServer {
  readonly server: ApiServer;
  /** Ends every connection, whatever it does. */
  readonly destroyConnections: () => void;
}

function serverFor(answer: RequestListener, listener: HttpListener, { tls }: ListenOptions): OwnServer {
  const settings = {
    keepAliveTimeout: keepAliveTimeoutMs,
    maxHeaderSize: headBytesMax,
    requestTimeout: 0,
    ServerResponse: GoResponse,
  } as const;
  const ordered = inOrder((request, response) => {
    request.url = originForm(request.url ?? '/');
    answer(request, response);
  });
  if (listener.kind === 'tcp' && listener.protocol === 'https') {
    if (tls === undefined) throw new Error('a listener of HTTPS needs settings for TLS');
    const own = createTlsServer(settings, tls, ordered);
    answerHalfClosed(own.server, 'secureConnection');
    own.server.on('secureConnection', manyRequests);
    return own;
  }
  const server = createServer(settings, ordered);
  answerHalfClosed(server, 'connection');
  server.on('connection', manyRequests);
  return { server, destroyConnections: () => server.closeAllConnections() };
}

/** A client may send many requests at once, and each that waits listens for the end of its connection. */
function manyRequests(socket: Socket): void {
  socket.setMaxListeners(0);
}

function startListening(server: ApiServer, listener: HttpListener): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(
      listener.kind === 'unix' ? { path: listener.path } : { host: listener.host, port: listener.port },
      () => {
        server.off('error', reject);
        resolve();
      },
    );
  });
}

/** Node removes a unix socket's file itself when its server closes. */
async function stopServer(server: ApiServer, destroyConnections: () => void): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    const force = setTimeout(destroyConnections, drainMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** After a crash the file is still there and no process answers on it. A socket that answers is left alone. */
async function removeAbandonedSocket(path: string): Promise<void> {
  const info = await stat(path).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (info === undefined) return;
  if (!info.isSocket()) throw new Error('the file exists and is not a socket');
  const isAnswered = await new Promise<boolean>((resolve) => {
    const probe = connect({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
  if (isAnswered) throw new Error('another process listens there');
  await rm(path, { force: true });
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is already in use: stop the process that has it, or choose another port',
  EADDRNOTAVAIL: 'this machine does not have that address: choose one of its own',
  EACCES: 'permission denied: choose a port above 1023 or another path',
};

function bindError({ protocol }: HttpListener, where: string, cause: unknown): AgentError {
  const reason = reasons[errorCode(cause)] ?? messageOf(cause);
  return new AgentError('AGENT_BIND', `cannot listen for ${protocol.toUpperCase()} on ${where}: ${reason}`, {
    cause,
  });
}

function formatHost(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
