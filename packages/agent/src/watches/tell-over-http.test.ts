import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { VirtualClock } from '@hobnob/gossip/testing';
import { afterEach, expect, test } from 'vitest';
import { recordingLogger } from '../../test/recording-logger.ts';
import { checkTlsContext } from '../tls/check-tls.ts';
import { type HttpHandler, readHttpHandler } from './http-handler-config.ts';
import { tellOverHttp } from './tell-over-http.ts';

const view = { index: 13n, body: Buffer.from('{"Key":"a"}\n') };
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function handlerOf(config: Readonly<Record<string, unknown>>): HttpHandler {
  const read = readHttpHandler(config);
  if (typeof read === 'string') throw new Error(read);
  return read;
}

function tell(handler: HttpHandler, signal = new AbortController().signal) {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const log = recordingLogger(lines, 'agent');
  const trace = (fields: object, message: string): void => {
    lines.push(`TRACE agent: ${message} ${JSON.stringify(fields)}`);
  };
  const ports = { clock, log: { ...log, trace }, tlsContext: () => checkTlsContext({}), wallMs: Date.now };
  return { clock, lines, done: tellOverHttp(handler, view, ports, signal) };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('sends the view as Consul 1.8.7 does', async () => {
  const requests: unknown[] = [];
  const url = await serve(async (request, response) => {
    const { method, url: path, rawHeaders } = request;
    requests.push({ method, path, rawHeaders: rawHeaders.slice(2), body: await bodyOf(request) });
    response.end('fine');
  });
  const header = { 'X-a': ['1', '2'], 'content-type': ['x/y'] };
  const { lines, done } = tell(handlerOf({ path: `${url}/ok`, header }));
  await done;
  const rawHeaders = [
    ...['User-Agent', 'Go-http-client/1.1', 'Content-Length', '12'],
    ...['Content-Type', 'application/json', 'Content-Type', 'x/y', 'X-A', '1', 'X-A', '2'],
    ...['X-Consul-Index', '13', 'Accept-Encoding', 'gzip', 'Connection', 'close'],
  ];
  expect(requests).toEqual([{ method: 'POST', path: '/ok', rawHeaders, body: '{"Key":"a"}\n' }]);
  expect(lines).toEqual([`TRACE agent: http watch handler output {"watch":"${url}/ok","output":"fine"}`]);
});

test('a User-Agent of the configuration takes the place of the usual one', async () => {
  const agents: unknown[] = [];
  const url = await serve(({ headers }, response) => {
    agents.push(headers['user-agent']);
    response.end();
  });
  await tell(handlerOf({ path: url, header: { 'user-agent': ['mine'] } })).done;
  expect(agents).toEqual(['mine']);
});

test('a redirect is followed, without the view', async () => {
  const requests: string[] = [];
  const url = await serve(async (request, response) => {
    requests.push(`${request.method} ${request.url} ${await bodyOf(request)}`);
    if (request.url === '/') response.writeHead(302, { location: '/after' });
    response.end();
  });
  await tell(handlerOf({ path: `${url}/`, method: 'PUT' })).done;
  expect(requests).toEqual(['PUT / {"Key":"a"}\n', 'GET /after ']);
});

test('an answer that is no success is logged with the end of its body', async () => {
  const url = await serve((_, response) => response.writeHead(500).end('y'.repeat(5_000)));
  const { lines, done } = tell(handlerOf({ path: url }));
  await done;
  const output = `Captured 4096 of 5000 bytes\n...\n${'y'.repeat(4_096)}`;
  const fields = { watch: url, status: '500 Internal Server Error', output };
  expect(lines).toEqual([`ERROR agent: http watch handler failed with output ${JSON.stringify(fields)}`]);
});

test('an answer that does not come in time is given up', async () => {
  let isAsked: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  const url = await serve(() => isAsked());
  const { clock, lines, done } = tell(handlerOf({ path: url, timeout: '2s' }));
  await asked;
  clock.advance(2_000);
  await done;
  const error = `Post "${url}": context deadline exceeded`;
  const fields = JSON.stringify({ watch: url, error });
  expect(lines).toEqual([`ERROR agent: Failed to invoke http watch handler ${fields}`]);
});

test('a watch that ends gives its request up, and says nothing', async () => {
  const stop = new AbortController();
  const url = await serve(() => stop.abort());
  const { clock, lines, done } = tell(handlerOf({ path: url }), stop.signal);
  await done;
  expect(lines).toEqual([]);
  expect(clock.pendingCount).toBe(0);
});

test.each([
  [{ path: '::bad' }, 'Failed to setup http watch', 'parse "::bad": missing protocol scheme'],
  [{ path: '/', method: 'get it' }, 'Failed to setup http watch', 'net/http: invalid method "get it"'],
  [{ path: 'x' }, 'Failed to invoke http watch handler', 'Post "x": unsupported protocol scheme ""'],
  [
    { path: 'http://127.0.0.1:1/', header: { 'a b': ['c'] } },
    'Failed to invoke http watch handler',
    'Post "http://127.0.0.1:1/": net/http: invalid header field name "a b"',
  ],
  [
    { path: 'http://127.0.0.1:1/' },
    'Failed to invoke http watch handler',
    'Post "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused',
  ],
])('%j is logged', async (config, message, error) => {
  const { lines, done } = tell(handlerOf(config));
  await done;
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(`ERROR agent: ${message} {`);
  expect(lines[0]).toContain(`"error":${JSON.stringify(error)}}`);
});
