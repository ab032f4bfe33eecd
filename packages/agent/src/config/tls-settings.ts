import { readCipherSuites } from '../tls/cipher-suites.ts';
import type { TlsConfig, TlsOptions } from '../tls/options.ts';
import type { Problems } from './problems.ts';

/** Fills in Consul's defaults. What the files hold, and the lowest version, are checked when the agent starts, as in Consul. */
export function resolveTls(
  options: TlsOptions,
  { nodeName, httpsPort }: { readonly nodeName: string; readonly httpsPort: number },
  problems: Problems,
  warnings: Problems,
): TlsConfig {
  const { certFile = '', keyFile = '', cipherSuites = '' } = options;
  const suites = readCipherSuites(cipherSuites);
  if ('problem' in suites) {
    problems.add(`tls_cipher_suites: invalid tls cipher suites: ${suites.problem}`);
  }
  const isUsable = certFile !== '' && keyFile !== '';
  if (httpsPort >= 0 && !isUsable) {
    warnings.add('HTTPS has no certificate, and no client can connect: set cert_file and key_file');
  } else if (!isUsable && certFile + keyFile !== '') {
    warnings.add('cert_file and key_file have an effect together only: one of them is not set');
  }
  return Object.freeze({
    certFile,
    keyFile,
    caFile: options.caFile ?? '',
    caPath: options.caPath ?? '',
    verifyIncoming: options.verifyIncoming ?? false,
    verifyIncomingHttps: options.verifyIncomingHttps ?? false,
    minVersion: options.minVersion || 'tls12',
    cipherSuites: 'names' in suites ? suites.names : [],
    securesChecks: options.securesChecks ?? false,
    serverName: options.serverName || nodeName,
    prefersServerCipherSuites: options.prefersServerCipherSuites ?? false,
  });
}
