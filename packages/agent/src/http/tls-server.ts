import type { IncomingMessage, RequestListener, ServerOptions } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { errorCode } from '@hobnob/gossip/files';
import type { AgentLogger } from '../ports.ts';
import type { AgentTls } from '../tls/agent-tls.ts';
import type { LoadedTls } from '../tls/load-tls.ts';
import type { GoResponse } from './go-response.ts';

export interface TlsSettings {
  readonly tls: AgentTls;
  /** How long a handshake may take, and then the head of the first request. */
  readonly handshakeTimeoutMs: number;
  readonly log: AgentLogger;
}

export interface TlsServer {
  readonly server: Server<typeof IncomingMessage, typeof GoResponse>;
  /** Ends every connection, also those whose handshake has not ended, of which Node's server knows nothing. */
  destroyConnections(): void;
}

/** What Go's server says to a client that speaks no TLS. Source: Go net/http. */
const noTls = 'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n';

/**
 * A server of HTTPS whose certificate and demands follow a reload: connections that are open stay, and later ones get what is
 * new. A failed handshake is logged for debugging only, because any client can cause one.
 */
export function createTlsServer(
  options: ServerOptions<typeof IncomingMessage, typeof GoResponse>,
  { tls, handshakeTimeoutMs, log }: TlsSettings,
  answer: RequestListener,
): TlsServer {
  const { context, wantsClientCertificates } = tls.loaded;
  const server = createServer(
    {
      ...options,
      ...context,
      // A client may end its half after its request, as without TLS.
      allowHalfOpen: true,
      handshakeTimeout: handshakeTimeoutMs,
      requestCert: wantsClientCertificates,
      rejectUnauthorized: wantsClientCertificates,
    },
    answer,
  );
  const open = new Map<string, Socket>();
  server.prependListener('connection', (socket: Socket) => {
    // One beyond the limit of its address is reset already.
    if (socket.destroyed) return;
    const peer = peerOf(socket);
    open.set(peer, socket);
    socket.once('close', () => open.delete(peer));
  });
  // A listener for the first data would take all of it away from the parser of HTTP, which reads the connection itself.
  const unused = new WeakMap<Socket, NodeJS.Timeout>();
  server.prependListener('request', ({ socket }: IncomingMessage) => {
    clearTimeout(unused.get(socket));
    unused.delete(socket);
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    const giveUp = setTimeout(() => socket.destroy(), handshakeTimeoutMs);
    unused.set(socket, giveUp);
    socket.once('close', () => clearTimeout(giveUp));
  });
  server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    if (errorCode(error) === 'ERR_SSL_HTTP_REQUEST') open.get(peerOf(socket))?.write(noTls);
    log.debug({ error: { code: errorCode(error) } }, 'A TLS handshake failed');
  });
  server.once('close', tls.follow(useFrom(server)));
  return {
    server,
    destroyConnections: () => {
      for (const socket of open.values()) socket.destroy();
    },
  };
}

/** A new context forgets the sessions of the old one, so nobody resumes one that was made under other demands. */
function useFrom(server: TlsServer['server']): (loaded: LoadedTls) => void {
  return ({ context, wantsClientCertificates }) => {
    server.setSecureContext(context);
    // Node reads both for every new connection, and has no method that sets them.
    Object.assign(server, {
      requestCert: wantsClientCertificates,
      rejectUnauthorized: wantsClientCertificates,
    });
  };
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
