import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { answerHalfClosed, inOrder } from './connections.ts';

const giveUpMs = 100;
const open: { destroy(): unknown }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one.destroy();
});

async function startClient(answer: RequestListener): Promise<Socket> {
  const server = createServer(inOrder(answer));
  answerHalfClosed(server, 'connection', giveUpMs);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  open.push(socket, { destroy: () => server.close() });
  return socket;
}

/** What the server sends until it ends the connection. */
async function received(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;

test('requests that are sent at once are answered one after the other', async () => {
  const begun: string[] = [];
  let running = 0;
  const socket = await startClient(async ({ url = '' }, response) => {
    running += 1;
    begun.push(`${url} ${running}`);
    for (let turn = url === '/1' ? 20 : 1; turn > 0; turn -= 1) await nextTurn();
    running -= 1;
    response.end(`answer of ${url};`);
  });
  socket.write(get('/1') + get('/2') + get('/3', 'Connection: close\r\n'));
  expect((await received(socket)).match(/answer of .\d/g)).toEqual([
    'answer of /1',
    'answer of /2',
    'answer of /3',
  ]);
  expect(begun).toEqual(['/1 1', '/2 1', '/3 1']);
});

test('a body is whole when the turn of its request comes', async () => {
  const socket = await startClient(async (request, response) => {
    await nextTurn();
    let bytes = 0;
    for await (const chunk of request) bytes += (chunk as Buffer).length;
    response.end(`${bytes} bytes;`);
  });
  const put = (size: number, headers = ''): string =>
    `PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n${headers}\r\n${'x'.repeat(size)}`;
  socket.write(put(200_000) + put(300_000) + put(7, 'Connection: close\r\n'));
  expect((await received(socket)).match(/\d+ bytes/g)).toEqual(['200000 bytes', '300000 bytes', '7 bytes']);
});

test('what a client sends behind a request that waits is not read without a bound', async () => {
  let readBytes = (): number => 0;
  const socket = await startClient((request) => {
    const { socket: served } = request;
    readBytes = () => served.bytesRead;
  });
  const some = Buffer.from(get('/').repeat(2000));
  // One write fills what the system buffers, so that the server could read on and on.
  for (let writes = 0; writes < 200; writes += 1) socket.write(some);
  await vi.waitFor(() => expect(readBytes()).toBeGreaterThan(0));
  for (let turn = 0; turn < 200; turn += 1) await nextTurn();
  expect(readBytes()).toBeLessThan(1_000_000);
});

test('more requests than may wait are all answered', async () => {
  let count = 0;
  const socket = await startClient(async (_request, response) => {
    count += 1;
    await null;
    response.end('x');
  });
  socket.write(get('/').repeat(3000) + get('/', 'Connection: close\r\n'));
  await received(socket);
  expect(count).toBe(3001);
});

test('requests of a connection that ends do nothing any more', async () => {
  const begun: (string | undefined)[] = [];
  const socket = await startClient(({ url }, response) => {
    begun.push(url);
    response.once('close', () => socket.emit('server-ended'));
  });
  socket.write(get('/wait') + get('/next'));
  await vi.waitFor(() => expect(begun).toHaveLength(1));
  const ended = once(socket, 'server-ended');
  socket.resetAndDestroy();
  await ended;
  await nextTurn();
  expect(begun).toEqual(['/wait']);
});

test('a client that has closed its half gets its answer, and is not waited for without end', async () => {
  const socket = await startClient(async ({ url }, response) => {
    await nextTurn();
    if (url !== '/never') response.end('late');
  });
  socket.end(get('/1') + get('/2') + get('/never'));
  expect((await received(socket)).match(/late/g)).toHaveLength(2);
});

test('a client that has closed its half reads as slowly as it wants', async () => {
  // More than the system buffers.
  const bodyBytes = 32 * 1024 * 1024;
  const socket = await startClient((_request, response) => void response.end(Buffer.alloc(bodyBytes)));
  socket.end(get('/'));
  let bytes = 0;
  for await (const chunk of socket) {
    if (bytes === 0) await pause(4 * giveUpMs);
    bytes += (chunk as Buffer).length;
  }
  expect(bytes).toBeGreaterThan(bodyBytes);
});
