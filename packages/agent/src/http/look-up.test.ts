import { once } from 'node:events';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { everything } from '@hobnob/catalog';
import { create, NodeService, RegisterRequest } from '@hobnob/catalog/records';
import { afterEach, expect, test, vi } from 'vitest';
import { type CatalogOverHttpOptions, catalogOverHttp, exchangeBytes } from '../../test/catalog-over-http.ts';

/** Answers that are kept, and queries that wait on them, over real sockets. */

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function setUp(options: CatalogOverHttpOptions = {}) {
  const served = await catalogOverHttp(options);
  open.push(served);
  await served.register('n1', 'web');
  await served.register('n2', 'web');
  return served;
}

/** Requests come over sockets, so their effects are waited for in real time. */
const until = (holds: () => boolean) => vi.waitUntil(holds, { timeout: 5_000, interval: 2 });

const path = '/v1/health/service/web?passing';
const requestOf = (target: string, ...headers: readonly string[]): string =>
  [`GET ${target} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n');
/** One request on a connection of its own; the date is cut out. */
const ask = async (url: string, target: string, ...headers: readonly string[]): Promise<string> => {
  const received = await exchangeBytes(url, requestOf(target, 'Connection: close', ...headers));
  return received.replace(/Date: .*\r\n/, '');
};

/** Head lines in order, and the body. */
function partsOf(received: string) {
  const end = received.indexOf('\r\n\r\n');
  const [status, ...lines] = received.slice(0, end).split('\r\n');
  return { status, lines: lines.toSorted(), body: received.slice(end + 4) };
}

test.each([
  ['plain', path, []],
  ['gzip', path, ['Accept-Encoding: gzip']],
  ['pretty', `${path}&pretty`, []],
  ['a value', '/v1/catalog/services', []],
  ['a filter', '/v1/catalog/nodes?filter=Node==n1', []],
  ['headers of the operator', path, []],
])('a kept answer is the one that the route gave: %s', async (_what, target, headers) => {
  const { url, kept } = await setUp({ responseHeaders: { 'X-Own': 'yes', Vary: 'Accept-Encoding, Origin' } });
  const first = await ask(url, target, ...headers);
  const found = kept.stats.found;
  const second = await ask(url, target, ...headers);
  expect(kept.stats.found).toBe(found + 1);
  expect(partsOf(second)).toEqual(partsOf(first));
  expect(second).toContain('X-Own: yes');
  expect(second).toMatch(/X-Consul-Index: 2\r\n/);
  if (headers.length > 0) {
    const { body } = partsOf(second);
    expect(JSON.parse(gunzipSync(Buffer.from(body, 'latin1')).toString())).toHaveLength(2);
  }
});

test('an answer is a new one after a write that concerns it, and the same after another', async () => {
  const { url, register, kept } = await setUp();
  const before = await ask(url, path);
  await register('n1', 'api');
  expect(partsOf(await ask(url, path)).body).toBe(partsOf(before).body);
  const { made } = kept.stats;
  await register('n1', 'web', 81);
  const after = await ask(url, path);
  expect(kept.stats.made).toBe(made + 1);
  expect(after).toContain('"Port":81');
});

test('what is no plain GET goes to the routes', async () => {
  const { url } = await setUp();
  await ask(url, path);
  const head = await exchangeBytes(url, `HEAD ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  expect(head).toContain('405 Method Not Allowed');
  expect(await ask(url, path, 'Cache-Control: max-age=x')).toContain('Invalid Cache-Control header.');
  expect(await ask(url, path, 'X-Consul-Namespace: x')).toContain('Invalid header: "X-Consul-Namespace"');
  const withBody = requestOf(path, 'Content-Length: 2', 'Connection: close');
  expect(await exchangeBytes(url, `${withBody}{}`)).toContain('200 OK');
  const chunked = requestOf(path, 'Transfer-Encoding: chunked', 'Connection: close');
  expect(await exchangeBytes(url, `${chunked}2\r\n{}\r\n0\r\n\r\n`)).toContain('200 OK');
});

