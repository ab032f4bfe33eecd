import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';

/** How https connections of checks are made, beside each check's own choice to skip verification. */
export interface CheckTls {
  /** Authorities in PEM, such as `systemAuthorities` gives. Default: those that Node brings along. */
  readonly ca?: string | undefined;
  /** The agent's own TLS, where checks use it; another object after a reload. Default: they do not. */
  readonly own?: () => OwnCheckTls | undefined;
}

/** What checks use of the agent's own TLS. Source: Consul tlsutil OutgoingTLSConfigForCheck. */
export interface OwnCheckTls {
  /** Its certificate, authorities, versions and suites. */
  readonly options: SecureContextOptions;
  /** The name that the certificates of peers must have. */
  readonly peerName: string;
}

/** Makes the context that all checks share: reading a hundred authorities takes longer than a check. */
export function checkTlsContext({ ca }: Pick<CheckTls, 'ca'>, own?: OwnCheckTls): SecureContext {
  const authorities = ca === undefined ? {} : { ca };
  if (own !== undefined) return createSecureContext({ ...authorities, ...own.options });
  return createSecureContext({
    ...authorities,
    // Go 1.15 clients still accept TLS 1.0: a check of an old service must not turn critical when its agent changes.
    minVersion: 'TLSv1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
}

/** Where systems keep the authorities that they trust. Source: Go crypto/x509 root_linux.go, root_bsd.go. */
const authorityFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * The authorities in PEM that the system trusts, as Consul does; Node trusts those that it brings along. Undefined when
 * no file is where Go looks for one.
 * @param files looked for in this order; `SSL_CERT_FILE` of the environment comes first in Go.
 */
export async function systemAuthorities(
  files: readonly string[] = authorityFiles,
): Promise<string | undefined> {
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text?.includes('-----BEGIN CERTIFICATE-----')) return text;
  }
  return undefined;
}
