import { X509Certificate } from 'node:crypto';
import { errorCode } from '@hobnob/gossip/files';
import { alertText, certificateNameFault } from '../tls/verify-certificate.ts';

/** Node's codes for a chain that ends at none of the authorities. */
const unknownAuthority: ReadonlySet<string> = new Set([
  'CERT_SIGNATURE_FAILURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'INVALID_CA',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Why there is no TLS with an agent, in Go's words; undefined for errors of another kind. */
export function tlsFault(error: unknown): string | undefined {
  const code = errorCode(error);
  if (!(error instanceof Error) || code === '') return undefined;
  if (unknownAuthority.has(code)) return 'x509: certificate signed by unknown authority';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return 'x509: certificate has expired or is not yet valid';
  }
  if (code === 'INVALID_PURPOSE') return 'x509: certificate specifies an incompatible key usage';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return nameFault(error) ?? error.message;
  // OpenSSL reads the answer of a server without TLS as a record of TLS.
  if (/SSL routines:.*(?:wrong version number|packet length too long)/.test(error.message)) {
    return 'http: server gave HTTP response to HTTPS client';
  }
  return alertText(error.message);
}

function nameFault(error: Error & { readonly host?: unknown; readonly cert?: unknown }): string | undefined {
  const { host, cert } = error;
  if (typeof host !== 'string' || typeof cert !== 'object' || cert === null) return undefined;
  const raw: unknown = 'raw' in cert ? cert.raw : undefined;
  return raw instanceof Uint8Array ? certificateNameFault(new X509Certificate(raw), host) : undefined;
}
