import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { exchangeBytes } from '../../test/catalog-over-http.ts';
import { OneWriteResponse } from './one-write-response.ts';

const open: { close(): void }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** What Node calls to give a socket's bytes to the system: one chunk, or a list of them. */
interface Writes {
  readonly _write: (...given: readonly unknown[]) => void;
  readonly _writev: (...given: readonly unknown[]) => void;
}

async function serve(answer: RequestListener) {
  const server = createServer({ ServerResponse: OneWriteResponse }, answer);
  const writes: string[] = [];
  server.on('connection', (socket: Socket) => {
    const counted = socket as unknown as Writes;
    for (const name of ['_write', '_writev'] as const) {
      const write = counted[name];
      vi.spyOn(counted, name).mockImplementation((...given) => {
        writes.push(name);
        write.apply(socket, given);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(server);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, writes };
}

const ask = (method = 'GET', connection = 'close'): string =>
  `${method} / HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\n\r\n`;
const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4);
const everyByte = Buffer.from(Array.from({ length: 1024 }, (_, at) => at % 256));

test.each([0, 1, 1024, 12 * 1024])('a body of %i bytes leaves in one write with its head', async (length) => {
  const body = Buffer.alloc(length, everyByte);
  const finished = vi.fn();
  const { url, writes } = await serve((_request, response) => {
    response.on('finish', finished);
    response.writeHead(200, ['Content-Length', String(length)]);
    response.end(body, finished);
  });
  expect(bodyOf(await exchangeBytes(url, ask()))).toBe(body.toString('latin1'));
  expect(writes).toEqual(['_write']);
  expect(finished).toHaveBeenCalledTimes(2);
});

test.each([
  ['bytes whose length the head does not say', (body: Buffer) => body],
  ['a text', (body: Buffer) => body.toString('utf8')],
])('%s arrive as they are', async (_name, given) => {
  const { url } = await serve((_request, response) => response.end(given(Buffer.from('gr\u00fc\u00dfe'))));
  const answer = await exchangeBytes(url, ask());
  expect(bodyOf(answer)).toBe(Buffer.from('gr\u00fc\u00dfe').toString('latin1'));
  expect(answer).toContain('Content-Length: 7\r\n');
});

test('a large body and the answer to HEAD arrive as they are', async () => {
  const body = Buffer.alloc(100_000, everyByte);
  const { url } = await serve((_request, response) => {
    response.writeHead(200, ['Content-Length', String(body.length)]);
    response.end(body);
  });
  expect(bodyOf(await exchangeBytes(url, ask()))).toBe(body.toString('latin1'));
  const head = await exchangeBytes(url, ask('HEAD'));
  expect(head).toContain('Content-Length: 100000\r\n');
  expect(bodyOf(head)).toBe('');
});

test('answers of one connection keep the order of their requests', async () => {
  const held: (() => void)[] = [];
  let count = 0;
  const { url } = await serve((_request, response) => {
    count += 1;
    const body = Buffer.from(`answer ${count};`);
    const send = (): void => {
      response.writeHead(200, ['Content-Length', String(body.length)]);
      response.end(body);
    };
    if (count === 1) held.push(send);
    else send();
    if (count === 3) for (const one of held) one();
  });
  const received = await exchangeBytes(url, ask('GET', 'keep-alive').repeat(2) + ask());
  expect(received.match(/answer \d/g)).toEqual(['answer 1', 'answer 2', 'answer 3']);
});
