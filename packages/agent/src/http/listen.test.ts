import { mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exchangeBytes } from '../../test/catalog-over-http.ts';
import { createClient } from '../client/client.ts';
import { ConnectionLimit } from './connection-limit.ts';
import { type HttpEndpoint, listen } from './listen.ts';

const limits = { limit: new ConnectionLimit(() => 200), socketMode: 0 };
let directory: string;
const open: { close(): unknown }[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hobnob-listen-'));
});

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
  await rm(directory, { recursive: true });
});

async function start(listener: Parameters<typeof listen>[1], over = limits): Promise<HttpEndpoint> {
  const app = fastify();
  app.get('/v1/agent/members', async () => []);
  await app.ready();
  const endpoint = await listen(app.routing, listener, over);
  open.push(endpoint);
  return endpoint;
}

test('port 0 is a free port, and the URL has it', async () => {
  const { url, address } = await start({ kind: 'tcp', protocol: 'http', host: '127.0.0.1', port: 0 });
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
  expect(url).toBe(`http://${address}`);
  expect(await createClient({ address: url }).members()).toEqual([]);
});

test('a whole URL as the target is its path', async () => {
  const { url } = await start({ kind: 'tcp', protocol: 'http', host: '127.0.0.1', port: 0 });
  const target = 'http://consul.example/v1/agent/members';
  const request = `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
  expect(await exchangeBytes(url, request)).toMatch(/^HTTP\/1\.1 200 OK/);
});

test('target and headers may be as long as filters are', async () => {
  const { url } = await start({ kind: 'tcp', protocol: 'http', host: '127.0.0.1', port: 0 });
  const ask = (length: number): Promise<string> =>
    exchangeBytes(
      url,
      `GET /v1/agent/members?filter=${'x'.repeat(length)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
  expect(await ask(130_000)).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(await ask(135_000)).toMatch(/^HTTP\/1\.1 431 /);
});

test('a port in use is named, with what to do', async () => {
  const { address } = await start({ kind: 'tcp', protocol: 'http', host: '127.0.0.1', port: 0 });
  const port = Number(address.split(':')[1]);
  await expect(start({ kind: 'tcp', protocol: 'http', host: '127.0.0.1', port })).rejects.toMatchObject({
    code: 'AGENT_BIND',
    message: `cannot listen for HTTP on ${address}: the address is already in use: stop the process that has it, or choose another port`,
  });
});

test('a unix socket answers, has its mode, and its file goes with it', async () => {
  const path = join(directory, 'api.sock');
  const endpoint = await start({ kind: 'unix', protocol: 'http', path }, { ...limits, socketMode: 0o600 });
  expect(endpoint.url).toBe(`unix://${path}`);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await createClient({ address: endpoint.url }).members()).toEqual([]);
  await endpoint.close();
  await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a socket of the HTTPS API speaks HTTP, as in Consul', async () => {
  const { url } = await start({ kind: 'unix', protocol: 'https', path: join(directory, 'api.sock') });
  expect(await createClient({ address: url }).members()).toEqual([]);
});

test('a socket in use and a file that is none are left alone', async () => {
  const path = join(directory, 'api.sock');
  await start({ kind: 'unix', protocol: 'http', path });
  await expect(start({ kind: 'unix', protocol: 'http', path })).rejects.toMatchObject({
    code: 'AGENT_BIND',
    message: `cannot listen for HTTP on ${path}: another process listens there`,
  });
  const file = join(directory, 'file');
  await writeFile(file, 'precious');
  await expect(start({ kind: 'unix', protocol: 'http', path: file })).rejects.toMatchObject({
    code: 'AGENT_BIND',
  });
  expect((await stat(file)).size).toBe(8);
});

test('a connection beyond the limit is reset, and a closed one makes room', async () => {
  let max = 1;
  const limit = { ...limits, limit: new ConnectionLimit(() => max) };
  const { address } = await start({ kind: 'tcp', protocol: 'http', host: '127.0.0.1', port: 0 }, limit);
  const port = Number(address.split(':')[1]);
  const first = connect({ host: '127.0.0.1', port });
  first.write('GET /v1/agent/members HTTP/1.1\r\nHost: a\r\n\r\n');
  await new Promise((resolve) => first.once('data', resolve));
  const client = createClient({ address });
  await expect(client.members()).rejects.toMatchObject({
    code: 'CLIENT_CONNECTION',
    cause: { code: 'ECONNRESET' },
  });
  max = 2;
  expect(await client.members()).toEqual([]);
  max = 1;
  const ended = new Promise((resolve) => first.once('close', resolve));
  first.end();
  await ended;
  expect(await client.members()).toEqual([]);
});

test('closing ends idle connections and can be repeated', async () => {
  const endpoint = await start({ kind: 'tcp', protocol: 'http', host: '127.0.0.1', port: 0 });
  const idle = connect({ host: '127.0.0.1', port: Number(endpoint.address.split(':')[1]) });
  idle.write('GET /v1/agent/members HTTP/1.1\r\nHost: a\r\n\r\n');
  await new Promise((resolve) => idle.once('data', resolve));
  const ended = new Promise((resolve) => idle.once('close', resolve));
  await Promise.all([endpoint.close(), endpoint.close()]);
  await ended;
});

test('a file left by a crash is replaced', async () => {
  const path = join(directory, 'stale.sock');
  const crashed = createServer();
  await new Promise<void>((resolve) => crashed.listen(path, resolve));
  // Renaming keeps the inode: closing removes the old name only, and the new one is an abandoned socket.
  await rename(path, `${path}.left`);
  await new Promise((resolve) => crashed.close(resolve));
  const endpoint = await start({ kind: 'unix', protocol: 'http', path: `${path}.left` });
  expect(await createClient({ address: endpoint.url }).members()).toEqual([]);
});
