import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { type ConnectionOptions, connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { exchangeBytes } from '../../test/catalog-over-http.ts';
import { recordingLogger } from '../../test/recording-logger.ts';
import { AgentTls } from '../tls/agent-tls.ts';
import type { TlsConfig } from '../tls/options.ts';
import { ConnectionLimit } from './connection-limit.ts';
import { type HttpEndpoint, listen } from './listen.ts';

const path = (name: string): string => fileURLToPath(new URL(`../../test/tls/${name}.pem`, import.meta.url));
const text = (name: string): string => readFileSync(path(name), 'utf8');
const pairOf = (name: string) => ({ cert: text(`${name}.cert`), key: text(`${name}.key`) });
const ca = text('authority.cert');

const configured: TlsConfig = {
  certFile: path('agent.cert'),
  keyFile: path('agent.key'),
  caFile: path('authority.cert'),
  caPath: '',
  verifyIncoming: false,
  verifyIncomingHttps: false,
  minVersion: 'tls12',
  cipherSuites: [],
  prefersServerCipherSuites: false,
  securesChecks: false,
  serverName: 'n',
};
const opened: HttpEndpoint[] = [];

afterEach(async () => {
  for (const endpoint of opened.splice(0)) await endpoint.close();
});

interface Started {
  readonly url: string;
  readonly port: number;
  readonly tls: AgentTls;
  close(): Promise<void>;
  /** Lines of the log. */
  readonly lines: readonly string[];
  /** Answers that wait to be sent. */
  readonly late: readonly (() => void)[];
}

async function start(
  over: Partial<TlsConfig> = {},
  { handshakeTimeoutMs = 5_000, connectionsMax = 0 } = {},
): Promise<Started> {
  const { lines, ...log } = recordingLogger();
  const late: (() => void)[] = [];
  const tls = await AgentTls.open({ ...configured, ...over });
  const endpoint = await listen(
    (incoming, response) => {
      const answer = () => void response.end(`${incoming.method} ${incoming.url}`);
      if (incoming.url === '/late') late.push(answer);
      else answer();
    },
    { kind: 'tcp', protocol: 'https', host: '127.0.0.1', port: 0 },
    {
      socketMode: 0,
      limit: new ConnectionLimit(() => connectionsMax),
      tls: { tls, handshakeTimeoutMs, log: log.child({ component: 'agent.http' }) },
    },
  );
  opened.push(endpoint);
  const port = Number(new URL(endpoint.url).port);
  return { url: endpoint.url, port, tls, close: endpoint.close, lines, late };
}

function get({ url }: Started, options: ConnectionOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/v1/status/leader`, { ca, agent: false, ...options }, (answer) => {
      resolve(bodyOf(answer));
    });
    outgoing.once('error', reject).end();
  });
}

async function bodyOf(answer: IncomingMessage | TLSSocket): Promise<string> {
  let body = '';
  for await (const chunk of answer.setEncoding('utf8')) body += String(chunk);
  return body;
}

/** The serial number of the certificate that a new connection gets to see. */
function serial({ port }: Started, options: ConnectionOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca, ...options }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

const answered = 'GET /v1/status/leader';

test('requests over TLS are answered, and the URL says so', async () => {
  const server = await start();
  expect(server.url).toBe(`https://127.0.0.1:${server.port}`);
  expect(await get(server)).toBe(answered);
});

test('a client that speaks no TLS is told so in the words of Go', async () => {
  const server = await start();
  const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
  expect(await exchangeBytes(`http://127.0.0.1:${server.port}`, request)).toBe(
    'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n',
  );
  expect(server.lines).toEqual([
    'DEBUG agent.http: A TLS handshake failed {"error":{"code":"ERR_SSL_HTTP_REQUEST"}}',
  ]);
  expect(await get(server)).toBe(answered);
});

test('a client that has closed its half gets its answer', async () => {
  const server = await start();
  const socket = connect({ host: '127.0.0.1', port: server.port, ca });
  socket.end('GET /late HTTP/1.1\r\nHost: a\r\n\r\n');
  await vi.waitFor(() => expect(server.late).toHaveLength(1));
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const received = bodyOf(socket);
  server.late[0]?.();
  expect(await received).toContain('GET /late');
});

test('no client negotiates again, also after a reload', async () => {
  const server = await start();
  for (const reload of [false, true]) {
    if (reload) (await server.tls.prepare(configured))();
    const socket = connect({ host: '127.0.0.1', port: server.port, ca, maxVersion: 'TLSv1.2' });
    await once(socket, 'secureConnect');
    const refused = once(socket, 'error');
    socket.renegotiate({}, () => undefined);
    expect(String(await refused)).toContain('no renegotiation');
  }
  expect(await get(server)).toBe(answered);
});

test('a client without a certificate of the authorities is refused where one is wanted', async () => {
  for (const demand of [{ verifyIncoming: true }, { verifyIncomingHttps: true }]) {
    const server = await start(demand);
    expect(await get(server, pairOf('client'))).toBe(answered);
    await expect(get(server)).rejects.toThrow();
    await expect(get(server, pairOf('stranger'))).rejects.toThrow();
    await expect(get(server, { ...pairOf('stranger'), maxVersion: 'TLSv1.2' })).rejects.toThrow();
  }
});

