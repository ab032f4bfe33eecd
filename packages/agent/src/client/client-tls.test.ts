import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { describeApiError } from './api-error.ts';
import { type AgentClientOptions, createClient } from './client.ts';
import { type ClientTlsOptions, readClientTls } from './client-tls.ts';

const pem = (name: string): string => fileURLToPath(new URL(`../../test/tls/${name}.pem`, import.meta.url));
const files = (name: string) => ({ certFile: pem(`${name}.cert`), keyFile: pem(`${name}.key`) });
const caFile = pem('authority.cert');

let port: number;
let close: () => Promise<void>;
let directory: string;
/** Whether the server wants certificates, and whose names the clients had. */
const wanted = { certificates: false };
const names: string[] = [];

beforeAll(async () => {
  const { ca, cert, key } = await readClientTls({ caFile, ...files('agent') });
  const server = createServer(
    { ca: String(ca), cert, key, requestCert: true, rejectUnauthorized: false },
    async (request, response) => {
      const socket = request.socket as TLSSocket;
      if (wanted.certificates && !socket.authorized) {
        response.writeHead(403).end('no certificate');
        return;
      }
      names.push(String(socket.getPeerCertificate()?.subject?.CN ?? ''));
      response.end(request.method === 'PUT' ? await text(request) : '"10.0.0.1:8300"');
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  close = () => new Promise((resolve) => server.close(() => resolve()));
});
afterAll(() => close());
beforeEach(async () => {
  names.length = 0;
  wanted.certificates = false;
  directory = await mkdtemp(join(tmpdir(), 'hobnob-client-tls-'));
});
afterEach(() => rm(directory, { recursive: true }));

const leader = (tls: ClientTlsOptions | (() => ClientTlsOptions), options: AgentClientOptions = {}) =>
  createClient({ address: `https://127.0.0.1:${port}`, tls, ...options }).status.leader();
/** Why a call failed: the library's own sentence, and that of the commands. */
const failure = (call: Promise<unknown>): Promise<readonly [string, string]> =>
  call.then(
    () => Promise.reject(new Error('the call succeeded')),
    (error: unknown) => [String(error), describeApiError(error)] as const,
  );

test('an agent of the authorities answers, and sees the certificate of the client', async () => {
  expect(await leader(await readClientTls({ caFile }))).toBe('10.0.0.1:8300');
  wanted.certificates = true;
  expect(await leader(await readClientTls({ caFile, ...files('client') }))).toBe('10.0.0.1:8300');
  expect(names).toEqual(['', 'client']);
});

test('bodies that are streamed go over TLS too', async () => {
  const client = createClient({ address: `https://127.0.0.1:${port}`, tls: await readClientTls({ caFile }) });
  await expect(client.snapshot.restore(Readable.from(['bytes']))).resolves.toBeUndefined();
});

test.each<[string, () => Promise<ClientTlsOptions>, string]>([
  [
    'an authority that is not ours',
    () => readClientTls({ caFile: pem('stranger.cert') }),
    'x509: certificate signed by unknown authority',
  ],
  ['no authority of ours', async () => ({}), 'x509: certificate signed by unknown authority'],
  [
    'another name',
    async () => ({ ...(await readClientTls({ caFile })), serverName: 'other.consul' }),
    'x509: certificate is valid for localhost, agent.consul, not other.consul',
  ],
  [
    'another address as a name',
    async () => ({ ...(await readClientTls({ caFile })), serverName: '10.9.9.9' }),
    'x509: certificate is valid for 127.0.0.1, ::1, not 10.9.9.9',
  ],
])('%s is refused in the words of Go', async (_, tls, reason) => {
  const url = `https://127.0.0.1:${port}/v1/status/leader`;
  expect(await failure(leader(await tls()))).toEqual([
    `AgentClientError: GET ${url}: ${reason}`,
    `Get "${url}": ${reason}`,
  ]);
  expect(names).toEqual([]);
});

test('the name of the certificate may differ from the address, and anything goes where that is asked for', async () => {
  const tls = await readClientTls({ caFile });
  expect(await leader({ ...tls, serverName: 'agent.consul' })).toBe('10.0.0.1:8300');
  expect(await leader({ ...tls, serverName: '::1' })).toBe('10.0.0.1:8300');
  expect(await leader({ rejectUnauthorized: false })).toBe('10.0.0.1:8300');
});

test('a function is asked before each request', async () => {
  let now = await readClientTls({ caFile: pem('stranger.cert') });
  const client = createClient({ address: `https://127.0.0.1:${port}`, tls: () => now });
  await expect(client.status.leader()).rejects.toThrow('unknown authority');
  now = await readClientTls({ caFile });
  expect(await client.status.leader()).toBe('10.0.0.1:8300');
});

test('an agent that speaks no TLS is named', async () => {
  const { createServer: createPlain } = await import('node:http');
  const plain = createPlain((_, response) => response.end('{}'));
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  const address = `https://127.0.0.1:${(plain.address() as AddressInfo).port}`;
  const [, words] = await failure(leader({}, { address }));
  await new Promise((resolve) => plain.close(resolve));
  expect(words).toBe(`Get "${address}/v1/status/leader": http: server gave HTTP response to HTTPS client`);
});

test('certificates that cannot be used are refused before anything is sent', () => {
  const create = (tls: ClientTlsOptions) => () => createClient({ address: 'https://127.0.0.1:1', tls });
  expect(create({ cert: 'x' })).toThrow(
    expect.objectContaining({
      code: 'CLIENT_ARGUMENT',
      message: 'tls: both client cert and client key must be provided',
    }),
  );
  expect(create({ cert: 'x', key: 'y' })).toThrow(expect.objectContaining({ code: 'CLIENT_ARGUMENT' }));
});

test('a directory of authorities is read with those below it; without any, no agent is trusted', async () => {
  await expect(leader(await readClientTls({ caPath: directory }))).rejects.toThrow('unknown authority');
  await mkdir(join(directory, 'more'));
  const { ca } = await readClientTls({ caFile });
  await writeFile(join(directory, 'more', 'b.pem'), String(ca));
  expect(await leader(await readClientTls({ caPath: directory }))).toBe('10.0.0.1:8300');
  const notes = join(directory, 'notes.txt');
  await writeFile(notes, 'no PEM');
  await expect(readClientTls({ caPath: directory })).rejects.toThrow(
    `Error loading CA Path: Couldn't parse PEM in: ${notes}`,
  );
});

test.each([
  [{ certFile: '/c' }, 'both client cert and client key must be provided'],
  [{ keyFile: '/k' }, 'both client cert and client key must be provided'],
  [{ certFile: '/none', keyFile: '/none' }, 'open /none: no such file or directory'],
  [{ certFile: pem('client.cert'), keyFile: pem('agent.key') }, 'tls: private key does not match public key'],
  [{ caFile: '/none' }, 'Error loading CA File: open /none: no such file or directory'],
  [{ caFile: pem('agent.key') }, `Error loading CA File: Couldn't parse PEM in: ${pem('agent.key')}`],
  [{ caPath: '/none' }, 'lstat /none: no such file or directory'],
])('%j is refused in the words of Consul', async (given, message) => {
  await expect(readClientTls(given)).rejects.toMatchObject({ code: 'CLIENT_ARGUMENT', message });
});
