import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { messageOf } from '@hobnob/gossip/files';

/** Certificates and keys in PEM, refused with the words of Go that operators know. */

const blocks = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

/** The certificates in a text, each with its PEM; blocks that hold none are left out, as in Go. */
export function certificatesIn(pem: string): readonly X509Certificate[] {
  return [...pem.matchAll(blocks)].flatMap(([block, type]) => {
    if (type !== 'CERTIFICATE') return [];
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}

/**
 * Why a certificate and a key cannot be used together, or undefined. No sentence shows what a file holds.
 * Source: Go crypto/tls X509KeyPair.
 */
export function keyPairFault(certificatePem: string, keyPem: string): string | undefined {
  const types = blockTypes(certificatePem);
  if (!types.includes('CERTIFICATE')) return `tls: ${withoutCertificate(types)}`;
  const [leaf] = certificatesIn(certificatePem);
  if (leaf === undefined) return 'x509: malformed certificate';
  const key = readKey(keyPem);
  if (typeof key === 'string') return `tls: ${key}`;
  return leaf.checkPrivateKey(key) ? undefined : 'tls: private key does not match public key';
}

function withoutCertificate(types: readonly string[]): string {
  const [first, ...rest] = types;
  if (first === undefined) return 'failed to find any PEM data in certificate input';
  if (rest.length === 0 && first.endsWith('PRIVATE KEY')) {
    return 'failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched';
  }
  return `failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${types.join(' ')}]`;
}

function readKey(pem: string): KeyObject | string {
  const types = blockTypes(pem);
  const [first, ...rest] = types;
  if (first === undefined) return 'failed to find any PEM data in key input';
  if (!types.some((type) => type.endsWith('PRIVATE KEY'))) {
    return rest.length === 0 && first === 'CERTIFICATE'
      ? 'found a certificate rather than a key in the PEM for the private key'
      : `failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${types.join(' ')}]`;
  }
  // A file of an elliptic key may begin with the parameters of its curve.
  const [block = ''] = [...pem.matchAll(blocks)].find(([, type = '']) => type.endsWith('PRIVATE KEY')) ?? [];
  // OpenSSL would say of these that it was interrupted.
  if (/^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(block)) {
    return 'failed to parse private key: it is encrypted, and only keys without a passphrase can be used';
  }
  try {
    return createPrivateKey(block);
  } catch (error) {
    return `failed to parse private key: ${messageOf(error)}`;
  }
}

function blockTypes(pem: string): readonly string[] {
  return [...pem.matchAll(blocks)].map(([, type = '']) => type);
}
