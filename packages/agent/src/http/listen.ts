import { chmod, rm, stat } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { errorCode, hasCode, messageOf } from '@hobnob/gossip/files';
import { AgentError } from '../errors.ts';
import type { HttpConfig, HttpListener } from '../options.ts';
import { limitConnections } from './connection-limit.ts';
import { answerHalfClosed, inOrder } from './connections.ts';
import { GoResponse } from './go-response.ts';
import { originForm } from './origin-form.ts';

/** How long answers in progress may take once the listener closes. */
const drainMs = 1_000;
/** Longer than any client keeps an idle connection by default, so that clients close first. */
const keepAliveTimeoutMs = 72_000;
/** Target and headers of a request. A filter may be long; Go's 1 MiB would hold the event loop. */
const headBytesMax = 128 * 1024;

/** An open listener of the API. */
export interface HttpEndpoint {
  /** `http://127.0.0.1:8500` or `unix:///path`. */
  readonly url: string;
  /** As logs name it: `127.0.0.1:8500` or the path. */
  readonly address: string;
  readonly network: 'tcp' | 'unix';
  /** Refuses new connections, lets answers in progress finish for a second, then drops what is left. */
  close(): Promise<void>;
}

export interface ListenOptions extends Pick<HttpConfig, 'socketMode'> {
  /** As it is now: a reload may change it. */
  readonly connectionsPerClientMax: () => number;
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
  const server = createServer(
    {
      keepAliveTimeout: keepAliveTimeoutMs,
      maxHeaderSize: headBytesMax,
      requestTimeout: 0,
      ServerResponse: GoResponse,
    },
    inOrder((request, response) => {
      request.url = originForm(request.url ?? '/');
      answer(request, response);
    }),
  );
  answerHalfClosed(server);
  limitConnections(server, config.connectionsPerClientMax);
  // A client may send many requests at once, and each that waits listens for the end of its connection.
  server.on('connection', (socket: Socket) => void socket.setMaxListeners(0));
  const where = listener.kind === 'unix' ? listener.path : formatHost(listener.host, listener.port);
  try {
    if (listener.kind === 'unix') await removeAbandonedSocket(listener.path);
    await startListening(server, listener);
    if (listener.kind === 'unix' && config.socketMode !== 0) await chmod(listener.path, config.socketMode);
  } catch (cause) {
    await stopServer(server);
    throw bindError(where, cause);
  }
  const close = (): Promise<void> => stopServer(server);
  if (listener.kind === 'unix')
    return { url: `unix://${listener.path}`, address: listener.path, network: 'unix', close };
  // A TCP server that listens has an AddressInfo.
  const address = formatHost(listener.host, (server.address() as AddressInfo).port);
  return { url: `http://${address}`, address, network: 'tcp', close };
}

function startListening(server: Server, listener: HttpListener): Promise<void> {
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
async function stopServer(server: Server): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), drainMs);
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

function bindError(where: string, cause: unknown): AgentError {
  const reason = reasons[errorCode(cause)] ?? messageOf(cause);
  return new AgentError('AGENT_BIND', `cannot listen for HTTP on ${where}: ${reason}`, { cause });
}

function formatHost(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
