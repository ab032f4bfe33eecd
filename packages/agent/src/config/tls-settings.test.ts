import { expect, test } from 'vitest';
import type { AgentOptions } from '../options.ts';
import { resolveAgentOptions } from './resolve.ts';

const host = { hostname: 'n1', privateIpv4: ['10.0.0.1'], publicIpv6: [] };
const resolve = (options: AgentOptions) => resolveAgentOptions({ dev: true, ...options }, host);
const pair = { certFile: '/agent.pem', keyFile: '/agent.key' };

test('HTTPS is off, and TLS 1.2 is the oldest version, as in Consul', () => {
  const { http, tls, warnings } = resolve({});
  expect(http.listeners).toEqual([{ kind: 'tcp', host: '127.0.0.1', port: 8500, protocol: 'http' }]);
  expect(http.handshakeTimeoutMs).toBe(5_000);
  expect(tls).toEqual({
    certFile: '',
    keyFile: '',
    caFile: '',
    caPath: '',
    verifyIncoming: false,
    verifyIncomingHttps: false,
    minVersion: 'tls12',
    cipherSuites: [],
    prefersServerCipherSuites: false,
    securesChecks: false,
    serverName: 'n1',
  });
  expect(warnings).toEqual([]);
});

test('HTTPS listens on the client addresses or its own, and sockets need a port too, as in Consul', () => {
  const https = (options: AgentOptions) =>
    resolve({ tls: pair, ...options }).http.listeners.filter(({ protocol }) => protocol === 'https');
  const ports = { https: 8501 };
  expect(https({ ports, clientAddress: '127.0.0.2 unix:///api.sock' })).toEqual([
    { kind: 'tcp', host: '127.0.0.2', port: 8501, protocol: 'https' },
  ]);
  const addresses = { https: '127.0.0.3 unix:///tls.sock' };
  expect(https({ ports, addresses })).toEqual([
    { kind: 'tcp', host: '127.0.0.3', port: 8501, protocol: 'https' },
    { kind: 'unix', path: '/tls.sock', protocol: 'https' },
  ]);
  expect(https({ addresses })).toEqual([]);
});

test.each([
  [{ ports: { https: 8500 } }, 'HTTPS address 127.0.0.1:8500 already configured for HTTP'],
  [
    { ports: { https: 1 }, addresses: { http: 'unix:///a.sock', https: 'unix:///a.sock' } },
    'HTTPS address /a.sock already configured for HTTP',
  ],
  [{ ports: { https: 70_000 } }, 'ports.https: invalid port: 70000'],
  [
    { tls: { cipherSuites: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,BEST' } },
    'tls_cipher_suites: invalid tls cipher suites: unsupported cipher "BEST"',
  ],
  [{ addresses: { https: 'host' }, ports: { https: 1 } }, 'addresses.https: invalid ip address: host'],
])('%j is refused in the words of Consul', (options, sentence) => {
  expect(() => resolve(options)).toThrow(sentence);
});

test('two free ports are no address that is taken', () => {
  expect(resolve({ ports: { http: 0, https: 0 }, tls: pair }).http.listeners).toHaveLength(2);
});

test('HTTPS that nobody can use is warned of', () => {
  const nobody = 'HTTPS has no certificate, and no client can connect: set cert_file and key_file';
  expect(resolve({ ports: { https: 8501 } }).warnings).toEqual([nobody]);
  expect(resolve({ ports: { https: 8501 }, tls: { certFile: '/agent.pem' } }).warnings).toEqual([nobody]);
  expect(resolve({ tls: { keyFile: '/agent.key' } }).warnings).toEqual([
    'cert_file and key_file have an effect together only: one of them is not set',
  ]);
});

test('watches need one of HTTP and HTTPS', () => {
  const watches = [{ type: 'nodes', args: ['true'] }];
  expect(resolve({ watches, ports: { http: -1, https: 8501 }, tls: pair }).watches).toHaveLength(1);
  expect(() => resolve({ watches, ports: { http: -1 } })).toThrow(
    'watch plans require an HTTP or HTTPS endpoint',
  );
});
