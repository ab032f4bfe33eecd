import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadTls } from './load-tls.ts';
import type { TlsConfig } from './options.ts';

const pem = (name: string): string => fileURLToPath(new URL(`../../test/tls/${name}.pem`, import.meta.url));
const pair = { certFile: pem('agent.cert'), keyFile: pem('agent.key') };
const caFile = pem('authority.cert');
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hobnob-tls-'));
});
afterEach(() => rm(directory, { recursive: true }));

const none: TlsConfig = {
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
  serverName: 'n',
};
const load = (config: Partial<TlsConfig>) => loadTls({ ...none, ...config });

test('without files there is nothing to show, and nothing is asked of clients', async () => {
  const { pair: found, ca, wantsClientCertificates } = await load({ certFile: '/is/not/read' });
  expect([found, ca, wantsClientCertificates]).toEqual([undefined, undefined, false]);
});

test('both demands on clients mean the same for HTTPS', async () => {
  for (const demand of [{ verifyIncoming: true }, { verifyIncomingHttps: true }]) {
    expect((await load({ ...pair, caFile, ...demand })).wantsClientCertificates).toBe(true);
  }
});

test('a directory of authorities is read with those below it, and a file goes before it', async () => {
  await mkdir(join(directory, 'more'));
  const { ca: one } = await load({ caFile });
  await writeFile(join(directory, 'a.pem'), one ?? '');
  await writeFile(join(directory, 'more', 'b.pem'), one ?? '');
  expect((await load({ caPath: directory })).ca).toBe(`${one}${one}`);
  expect((await load({ caPath: '/none', caFile })).ca).toBe(one);
});

test.each<[Partial<TlsConfig>, string]>([
  [{ ...pair, certFile: '/none' }, 'Failed to load cert/key pair: open /none: no such file or directory'],
  [
    { ...pair, keyFile: pem('client.key') },
    'Failed to load cert/key pair: tls: private key does not match public key',
  ],
  [
    { ...pair, certFile: pair.keyFile },
    'Failed to load cert/key pair: tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched',
  ],
  [
    { ...pair, keyFile: pair.certFile },
    'Failed to load cert/key pair: tls: found a certificate rather than a key in the PEM for the private key',
  ],
  [{ caFile: '/none' }, 'Error loading from /none: open /none: no such file or directory'],
  [{ caPath: '/none' }, 'lstat /none: no such file or directory'],
  [{ caFile: pair.keyFile }, `Couldn't parse PEM in: ${pair.keyFile}`],
  [
    { minVersion: 'tls14' },
    'TLSMinVersion: value tls14 not supported, please specify one of [tls10, tls11, tls12, tls13]',
  ],
  [{ verifyIncomingHttps: true, ...pair }, 'VerifyIncoming set but no CA certificates were provided'],
  [
    { verifyIncoming: true, caFile },
    'VerifyIncoming requires either a Cert and Key pair in the configuration file, or auto_encrypt/auto_config be enabled',
  ],
])('%j is refused in the words of Consul', async (config, message) => {
  await expect(load(config)).rejects.toMatchObject({ code: 'AGENT_CONFIG', message });
});

test('a directory without authorities, and one with another file, are refused', async () => {
  await expect(load({ caPath: directory })).rejects.toThrow('Error loading from CAPath: no CAs found');
  const path = join(directory, 'notes.txt');
  await writeFile(path, 'no PEM');
  await expect(load({ caPath: directory })).rejects.toThrow(`Couldn't parse PEM in: ${path}`);
});

test('a file that never ends is refused', async () => {
  await expect(load({ caFile: '/dev/zero' })).rejects.toThrow('/dev/zero is not a regular file');
});

test('a certificate that OpenSSL cannot use is refused before a server has it', async () => {
  const bad = join(directory, 'bad.pem');
  await writeFile(bad, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  await expect(load({ ...pair, certFile: bad })).rejects.toThrow(
    'Failed to load cert/key pair: x509: malformed certificate',
  );
});
