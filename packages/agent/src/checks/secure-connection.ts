import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import { certificateFault } from '../tls/verify-certificate.ts';

/** Why a peer is not trusted; the message is Go's. */
export class TlsFault extends Error {
  override readonly name = 'TlsFault';
}

/** How connections are made secure. */
export interface SecureOptions {
  readonly skipsTlsVerification: boolean;
  /** Called for the first TLS connection. */
  readonly tlsContext: () => SecureContext;
  /** The name that the peer's certificate must have. Default: the host that is asked. */
  readonly peerName?: (() => string | undefined) | undefined;
  /** Milliseconds since 1970, for the validity of certificates. */
  readonly wallMs: () => number;
}

/**
 * Makes a TLS connection of a TCP connection, and verifies the peer in Go's order.
 * @param host a name or an IP address without brackets.
 * @throws TlsFault with Go's text, or the error of Node's TLS.
 */
export async function secureConnection(
  tcp: Socket,
  host: string,
  options: SecureOptions,
): Promise<TLSSocket> {
  const name = options.peerName?.() ?? host;
  const socket = connectTls({
    socket: tcp,
    ...(isIP(name) === 0 ? { servername: name.replace(/\.$/, '') } : {}),
    secureContext: options.tlsContext(),
    // The peer is verified below, where the text of a refusal can be Go's.
    rejectUnauthorized: false,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new TlsFault('EOF')));
  });
  // Errors from here on reach the request that uses the socket.
  socket.on('error', () => undefined);
  if (options.skipsTlsVerification) return socket;
  const certificate = socket.getPeerX509Certificate();
  const chainError = socket.authorized ? undefined : String(socket.authorizationError);
  const fault =
    certificate === undefined
      ? 'tls: received empty certificates message'
      : certificateFault({ certificate, chainError }, name, options.wallMs());
  if (fault !== undefined) throw new TlsFault(fault);
  return socket;
}
