import { constants } from 'node:crypto';
import { createSecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls';
import { messageOf } from '@hobnob/gossip/files';
import { AgentError } from '../errors.ts';
import type { OwnCheckTls } from './check-tls.ts';
import { cipherList } from './cipher-suites.ts';
import type { TlsConfig } from './options.ts';
import { certificatesIn } from './pem.ts';
import {
  type KeyPair,
  type PemFile,
  readKeyPair,
  readPem,
  readPemDirectory,
  TlsFileError,
} from './read-files.ts';

/** What the files of a configuration hold, and how the HTTPS API uses it. */
export interface LoadedTls {
  /** Undefined when no certificate and key are configured: every handshake fails then. */
  readonly pair: KeyPair | undefined;
  /** The authorities in PEM; undefined when none are configured. */
  readonly ca: string | undefined;
  /** For a server; OpenSSL has taken it. */
  readonly context: SecureContextOptions;
  /** What checks use of it; undefined when they do not. */
  readonly forChecks: OwnCheckTls | undefined;
  /** Whether clients of the HTTPS API must show a certificate of one of the authorities. */
  readonly wantsClientCertificates: boolean;
}

/**
 * Reads the files and checks what they hold, and what verification needs, in Consul's order.
 * @throws AgentError AGENT_CONFIG with Consul's sentence; what a file holds is in none.
 * Source: Consul tlsutil Configurator.Update.
 */
export async function loadTls(config: TlsConfig): Promise<LoadedTls> {
  const pair = await loadPair(config);
  const ca = await loadAuthorities(config);
  const minVersion = versions.get(config.minVersion);
  if (minVersion === undefined) {
    throw refusal(
      `TLSMinVersion: value ${config.minVersion} not supported, please specify one of [${[...versions.keys()].join(', ')}]`,
    );
  }
  const { verifyIncoming, verifyIncomingHttps } = config;
  const wantsClientCertificates = verifyIncoming || verifyIncomingHttps;
  if (wantsClientCertificates && ca === undefined) {
    throw refusal('VerifyIncoming set but no CA certificates were provided');
  }
  if (wantsClientCertificates && pair === undefined) {
    throw refusal(
      'VerifyIncoming requires either a Cert and Key pair in the configuration file, or auto_encrypt/auto_config be enabled',
    );
  }
  const isOld = minVersion === 'TLSv1' || minVersion === 'TLSv1.1';
  const context: SecureContextOptions = {
    ...pair,
    ...(ca === undefined ? {} : { ca }),
    minVersion,
    maxVersion: 'TLSv1.3',
    ciphers: cipherList(config.cipherSuites, isOld ? 0 : 1),
    // As Go: a negotiation costs the server far more than the client.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    honorCipherOrder: config.prefersServerCipherSuites,
  };
  try {
    createSecureContext(context);
  } catch (cause) {
    throw refusal(`the certificate, key or cipher suites of TLS cannot be used: ${messageOf(cause)}`, cause);
  }
  const forChecks = config.securesChecks ? { options: context, peerName: config.serverName } : undefined;
  return { pair, ca, context, forChecks, wantsClientCertificates };
}

/** `tls_min_version`, in the order in which Consul lists them. */
const versions: ReadonlyMap<string, SecureVersion> = new Map([
  ['tls10', 'TLSv1'],
  ['tls11', 'TLSv1.1'],
  ['tls12', 'TLSv1.2'],
  ['tls13', 'TLSv1.3'],
]);

async function loadPair({ certFile, keyFile }: TlsConfig): Promise<KeyPair | undefined> {
  if (certFile === '' || keyFile === '') return undefined;
  try {
    return await readKeyPair(certFile, keyFile);
  } catch (error) {
    throw refusal(`Failed to load cert/key pair: ${fileFault(error)}`, error);
  }
}

async function loadAuthorities({ caFile, caPath }: TlsConfig): Promise<string | undefined> {
  const files: PemFile[] = [];
  if (caFile !== '') {
    try {
      files.push({ path: caFile, text: await readPem(caFile) });
    } catch (error) {
      throw refusal(`Error loading from ${caFile}: ${fileFault(error)}`, error);
    }
  } else if (caPath !== '') {
    try {
      files.push(...(await readPemDirectory(caPath)));
    } catch (error) {
      throw refusal(fileFault(error), error);
    }
    if (files.length === 0) throw refusal('Error loading from CAPath: no CAs found');
  }
  const certificates = files.flatMap(({ path, text }) => {
    const found = certificatesIn(text);
    // Consul shows the file itself here, which may be a key.
    if (found.length === 0) throw refusal(`Couldn't parse PEM in: ${path}`);
    return found;
  });
  return certificates.length === 0 ? undefined : certificates.map(String).join('');
}

function fileFault(error: unknown): string {
  if (error instanceof TlsFileError) return error.message;
  throw error;
}

function refusal(sentence: string, cause?: unknown): AgentError {
  return new AgentError('AGENT_CONFIG', sentence, { problems: [sentence], cause });
}
