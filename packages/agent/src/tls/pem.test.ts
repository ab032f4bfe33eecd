import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { keyPairFault } from './pem.ts';

const certificate = readFileSync(new URL('../../test/tls/agent.cert.pem', import.meta.url), 'utf8');
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const secret = { cipher: 'aes-128-cbc', passphrase: 'secret', format: 'pem' } as const;

test.each(['pkcs8', 'sec1'] as const)('a key in %s with a passphrase is named as one', (type) => {
  const key = String(privateKey.export({ ...secret, type }));
  expect(keyPairFault(certificate, key)).toBe(
    'tls: failed to parse private key: it is encrypted, and only keys without a passphrase can be used',
  );
});
