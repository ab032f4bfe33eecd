import { X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import type { ChannelCredentials, Client, ServiceError } from '@grpc/grpc-js';
import { quote } from '@hobnob/catalog/go';
import { errorCode } from '@hobnob/gossip/files';
import { alertText, certificateFault } from '../tls/verify-certificate.ts';
import { DialError, dial } from './dial.ts';
import { asciiHost, GoAddressError, parseGoAddress } from './go-address.ts';
import { decodeHealthStatus, encodeHealthRequest, healthMethod, servingStatus } from './grpc-health.ts';
import type { GrpcCheck } from './kinds.ts';
import type { CheckResult } from './result.ts';
import { type SecureOptions, secureConnection } from './secure-connection.ts';

/** The package @grpc/grpc-js. */
export type GrpcModule = typeof import('@grpc/grpc-js');

/** What gRPC checks share. */
export interface GrpcRunnerOptions extends Pick<SecureOptions, 'tlsContext' | 'peerName' | 'wallMs'> {
  /** Loads the package with the first run. @throws when it is not installed. */
  readonly loadGrpc: () => Promise<GrpcModule>;
}

/** Names of gRPC's codes by number, as Go prints them. Source: google.golang.org/grpc/codes. */
const codeNames = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];
const unavailable = 14;

/** One call over a connection of its own, straight to the address. */
const channelOptions = {
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_retries': 0,
  'grpc.enable_channelz': 0,
  'grpc.service_config_disable_resolution': 1,
};

/**
 * Asks gRPC's health service once, over a connection of its own: passing when it serves the named service, or as a whole.
 * Never rejects for what the network does; errors are critical, with the text of Go's library as far as ours tells them apart.
 * @param signal ends the run; when it is the check's timeout, the result says so.
 * Source: Consul checks.GrpcHealthProbe.
 */
export async function runGrpc(
  check: GrpcCheck,
  options: GrpcRunnerOptions,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { target, address, service } = check;
  try {
    const { host, port } = parseGoAddress(address);
    const grpc = await options.loadGrpc();
    const secure = { ...options, skipsTlsVerification: check.skipsTlsVerification };
    const name = host === '' ? 'localhost' : asciiHost(host);
    const credentials = check.usesTls
      ? tlsCredentials(grpc, name, secure)
      : grpc.credentials.createInsecure();
    const connections = holdConnections(credentials);
    // TLS names no addresses; the certificate is verified for the address all the same.
    const peerName = options.peerName?.() ?? (isIP(name) === 0 ? undefined : 'localhost');
    const sentName = peerName === undefined ? {} : { 'grpc.ssl_target_name_override': peerName };
    const client = new grpc.Client(channelTarget(name, port), credentials, {
      ...channelOptions,
      ...sentName,
    });
    try {
      const status = await askHealth(client, service, signal);
      if (status === servingStatus) {
        return { status: 'passing', output: `gRPC check ${target}: success` };
      }
      return critical("gRPC application didn't report service healthy");
    } finally {
      client.close();
      connections.destroy();
    }
  } catch (error) {
    return critical(await faultText(error, check, options, signal));
  }
}

function critical(output: string): CheckResult {
  return { status: 'critical', output };
}

/** No name is a path of a unix socket here, and no address needs a resolver. */
function channelTarget(name: string, port: number): string {
  return name.includes(':') ? `ipv6:[${name}]:${port}` : `dns:${name}:${port}`;
}

function tlsCredentials(grpc: GrpcModule, host: string, options: SecureOptions): ChannelCredentials {
  return grpc.credentials.createFromSecureContext(options.tlsContext(), {
    rejectUnauthorized: !options.skipsTlsVerification,
    checkServerIdentity: (_sentName, { raw }) => {
      const peer = { certificate: new X509Certificate(raw), chainError: undefined };
      const fault = certificateFault(peer, options.peerName?.() ?? host, options.wallMs());
      return fault === undefined ? undefined : new Error(fault);
    },
  });
}

/**
 * Holds every connection that the library makes with these credentials. A client that is closed lets a connection wait for its
 * server, for ever when that ends neither its handshake nor the connection.
 */
function holdConnections(credentials: ChannelCredentials): { destroy(): void } {
  const sockets = new Set<Socket>();
  let isOver = false;
  const create = credentials._createSecureConnector.bind(credentials);
  credentials._createSecureConnector = (...given) => {
    const connector = create(...given);
    const connect = connector.connect.bind(connector);
    connector.connect = (socket) => {
      if (isOver) socket.destroy();
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      return connect(socket);
    };
    return connector;
  };
  return {
    destroy: () => {
      isOver = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** @throws ServiceError of the library. */
function askHealth(client: Client, service: string, signal: AbortSignal): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = client.makeUnaryRequest(
      healthMethod,
      encodeHealthRequest,
      decodeHealthStatus,
      service,
      (error: ServiceError | null, status?: number) => {
        signal.removeEventListener('abort', cancel);
        if (error === null) resolve(status);
        else reject(error);
      },
    );
    const cancel = (): void => call.cancel();
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
  });
}

async function faultText(
  error: unknown,
  check: GrpcCheck,
  options: GrpcRunnerOptions,
  signal: AbortSignal,
): Promise<string> {
  if (error instanceof GoAddressError) return dialingText(`dial tcp: ${error.message}`);
  if (!(error instanceof Error)) return String(error);
  if (!('code' in error && typeof error.code === 'number')) return error.message;
  const { code } = error;
  const details = 'details' in error ? String(error.details) : error.message;
  const connection =
    code === unavailable && !signal.aborted ? await connectionFault(check, options, signal) : undefined;
  // The check of the connection may have taken the rest of the time.
  if (signal.aborted) return rpcText('DeadlineExceeded', 'context deadline exceeded');
  if (connection !== undefined) return connection;
  // The library's own text has the time in it, so it would be another one with every run.
  if (code === unavailable && details.startsWith('No connection established')) {
    return rpcText('Unavailable', 'connection closed');
  }
  return rpcText(codeNames[code] ?? `Code(${code})`, details);
}

/**
 * Why no connection is made, which the library tells in words of its own: it is tried again. Undefined when it is made.
 */
async function connectionFault(
  { address, usesTls, skipsTlsVerification }: GrpcCheck,
  options: GrpcRunnerOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const tcp = await dial(address, signal);
    try {
      const { host } = parseGoAddress(address);
      if (usesTls) await secureConnection(tcp, asciiHost(host), { ...options, skipsTlsVerification });
      return undefined;
    } finally {
      tcp.destroy();
    }
  } catch (error) {
    if (error instanceof DialError) return dialingText(error.message);
    return connectionText(`transport: authentication handshake failed: ${handshakeText(error)}`);
  }
}

/** An error of Node's TLS in Go's words. */
function handshakeText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = errorCode(error);
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'tls: first record does not look like a TLS handshake';
  if (code === 'ECONNRESET' && !('syscall' in error)) return 'EOF';
  return alertText(error.message) ?? error.message;
}

function dialingText(why: string): string {
  return connectionText(`transport: Error while dialing ${why}`);
}

function connectionText(why: string): string {
  return rpcText('Unavailable', `connection error: desc = ${quote(why)}`);
}

function rpcText(code: string, description: string): string {
  return `rpc error: code = ${code} desc = ${description}`;
}
