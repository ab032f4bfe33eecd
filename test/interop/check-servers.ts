import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import { gzipSync } from 'node:zlib';
import { type HealthServer, startHealthServer } from '../../packages/agent/test/grpc-health-server.ts';

/** Servers that answer health checks in every good and bad way, for the tests of checks. */

/** A request as a server of these received it. */
export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  /** Names and values in turn, as they came. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** The servers of one test file. */
export interface CheckServers {
  /** `host:port` of the HTTP server. */
  readonly http: string;
  /** Accepts connections and says nothing. */
  readonly silent: string;
  /** Ends each connection at once. */
  readonly ending: string;
  /** `host:port` where nothing listens. */
  readonly refused: string;
  /** `localhost:port` of an HTTPS server with a certificate of the folder `tls`. */
  tls(certificate: string, options?: ServerOptions): Promise<string>;
  /** `localhost:port` of a gRPC server, with a certificate of the folder `tls` or without TLS. */
  grpc(certificate?: string): Promise<string>;
  /** What the HTTP server received for a target. */
  seen(target: string): readonly SeenRequest[];
  close(): Promise<void>;
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** Answers that are no well-formed HTTP, written as they are. */
const rawAnswers: Readonly<Record<string, string>> = {
  '/garbage': 'garbage\r\n\r\n',
  '/reason': 'HTTP/1.1 200 Very Fine\r\nContent-Length: 2\r\n\r\nok',
  '/no-reason': 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok',
  '/299': 'HTTP/1.1 299 Odd\r\nContent-Length: 2\r\n\r\nok',
  '/600': 'HTTP/1.1 600 Odd\r\nContent-Length: 2\r\n\r\nok',
  '/short': 'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok',
  '/http10': 'HTTP/1.0 200 OK\r\n\r\nold',
  '/no-colon': 'HTTP/1.1 200 OK\r\nbad header\r\nContent-Length: 2\r\n\r\nok',
  '/bad-chunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n',
  '/long-head': `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(20_000)}\r\nContent-Length: 2\r\n\r\nok`,
  '/close': '',
};

const answers: Readonly<Record<string, Answer>> = {
  '/huge': (response) => response.end(`${'A'.repeat(3_000)}${'B'.repeat(3_000)}END`),
  '/empty': (response) => response.end(),
  '/binary': (response) =>
    response.end(Buffer.from([0, 255, 254, 65, 10, 195, 40, 0xe2, 0x82, 0xac, 0xe2, 0x82])),
  '/gzip': (response) =>
    response.setHeader('Content-Encoding', 'gzip').end(gzipSync(`zipped ${'hello '.repeat(2_000)}end`)),
  '/bad-gzip': (response) => response.setHeader('Content-Encoding', 'gzip').end('not gzip'),
  '/slow': () => undefined,
  '/slow-body': (response) => response.write('begin'),
  '/endless': (response) => {
    const timer = setInterval(() => response.write('x'.repeat(65_536)), 5);
    response.on('close', () => clearInterval(timer));
  },
  '/loop': (response) => response.writeHead(302, { location: '/loop' }).end(),
  '/reset': (_response, { socket }) => socket.resetAndDestroy(),
  '/reset-body': (response, { socket }) => {
    response.writeHead(200, { 'content-length': 20 }).write('ok');
    setTimeout(() => socket.resetAndDestroy(), 50);
  },
};

/** `/s404` answers with 404, `/s302?to=/x` with a location. */
function answerStatus(target: string, response: ServerResponse): void {
  const status = Number(/^\/s(\d{3})/.exec(target)?.[1] ?? 200);
  const location = /\?to=(.*)$/.exec(target)?.[1];
  response.statusCode = status;
  if (location !== undefined) response.setHeader('Location', decodeURIComponent(location));
  response.end(target.startsWith('/s') ? `body ${status}` : `path ${target}`);
}

/** Starts the servers on a loopback address. */
export async function startCheckServers(host: string): Promise<CheckServers> {
  const seen: SeenRequest[] = [];
  const open: (Server | TcpServer)[] = [];
  const grpcServers: HealthServer[] = [];
  const sockets = new Set<Socket>();
  const listen = async (server: Server | TcpServer, at: string): Promise<number> => {
    open.push(server);
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, at, resolve));
    return (server.address() as AddressInfo).port;
  };
  const http = createServer((request, response) => {
    const target = request.url ?? '';
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', rawHeaders } = request;
      seen.push({ method, target, headers: rawHeaders, body: Buffer.concat(chunks).toString() });
      const raw = rawAnswers[target];
      if (raw !== undefined) request.socket.end(raw);
      else (answers[target] ?? (() => answerStatus(target, response)))(response, request);
    });
  });
  const closed = createTcpServer();
  const refusedPort = await listen(closed, host);
  closed.close();
  return {
    http: `${host}:${await listen(http, host)}`,
    silent: `${host}:${await listen(createTcpServer(), host)}`,
    ending: `${host}:${await listen(
      createTcpServer((socket) => socket.end()),
      host,
    )}`,
    refused: `${host}:${refusedPort}`,
    tls: async (certificate, options = {}) => {
      const read = (part: string): string =>
        readFileSync(new URL(`tls/${certificate}.${part}.pem`, import.meta.url), 'utf8');
      const server = createTlsServer({ key: read('key'), cert: read('cert'), ...options }, (_, response) =>
        response.end('over TLS'),
      );
      server.on('tlsClientError', () => undefined);
      return `localhost:${await listen(server, '127.0.0.1')}`;
    },
    grpc: async (certificate) => {
      const server = await startHealthServer('127.0.0.1', certificate);
      grpcServers.push(server);
      return server.address.replace('127.0.0.1', 'localhost');
    },
    seen: (target) => seen.filter((request) => request.target === target),
    close: async () => {
      for (const server of grpcServers) server.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all(open.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}
