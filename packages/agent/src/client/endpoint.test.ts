import { expect, test } from 'vitest';
import { createClient } from './client.ts';
import { parseEndpoint } from './endpoint.ts';

test.each([
  [':8500', 'http://127.0.0.1:8500', { host: '127.0.0.1', port: 8500 }],
  ['http://:8500', 'http://127.0.0.1:8500', { host: '127.0.0.1', port: 8500 }],
  [':', 'http://127.0.0.1', { host: '127.0.0.1', port: 80 }],
  ['localhost', 'http://localhost', { host: 'localhost', port: 80 }],
  ['localhost:', 'http://localhost', { host: 'localhost', port: 80 }],
  ['localhost:8500', 'http://localhost:8500', { host: 'localhost', port: 8500 }],
  ['http://10.0.0.1:1/', 'http://10.0.0.1:1', { host: '10.0.0.1', port: 1 }],
  ['[::1]:8500', 'http://[::1]:8500', { host: '::1', port: 8500 }],
  ['http://[::1]', 'http://[::1]', { host: '::1', port: 80 }],
  ['https://a:8501', 'https://a:8501', { host: 'a', port: 8501 }],
  ['https://a', 'https://a', { host: 'a', port: 443 }],
  ['unix:///run/h.sock', 'unix:///run/h.sock', { socketPath: '/run/h.sock' }],
])('%j is understood', (address, base, target) => {
  const protocol = base.startsWith('https') ? 'https' : 'http';
  expect(parseEndpoint(address)).toEqual({ base, target, protocol });
});

test.each([
  ['', 'there is no host'],
  ['http://', 'there is no host'],
  ['unix://', 'there is no path'],
  ['ftp://a', 'the scheme "ftp" is not supported'],
  ['https://', 'there is no host'],
  ['a b', 'it has white space or a backslash'],
  [':99999', '99999 is no port: the highest is 65535'],
  ['a:80a', '"80a" is no port'],
  ['::1', 'an IPv6 address is written [::1]:8500'],
  ['[::1', 'it is no host name'],
  ['[::1]x:1', 'it is no host name'],
  ['a:8500/v1', 'it has a path'],
  ['http://a:8500?x', 'it has a path'],
  ['http://me:secret@a:8500', 'it has a user'],
  ['/run/h.sock', 'a socket is written unix:///path'],
  ['a%zz', 'it is no host name'],
])('%j is refused: %s', (address, problem) => {
  expect(parseEndpoint(address)).toEqual({ problem });
  const forms = 'expected host:port, http://host:port, https://host:port or unix:///path';
  expect(() => createClient({ address })).toThrow(
    expect.objectContaining({
      code: 'CLIENT_ADDRESS',
      message: `"${address}" is not an agent's address: ${problem}; ${forms}`,
    }),
  );
});
