import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogOverHttp, exchangeBytes } from '../../test/catalog-over-http.ts';
import { silentAgentLogger } from '../loggers.ts';
import { type FastKvWritesParts, fastKvWrites } from './fast-kv-writes.ts';

type Server = Awaited<ReturnType<typeof catalogOverHttp>>;

const id = '11111111-2222-3333-4444-555555555555';

/** Head and body of a request; the length is added. */
interface Request {
  readonly target: string;
  readonly body?: string;
  readonly headers?: readonly string[];
}

function textOf({ target, body = '', headers = [] }: Request): string {
  const head = ['Host: a', `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close', ...headers];
  return `PUT ${target} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n${body}`;
}

const withoutDate = (answer: string): string => answer.replace(/Date: [^\r]*\r\n/, '');
const sortedHead = (answer: string): readonly string[] => {
  const [head = '', body = ''] = withoutDate(answer).split('\r\n\r\n');
  return [...head.split('\r\n').sort(), body];
};

const targets = [
  '/v1/kv/a',
  '/v1/kv/a/b/',
  '/v1/kv/a?flags=18446744073709551615',
  '/v1/kv/a?flags=1844674407370955161',
  '/v1/kv/a?flags=',
  '/v1/kv/a?flags=x',
  '/v1/kv/a?flags=-1',
  '/v1/kv/a?flags',
  '/v1/kv/a?flags=1&flags=2',
  '/v1/kv/a?cas=0',
  '/v1/kv/new?cas=0',
  '/v1/kv/a?cas=5&flags=7',
  '/v1/kv/a?cas=9007199254740993',
  '/v1/kv/a?cas=0&acquire=x',
  `/v1/kv/a?acquire=${id}`,
  `/v1/kv/a?flags=3&release=${id}`,
  `/v1/kv/a?acquire=${id}&release=${id}`,
  `/v1/kv/a?acquire=${id.toUpperCase()}`,
  '/v1/kv/a?acquire=',
  '/v1/kv/a?acquire=x',
  '/v1/kv/a?pretty',
  '/v1/kv/a?ttl=x',
  '/v1/kv/a?dc=dc2',
  '/v1/kv/a?stale&consistent',
  '/v1/kv/a?',
  '/v1/kv/a?&',
  '/v1/kv/',
  '/v1/kv',
  '/v1/kv//a',
  '/v1/kv/a//b',
  '/v1/kv/a/./b',
  '/v1/kv/..',
  '/v1/kv/a/..',
  '/v1/kv/...',
  '/v1/kv/a..b',
  '/v1/kv/a%2Fb',
  '/v1/kv/a+b',
  `/v1/kv/${'k'.repeat(1024)}`,
  `/v1/kv/${'k'.repeat(1025)}`,
];

const requests: readonly Request[] = [
  ...targets.map((target) => ({ target, body: 'value' })),
  { target: '/v1/kv/a' },
  { target: '/v1/kv/a', body: 'v'.repeat(524_288) },
  { target: '/v1/kv/a', body: 'gr\u00fc\u00dfe', headers: ['Content-Type: nonsense'] },
  { target: '/v1/kv/a', headers: ['Accept-Encoding: gzip'] },
  { target: '/v1/kv/a?acquire=x', headers: ['Accept-Encoding: gzip'] },
  { target: `/v1/kv/a?acquire=${id}`, headers: ['Accept-Encoding: gzip'] },
  { target: '/v1/kv/a', headers: ['Accept-Encoding: gzip;q=0'] },
  { target: '/v1/kv/a', headers: ['X-Consul-Namespace: x'] },
  { target: '/v1/kv/a', headers: ['Cache-Control: max-age=x'] },
  { target: '/v1/kv/a', headers: ['X-Consul-Token: x'] },
];

describe.each([false, true])('in dev mode: %s', (dev) => {
  let fast: Server;
  let routed: Server;

  beforeAll(async () => {
    [fast, routed] = await Promise.all([
      catalogOverHttp({ dev }),
      catalogOverHttp({ dev, hasFastWrites: false }),
    ]);
  });

  afterAll(() => Promise.all([fast.close(), routed.close()]));

  test.each(requests.map((request) => [textOf(request).slice(0, 120), request] as const))(
    '%j is answered as by the route, and leaves the same key',
    async (_name, request) => {
      const [a, b] = await Promise.all([fast, routed].map(({ url }) => exchangeBytes(url, textOf(request))));
      expect(sortedHead(a ?? '')).toEqual(sortedHead(b ?? ''));
      const read = 'GET /v1/kv/?recurse HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
      const [c, d] = await Promise.all([fast, routed].map(({ url }) => exchangeBytes(url, read)));
      expect(sortedHead(c ?? '')).toEqual(sortedHead(d ?? ''));
    },
  );
});

const unused = (): never => {
  throw new Error('this test expected no such call');
};
const http = { responseHeaders: {}, blockEndpoints: [], valueBytesMax: 5 };
const parts = {
  catalog: { ask: unused, leads: () => true },
  datacenter: 'dc1',
  dev: false,
  http,
  logger: silentAgentLogger,
};
const fiveBytes = ['Content-Length', '5'];

/** Whether a write is answered before routing. */
function isTaken(given: Partial<FastKvWritesParts>, url: string, rawHeaders: readonly string[]): boolean {
  const request = Object.assign(new EventEmitter(), { url, rawHeaders });
  return fastKvWrites({ ...parts, ...given })(request as unknown as IncomingMessage, {} as ServerResponse);
}

test.each([
  '/v1/kv/a',
  '/v1/kv/service/leader',
  '/v1/kv/a?flags=3304740253564472344',
  `/v1/kv/a?acquire=${id}&flags=3304740253564472344`,
  `/v1/kv/a?release=${id}`,
  '/v1/kv/a?cas=12',
])('%s does not go to the route', (url) => {
  expect(isTaken({}, url, fiveBytes)).toBe(true);
});

test.each([
  ['with headers of the operator', { http: { ...http, responseHeaders: { a: 'b' } } }, fiveBytes],
  ['with blocked endpoints', { http: { ...http, blockEndpoints: ['/v1/kv'] } }, fiveBytes],
  ['without a leader', { catalog: { ask: unused, leads: () => false } }, fiveBytes],
  ['without a length', {}, []],
  ['with a value that is too large', {}, ['Content-Length', '6']],
  ['in chunks', {}, ['transfer-encoding', 'chunked']],
] as const)('%s a write goes to the route', (_name, given, headers) => {
  expect(isTaken(given, '/v1/kv/a', headers)).toBe(false);
});