test('HTTP/1.0 and requests one after another on a connection are answered as before', async () => {
  const { url } = await setUp();
  await ask(url, path);
  expect(await exchangeBytes(url, `GET ${path} HTTP/1.0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*\]$/);
  const three = requestOf(path) + requestOf('/v1/status/leader') + requestOf(path, 'Connection: close');
  const received = await exchangeBytes(url, three);
  expect(received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
  expect(received.indexOf('"127.0.0.1:8300"')).toBeGreaterThan(received.indexOf('"web"'));
});

test('a blocked endpoint stays blocked', async () => {
  const { url, kept } = await setUp({ blockEndpoints: ['/v1/health'] });
  for (let i = 0; i < 2; i += 1) expect(await ask(url, path)).toContain('403 Forbidden');
  expect(kept.stats.answers).toBe(0);
});

test('each request is logged once, and only where such lines are written', async () => {
  const loud = await setUp();
  const quiet = await setUp({ isDebug: false });
  for (const { url } of [loud, quiet]) for (let i = 0; i < 3; i += 1) await ask(url, path);
  await until(() => loud.lines.length === 3);
  for (const line of loud.lines)
    expect(line).toMatch(/^DEBUG root: Request finished .*"method":"GET".*"latency"/);
  expect(quiet.lines).toEqual([]);
});

test('queries that wait for one answer ask once a change, and not at all after a write elsewhere', async () => {
  const { url, kept, watches, register, lines } = await setUp();
  await ask(url, path);
  const [answer] = [kept.find(path)];
  const waiting = Array.from({ length: 100 }, () => ask(url, `${path}&index=2&wait=10m`));
  await until(() => answer?.waiting.size === 100);
  const { asked } = watches.stats;
  for (let port = 1; port < 20; port += 1) await register('n3', 'api', port);
  expect(watches.stats.asked).toBe(asked);
  expect(answer?.waiting.size).toBe(100);
  await register('n1', 'web', 81);
  const answers = await Promise.all(waiting);
  expect(new Set(answers.map((text) => partsOf(text).body)).size).toBe(1);
  expect(answers[0]).toContain('"Port":81');
  // One asks; more only when the first turns of the loop pass before its answer is kept.
  expect(watches.stats.asked - asked).toBeLessThanOrEqual(3);
  expect(watches.stats.waiters).toBe(0);
  await until(() => lines.length === 101);
});

test('a query whose index is behind is answered at once, one ahead waits through changes', async () => {
  const { url, kept, register, watches } = await setUp();
  await ask(url, path);
  expect(await ask(url, `${path}&index=1&wait=10m`)).toContain('X-Consul-Index: 2');
  const ahead = ask(url, `${path}&index=4&wait=10m`);
  const isWaiting = (): boolean => (kept.find(path)?.waiting.size ?? 0) + watches.stats.waiters === 1;
  await until(isWaiting);
  for (const port of [81, 82]) {
    await register('n1', 'web', port);
    await ask(url, path);
    await until(isWaiting);
  }
  await register('n1', 'web', 83);
  expect(await ahead).toContain('X-Consul-Index: 5');
});

test('when its time has passed, a query is answered with what its client has', async () => {
  const { url, kept, clock, watches } = await setUp();
  const first = await ask(url, path);
  const { asked } = watches.stats;
  const waiting = ask(url, `${path}&index=2&wait=30s`);
  await until(() => kept.find(path)?.waiting.size === 1);
  clock.advance(29_999);
  expect(kept.find(path)?.waiting.size).toBe(1);
  clock.advance(30_000 / 16 + 51);
  expect(partsOf(await waiting)).toEqual(partsOf(first));
  expect(watches.stats.asked).toBe(asked);
  expect(clock.pendingCount).toBe(0);
});

test('a query whose time passes while it looks for the next answer does not wait on', async () => {
  const { url, kept, clock, register } = await setUp();
  await ask(url, path);
  const answer = kept.find(path);
  const waiting = [1, 2].map(() => ask(url, `${path}&index=9&wait=1s`));
  await until(() => answer?.waiting.size === 2);
  // After the commit, and before the turn of the loop in which both look again.
  answer?.waiting.add(() => {
    clock.advance(2_000);
    // After that turn, in which one of them asks: the other finds what another client has asked for meanwhile.
    setImmediate(() => {
      const source = { topics: answer.topics, asOf: 3, wakesWhenOutdated: true };
      void kept.share(path, source, async () => ({ ...answer.content, index: 3 }));
    });
  });
  await register('n1', 'web', 81);
  await until(() => kept.find(path)?.index === 3);
  await until(() => {
    clock.advance(1);
    return clock.pendingCount === 0;
  });
  expect(await Promise.all(waiting)).toHaveLength(2);
});

test('queries that a client sends without waiting for answers hold nothing when it goes away', async () => {
  const { url, kept, clock, watches } = await setUp();
  await ask(url, path);
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(requestOf(`${path}&index=2&wait=10m`).repeat(12));
  const held = (): number => (kept.find(path)?.waiting.size ?? 0) + watches.stats.waiters;
  // The others wait for their turn.
  await until(() => held() === 1);
  socket.destroy();
  await until(() => held() === 0);
  expect(clock.pendingCount).toBe(0);
  process.off('warning', onWarning);
  expect(warnings.map(({ message }) => message)).toEqual([]);
});

test('a client that goes away frees its wait', async () => {
  const { url, kept, clock, lines } = await setUp();
  await ask(url, path);
  const gone = new AbortController();
  const asked = fetch(`${url}${path}&index=2&wait=10m`, { signal: gone.signal });
  await until(() => kept.find(path)?.waiting.size === 1);
  gone.abort();
  await expect(asked).rejects.toThrow();
  await until(() => kept.find(path)?.waiting.size === 0);
  expect(clock.pendingCount).toBe(0);
  expect(lines.filter((line) => line.startsWith('ERROR'))).toEqual([]);
});

test('an agent that closes ends the queries that wait', async () => {
  const { url, kept, beginClosing } = await setUp();
  await ask(url, path);
  const waiting = ask(url, `${path}&index=2&wait=10m`);
  await until(() => kept.find(path)?.waiting.size === 1);
  beginClosing(new Error('the end'));
  expect(await waiting).toContain('500 Internal Server Error');
});

test('an answer of more than 8 MiB is sent as it is read, and not kept', async () => {
  const { url, rpc, kept } = await setUp();
  const Service = create(NodeService, { ID: 'big', Service: 'big', Tags: ['x'.repeat(9_000_000)] });
  const request = create(RegisterRequest, { Datacenter: 'dc1', Node: 'n1', Address: '10.0.0.1', Service });
  await rpc.call('Catalog.Register', request, { authority: everything });
  const { answers } = kept.stats;
  // fetch asks for gzip, Node's own client does not.
  const encoded = await fetch(`${url}/v1/health/service/big`);
  expect(encoded.headers.get('content-encoding')).toBe('gzip');
  expect((await encoded.text()).length).toBeGreaterThan(9_000_000);
  const plain = await ask(url, '/v1/health/service/big');
  expect(plain).toContain('Transfer-Encoding: chunked');
  expect(plain.length).toBeGreaterThan(9_000_000);
  expect(kept.stats.answers).toBe(answers);
});

test('who asked for the same as a client that goes away gets the answer', async () => {
  const { url, register } = await setUp();
  for (let node = 0; node < 2_000; node += 1) await register(`node-${node}`, 'web');
  const { hostname, port } = new URL(url);
  const gone = connect(Number(port), hostname);
  gone.on('error', () => undefined);
  await once(gone, 'connect');
  gone.write(requestOf(path));
  const answers = Array.from({ length: 3 }, () => ask(url, path));
  gone.destroy();
  for (const answer of await Promise.all(answers)) {
    expect(JSON.parse(partsOf(answer).body)).toHaveLength(2_002);
  }
});
