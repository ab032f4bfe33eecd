import { expect, test } from 'vitest';
import { type HostLookup, parseSeed, resolveSeed } from './resolve-seed.ts';

test.each([
  ['10.0.0.1', { host: '10.0.0.1', port: 7946 }],
  ['10.0.0.1:8301', { host: '10.0.0.1', port: 8301 }],
  ['db-1.example.org:1', { host: 'db-1.example.org', port: 1 }],
  ['localhost', { host: 'localhost', port: 7946 }],
  ['my_service', { host: 'my_service', port: 7946 }],
  ['::1', { host: '::1', port: 7946 }],
  ['[::1]', { host: '::1', port: 7946 }],
  ['[2001:DB8:0:0::1]:65535', { host: '2001:db8::1', port: 65_535 }],
  ['::ffff:10.0.0.1', { host: '10.0.0.1', port: 7946 }],
  ['node a/10.0.0.1:8301', { name: 'node a', host: '10.0.0.1', port: 8301 }],
  ['n/[::1]:8301', { name: 'n', host: '::1', port: 8301 }],
])('the seed %s is parsed', (text, seed) => {
  expect(parseSeed(text, 7946)).toEqual({ ok: true, seed });
});

test.each([
  ['', 'seed "": the host is empty'],
  ['/10.0.0.1', 'seed "/10.0.0.1": the name before "/" is empty'],
  ['n/', 'seed "n/": the host is empty'],
  [':8301', 'seed ":8301": the host is empty'],
  ['host:', 'seed "host:": "" is not a port'],
  ['host:http', 'seed "host:http": "http" is not a port'],
  ['host:0', 'seed "host:0": port 0 is not in 1-65535'],
  ['host:65536', 'seed "host:65536": port 65536 is not in 1-65535'],
  ['host:-1', 'seed "host:-1": "-1" is not a port'],
  ['10.0.0', 'seed "10.0.0": "10.0.0" is not an IPv4 address'],
  ['10.0.0.256', 'seed "10.0.0.256": "10.0.0.256" is not an IPv4 address'],
  ['1:2:3', 'seed "1:2:3": "1:2:3" is not an IPv6 address (write [address]:port)'],
  ['[::1', 'seed "[::1": "[::1" is not an IPv6 address (write [address]:port)'],
  ['[host]:1', 'seed "[host]:1": "[host]:1" is not an IPv6 address (write [address]:port)'],
  ['fe80::1%eth0', 'seed "fe80::1%eth0": an address with a zone cannot be announced to other members'],
  ['bad host', 'seed "bad host": "bad host" is not a host name'],
  ['a..b', 'seed "a..b": "a..b" is not a host name'],
])('the seed "%s" is refused with a reason', (text, problem) => {
  expect(parseSeed(text, 7946)).toEqual({ ok: false, problem });
});

const noLookup: HostLookup = () => Promise.reject(new Error('must not be asked'));

test('a numeric host is not looked up', async () => {
  expect(await resolveSeed({ host: '10.0.0.1', port: 1 }, { lookup: noLookup })).toEqual([
    { host: '10.0.0.1', port: 1 },
  ]);
});

test('a host name resolves to all its addresses, each once and in canonical text', async () => {
  const lookup: HostLookup = async (host) => {
    expect(host).toBe('pool.example.org');
    return [{ address: '10.0.0.2' }, { address: '10.0.0.1' }, { address: '::ffff:10.0.0.2' }];
  };
  expect(await resolveSeed({ host: 'pool.example.org', port: 1 }, { lookup })).toEqual([
    { host: '10.0.0.2', port: 1 },
    { host: '10.0.0.1', port: 1 },
  ]);
});

test('a name that does not resolve is an error with the name and the cause', async () => {
  const cause = Object.assign(new Error('getaddrinfo ENOTFOUND nowhere'), { code: 'ENOTFOUND' });
  const work = resolveSeed({ host: 'nowhere', port: 1 }, { lookup: () => Promise.reject(cause) });
  await expect(work).rejects.toMatchObject({
    message: 'cannot resolve "nowhere": no such host',
    cause,
  });
  const empty = resolveSeed({ host: 'nowhere', port: 1 }, { lookup: async () => [] });
  await expect(empty).rejects.toThrow('"nowhere" has no addresses');
});

test('an abort ends the wait with its reason, before and during the lookup', async () => {
  const reason = new Error('enough');
  const seed = { host: 'slow.example.org', port: 1 };
  const aborted = resolveSeed(seed, { lookup: noLookup, signal: AbortSignal.abort(reason) });
  await expect(aborted).rejects.toBe(reason);
  const controller = new AbortController();
  const work = resolveSeed(seed, { lookup: () => new Promise(() => undefined), signal: controller.signal });
  controller.abort(reason);
  await expect(work).rejects.toBe(reason);
});

test('the system resolver resolves localhost', async () => {
  const addresses = await resolveSeed({ host: 'localhost', port: 1 });
  for (const { host } of addresses) expect(host).toMatch(/^(127\.|::1$)/);
  expect(addresses.length).toBeGreaterThan(0);
});
