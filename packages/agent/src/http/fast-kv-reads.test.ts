import { gunzipSync } from 'node:zlib';
import { everything } from '@hobnob/catalog';
import { create, DirEntry, KvsRequest } from '@hobnob/catalog/records';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type CatalogOverHttpOptions, catalogOverHttp, exchangeBytes } from '../../test/catalog-over-http.ts';
import { plainKeyReadOf } from './plain-key-read.ts';

/** Reads of one key with and without their route, over real sockets. */

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const longKey = 'x'.repeat(200);

type Served = Awaited<ReturnType<typeof start>>;

async function setUp(options?: CatalogOverHttpOptions): Promise<Served> {
  const served = await start(options);
  open.push(served);
  return served;
}

async function start(options: CatalogOverHttpOptions = {}) {
  const served = await catalogOverHttp(options);
  const put = (Key: string, value: string | Buffer) => {
    const Value = value.length === 0 ? null : Buffer.from(value);
    const body = create(KvsRequest, {
      Datacenter: 'dc1',
      Op: 'set',
      DirEnt: create(DirEntry, { Key, Value, Flags: 2n ** 64n - 1n }),
    });
    return served.rpc.call('KVS.Apply', body, { authority: everything });
  };
  await put('a/b', '<value> & more');
  await put('folder/', '');
  await put('binary', Buffer.from(Array.from({ length: 256 }, (_, at) => at)));
  await put('large', 'v'.repeat(100_000));
  await put(longKey, 'long');
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
  '/v1/kv/A/b',
  '/v1/kv/a/b/',
  '/v1/kv/a/b?',
  '/v1/kv/a/b?raw&pretty&raw',
  '/v1/kv/a/b?RAW',
  '/v1/kv/a/b?consistent=0&stale=',
  '/v1/kv/a/b?token=secret&n=1',
  '/v1/kv/a/b?index=0',
  '/v1/kv/a/b?max_stale=1s',
  '/v1/kv/a/b?cached',
  '/v1/kv/a/b?filter=x',
  '/v1/kv/a/b?near=_agent',
  '/v1/kv/a/b?n=%zz',
  '/v1/kv/a/b#x',
  '/v1/kv/.a',
  '/v1/kv/..',
  '/v1/kv/a+b',
  '/v1/kv/binary?raw',
  '/v1/kv/large',
  '/v1/kv/large?raw',
  `/v1/kv/${longKey}`,
  `/v1/kv/${longKey}?raw&n=${'x'.repeat(2000)}`,
  `/v1/kv/absent/${'x'.repeat(2000)}`,
  '/v1/kv/',
];

describe('a target is answered as by its route', () => {
  let pairs: readonly { readonly fast: Served; readonly routed: Served }[];

  beforeAll(async () => {
    const pairOf = async (dev: boolean) => ({
      fast: await start({ dev }),
      routed: await start({ dev, isFast: false }),
    });
    pairs = [await pairOf(false), await pairOf(true)];
  });

  afterAll(async () => {
    for (const { fast, routed } of pairs) {
      await fast.close();
      await routed.close();
    }
  });

  const headerLines = ['', 'Accept-Encoding: gzip', 'Cache-Control: max-age=1', 'X-Consul-Namespace: x'];

  test.each(paths)('%s', async (path) => {
    for (const { fast, routed } of pairs) {
      for (const line of headerLines) {
        const headers = line === '' ? [] : [line];
        const expected = await routed.ask(path, ...headers);
        // The second answer is kept, and the third comes from there.
        for (let time = 0; time < 3; time += 1) expect(await fast.ask(path, ...headers)).toEqual(expected);
      }
    }
  });
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

test('an answer is kept when it is asked for again, a missing key and a consistent read never', async () => {
  const { ask, kept, put } = await setUp();
  const count = async (target: string): Promise<number> => {
    await ask(target);
    return kept.stats.answers;
  };
  expect([await count('/v1/kv/a/b'), await count('/v1/kv/a/b')]).toEqual([0, 1]);
  for (const target of ['/v1/kv/absent', '/v1/kv/a/b?consistent', '/v1/kv/absent', '/v1/kv/a/b?consistent']) {
    expect(await count(target)).toBe(1);
  }
  await put('a/b', 'newer');
  expect(kept.stats.answers).toBe(0);
  expect((await ask('/v1/kv/a/b?raw')).body).toBe('newer');
});

test('a key that comes or goes is seen by the next read', async () => {
  const { ask, put, rpc } = await setUp();
  expect((await ask('/v1/kv/new?raw')).status).toBe('HTTP/1.1 404 Not Found');
  await put('new', 'here');
  expect((await ask('/v1/kv/new?raw')).body).toBe('here');
  const DirEnt = create(DirEntry, { Key: 'new' });
  await rpc.call('KVS.Apply', create(KvsRequest, { Datacenter: 'dc1', Op: 'delete', DirEnt }), {
    authority: everything,
  });
  for (let time = 0; time < 3; time += 1) {
    expect((await ask('/v1/kv/new?raw')).status).toBe('HTTP/1.1 404 Not Found');
  }
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
  expect(plainKeyReadOf(`/v1/kv/${target}`)).toEqual(read);
});

const forRoute = [
  ...['', '/a', 'a//b', 'a/..', './a', '..a', 'a%20b', 'a b'],
  ...['a?index=1', 'a?keys', 'a?recurse', 'a?dc=x', 'a?cached', 'a?x=%41', 'a?x;y', 'a?stale&consistent'],
];

test.each(forRoute)('"%s" is left to its route', (target) => {
  expect(plainKeyReadOf(`/v1/kv/${target}`)).toBeUndefined();
});
