import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { expect, test } from 'vitest';
import { boundUnreadBody } from './unread-body.ts';

/** A server that answers at once and reads no body. */
async function startServer() {
  const server = createServer((request, response) => {
    boundUnreadBody(request, response);
    response.end('done');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

test('a body without an end closes the connection after the answer', async () => {
  const { server, port } = await startServer();
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n');
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toContain('200 OK');
  const closed = new Promise((resolve) => socket.on('close', resolve));
  const piece = Buffer.alloc(64 * 1024);
  const write = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', write);
  write();
  await closed;
  expect(socket.bytesWritten).toBeLessThan(20 * 1024 * 1024);
  server.close();
});

test('a client that sends its whole body first gets the answer before the connection is closed', async () => {
  const { server, port } = await startServer();
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const closed = new Promise<string>((resolve) => {
    socket.once('error', (error) => resolve(error.message));
    socket.once('end', () => resolve('end'));
  });
  socket.write('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n');
  const chunks: Buffer[] = [];
  const body = Buffer.alloc(4_000_000);
  await new Promise((resolve) => setImmediate(resolve));
  socket.write(body);
  socket.on('data', (chunk) => chunks.push(chunk));
  expect(await closed).toBe('end');
  expect(Buffer.concat(chunks).toString()).toMatch(/200 OK.*Connection: close/s);
  socket.destroy();
  server.close();
});

test('after a short body that no route read the connection is used again', async () => {
  const { server, port } = await startServer();
  const socket = connect(port, '127.0.0.1');
  socket.write('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n');
  await once(socket, 'data');
  socket.write(Buffer.alloc(100_000));
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const [second] = await once(socket, 'data');
  expect(String(second)).toContain('200 OK');
  socket.destroy();
  server.close();
});

test('a body that a pipeline gave up is answered, and the connection is closed', async () => {
  const server = createServer(async (request, response) => {
    await pipeline(request, createGunzip(), async (chunks) => {
      for await (const _ of chunks);
    }).catch(() => undefined);
    boundUnreadBody(request, response);
    response.end('refused');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  socket.write('PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
  const closed = once(socket, 'close');
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/200 OK.*Connection: close.*refused/s);
  await closed;
  server.close();
});
