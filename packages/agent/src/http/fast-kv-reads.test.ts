import { gunzipSync } from 'node:zlib';
import { everything } from '@hobnob/catalog';
import { create, DirEntry, KvsRequest } from '@hobnob/catalog/records';
import { afterEach, expect, test } from 'vitest';
import { type CatalogOverHttpOptions, catalogOverHttp, exchangeBytes } from '../../test/catalog-over-http.ts';
import { plainReadOf } from './fast-kv-reads.ts';

/** Reads of one key with and without their route, over real sockets. */

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function setUp(options: CatalogOverHttpOptions = {}) {
  const served = await catalogOverHttp(options);
  open.push(served);
  const put = (Key: string, text: string) => {
    const Value = text === '' ? null : Buffer.from(text);
    const body = create(KvsRequest, {
      Datacenter: 'dc1',
      Op: 'set',
      DirEnt: create(DirEntry, { Key, Value, Flags: 2n ** 64n - 1n }),
    });
    return served.rpc.call('KVS.Apply', body, { authority: everything });
  };
  await put('a/b', '<value> & more');
  await put('folder/', '');
  const ask = async (target: string, ...headers: readonly string[]) => {
    const lines = [`GET ${target} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers, '', ''];
    const received = await exchangeBytes(served.url, lines.join('\r\n'));
    const end = received.indexOf('\r\n\r\n');
    const [status, ...head] = received.slice(0, end).split('\r\n');
    return {
      status,
      head: head.filter((line) => !line.startsWith('Date: ')).toSorted(),
      body: received.slice(end + 4),
    };
  };
  return { ...served, put, ask };
}

const paths = [
  '/v1/kv/a/b',
  '/v1/kv/a/b?raw',
  '/v1/kv/a/b?pretty',
  '/v1/kv/a/b?consistent',
  '/v1/kv/a/b?stale',
  '/v1/kv/a/b?raw&consistent=',
  '/v1/kv/a/b?stale&consistent',
  '/v1/kv/a/b?unknown=1',
  '/v1/kv/folder/',
  '/v1/kv/folder/?raw',
  '/v1/kv/absent',
  '/v1/kv/absent?consistent',
  '/v1/kv/a//b',
  '/v1/kv/a/../a/b',
  '/v1/kv/a/b?dc=elsewhere',
  '/v1/kv/a/b?ns=x',
  '/v1/kv/a%2Fb',
  '/v1/kv/',
];

test.each(paths)('%s is answered as by its route', async (path) => {
  for (const dev of [false, true]) {
    const [fast, routed] = [await setUp({ dev }), await setUp({ dev, isFast: false })];
    for (const headers of [[], ['Accept-Encoding: gzip'], ['Cache-Control: max-age=1']]) {
      expect(await fast.ask(path, ...headers)).toEqual(await routed.ask(path, ...headers));
    }
  }
});

test('an answer has the value, and is a new one after a write', async () => {
  const { ask, put } = await setUp();
  const { body } = await ask('/v1/kv/a/b', 'Accept-Encoding: gzip');
  expect(JSON.parse(gunzipSync(Buffer.from(body, 'latin1')).toString())).toMatchObject([
    { Key: 'a/b', Value: Buffer.from('<value> & more').toString('base64') },
  ]);
  expect((await ask('/v1/kv/a/b?raw')).body).toBe('<value> & more');
  await put('a/b', 'newer');
  expect((await ask('/v1/kv/a/b?raw')).body).toBe('newer');
  expect((await ask('/v1/kv/a/b?raw&consistent')).body).toBe('newer');
});

test('what an operator has set reaches every answer', async () => {
  const own = await setUp({ responseHeaders: { 'X-Own': 'yes' } });
  expect((await own.ask('/v1/kv/a/b')).head).toContain('X-Own: yes');
  const blocked = await setUp({ blockEndpoints: ['/v1/kv'] });
  expect((await blocked.ask('/v1/kv/a/b')).status).toBe('HTTP/1.1 403 Forbidden');
});

const leader = { isRaw: false, isPretty: false, consistency: 'leader' };

test.each([
  ['a', { ...leader, key: 'a' }],
  ['a/.lock?raw', { ...leader, key: 'a/.lock', isRaw: true }],
  ['a/?pretty&stale', { ...leader, key: 'a/', isPretty: true, consistency: 'stale' }],
  ['a?token=x-1&consistent', { ...leader, key: 'a', consistency: 'consistent' }],
])('%s is read as it stands', (target, read) => {
  expect(plainReadOf(`/v1/kv/${target}`)).toEqual(read);
});

const forRoute = [
  ...['', '/a', 'a//b', 'a/..', './a', '..a', 'a%20b', 'a b'],
  ...['a?index=1', 'a?keys', 'a?recurse', 'a?dc=x', 'a?cached', 'a?x=%41', 'a?x;y', 'a?stale&consistent'],
];

test.each(forRoute)('"%s" is left to its route', (target) => {
  expect(plainReadOf(`/v1/kv/${target}`)).toBeUndefined();
});