test.each<[string, readonly SecureVersion[]]>([
  ['tls10', ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']],
  ['tls11', ['TLSv1.1', 'TLSv1.2', 'TLSv1.3']],
  ['tls12', ['TLSv1.2', 'TLSv1.3']],
  ['tls13', ['TLSv1.3']],
])('%s lets %j in, and no older version', async (minVersion, allowed) => {
  const server = await start({ minVersion });
  for (const version of ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const) {
    const exchange = get(server, {
      minVersion: version,
      maxVersion: version,
      ciphers: 'DEFAULT:@SECLEVEL=0',
    });
    if (allowed.includes(version)) expect(await exchange).toBe(answered);
    else await expect(exchange).rejects.toThrow();
  }
});

test('only the suites that are configured are spoken, and those of TLS 1.3 always', async () => {
  const server = await start({ cipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'] });
  const over12 = (ciphers: string) => get(server, { maxVersion: 'TLSv1.2', ciphers });
  expect(await over12('ECDHE-ECDSA-AES256-GCM-SHA384')).toBe(answered);
  await expect(over12('ECDHE-ECDSA-AES128-GCM-SHA256')).rejects.toThrow();
  expect(await get(server, { minVersion: 'TLSv1.3' })).toBe(answered);
});

test('a suite that does not authenticate the server is never spoken, also where old versions are', async () => {
  const server = await start({ minVersion: 'tls10' });
  const weak = { maxVersion: 'TLSv1.2' as const, rejectUnauthorized: false };
  await expect(get(server, { ...weak, ciphers: 'aNULL:@SECLEVEL=0' })).rejects.toThrow();
  await expect(get(server, { ...weak, ciphers: 'eNULL:@SECLEVEL=0' })).rejects.toThrow();
});

test('without a certificate every handshake fails, and the server lives on', async () => {
  const server = await start({ certFile: '', keyFile: '' });
  await expect(get(server)).rejects.toThrow();
  await expect(get(server)).rejects.toThrow();
});

test('a reload shows the new certificate to new connections, and keeps those that are open', async () => {
  const server = await start();
  const before = await serial(server);
  const kept = await openSocket(server);
  const renewed = { ...configured, certFile: path('renewed.cert'), keyFile: path('renewed.key') };
  const apply = await server.tls.prepare(renewed);
  expect(await serial(server)).toBe(before);
  apply();
  expect(await serial(server)).not.toBe(before);
  kept.write('GET /kept HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(await allOf(kept)).toContain('GET /kept');
});

test('a reload that cannot be used changes nothing', async () => {
  const server = await start();
  const before = await serial(server);
  await expect(server.tls.prepare({ ...configured, keyFile: path('client.key') })).rejects.toMatchObject({
    code: 'AGENT_CONFIG',
    message:
      'Failed reloading tls configuration: Failed to load cert/key pair: tls: private key does not match public key',
  });
  expect(await serial(server)).toBe(before);
});

test('after a reload that wants certificates nobody resumes a session that was made without one', async () => {
  const server = await start();
  const socket = connect({ host: '127.0.0.1', port: server.port, ca, maxVersion: 'TLSv1.2' });
  const session = await new Promise<Buffer>((resolve) => socket.once('session', resolve));
  socket.destroy();
  (await server.tls.prepare({ ...configured, verifyIncoming: true }))();
  await expect(get(server, { session, maxVersion: 'TLSv1.2' })).rejects.toThrow();
  await expect(get(server)).rejects.toThrow();
  expect(await get(server, pairOf('client'))).toBe(answered);
  (await server.tls.prepare(configured))();
  expect(await get(server)).toBe(answered);
});

test('a handshake that stalls is ended, and so is a connection that asks nothing', async () => {
  const server = await start({}, { handshakeTimeoutMs: 50 });
  const stalled = connectTcp({ host: '127.0.0.1', port: server.port });
  expect(await allOf(stalled)).toBe('');
  expect(await allOf(await openSocket(server))).toBe('');
  // What was asked in time may be answered late.
  const waiting = await openSocket(server);
  waiting.write('GET /late HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await vi.waitUntil(() => server.late.length === 1);
  expect(await allOf(await openSocket(server))).toBe('');
  server.late[0]?.();
  expect(await allOf(waiting)).toContain('GET /late');
});

test('connections in a handshake count for the limit of one address', async () => {
  const server = await start({}, { connectionsMax: 1 });
  const stalled = connectTcp({ host: '127.0.0.1', port: server.port });
  await new Promise((resolve) => stalled.once('connect', resolve));
  await expect(get(server)).rejects.toThrow();
  stalled.destroy();
  await vi.waitUntil(() => get(server).catch(() => ''), { timeout: 10_000 });
});

test('closing ends connections whose handshake never ends', async () => {
  const server = await start({}, { handshakeTimeoutMs: 3_600_000 });
  const stalled = connectTcp({ host: '127.0.0.1', port: server.port });
  await new Promise((resolve) => stalled.once('connect', resolve));
  const ended = allOf(stalled);
  await server.close();
  expect(await ended).toBe('');
});

/** A connection after its handshake. */
function openSocket({ port }: Started): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** What arrives until the other end closes. */
function allOf(socket: ReturnType<typeof connectTcp>): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    socket.on('data', (chunk) => {
      received += String(chunk);
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(received));
  });
}
