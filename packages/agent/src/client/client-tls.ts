import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, createSecureContext } from 'node:tls';
import { messageOf } from '@hobnob/gossip/files';
import { systemAuthorities } from '../tls/check-tls.ts';
import { certificatesIn } from '../tls/pem.ts';
import { type PemFile, readKeyPair, readPem, readPemDirectory, TlsFileError } from '../tls/read-files.ts';
import { AgentClientError } from './client-error.ts';

/** How a client speaks TLS to an agent; of an address that is no `https://`, it has no effect. */
export interface ClientTlsOptions {
  /** The authorities that the agent's certificate may have, in PEM. Default: those that Node brings along. */
  readonly ca?: string | readonly string[];
  /** The client's certificate in PEM, for an agent that wants one; with `key`. */
  readonly cert?: string;
  /** The key of that certificate in PEM. */
  readonly key?: string;
  /** The name that the agent's certificate has to have. Default: the host of the address. */
  readonly serverName?: string;
  /** False: any certificate will do, and whoever is in between reads everything. Default true. */
  readonly rejectUnauthorized?: boolean;
}

/** Where the parts of `ClientTlsOptions` are on disk; '' and undefined mean that there is none. */
export interface ClientTlsFiles {
  readonly caFile?: string | undefined;
  /** A directory with nothing but files of authorities; has no effect beside `caFile`. */
  readonly caPath?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/**
 * What the connections of a client share.
 * @throws AgentClientError CLIENT_ARGUMENT when a certificate or key cannot be used.
 */
export function connectionTls(given: ClientTlsOptions): ConnectionOptions {
  const { ca, cert, key, serverName = '', rejectUnauthorized = true } = given;
  try {
    if ((cert === undefined) !== (key === undefined)) {
      throw new Error('both client cert and client key must be provided');
    }
    return {
      secureContext: createSecureContext({
        ...(ca === undefined ? {} : { ca: typeof ca === 'string' ? ca : [...ca] }),
        ...(cert === undefined ? {} : { cert, key }),
      }),
      rejectUnauthorized,
      ...(serverName === '' ? {} : namedServer(serverName)),
    };
  } catch (cause) {
    const message = `tls: ${messageOf(cause)}`;
    throw new AgentClientError('CLIENT_ARGUMENT', message, { method: '', url: '' }, { cause });
  }
}

/** An address is compared with the certificate too, but TLS has no place to send it. */
function namedServer(name: string): ConnectionOptions {
  return {
    servername: isIP(name) === 0 ? name : '',
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
  };
}

/**
 * Reads certificates as Consul's commands do. Without `caFile` and `caPath` the authorities of the system are trusted.
 * @throws AgentClientError CLIENT_ARGUMENT in the words of Consul 1.8.7.
 */
export async function readClientTls(files: ClientTlsFiles): Promise<ClientTlsOptions> {
  const { caFile = '', caPath = '', certFile = '', keyFile = '' } = files;
  if ((certFile === '') !== (keyFile === '')) {
    throw refusal('both client cert and client key must be provided');
  }
  const pair = certFile === '' ? {} : await words('', () => readKeyPair(certFile, keyFile));
  if (caFile !== '') {
    const text = await words('Error loading CA File: ', () => readPem(caFile));
    return { ...pair, ca: authorities([{ path: caFile, text }], 'File') };
  }
  if (caPath !== '') {
    return { ...pair, ca: authorities(await words('', () => readPemDirectory(caPath)), 'Path') };
  }
  const ca = await systemAuthorities();
  return { ...pair, ...(ca === undefined ? {} : { ca }) };
}

function authorities(files: readonly PemFile[], place: 'File' | 'Path'): readonly string[] {
  return files.flatMap(({ path, text }) => {
    const found = certificatesIn(text);
    if (found.length === 0) throw refusal(`Error loading CA ${place}: Couldn't parse PEM in: ${path}`);
    return found.map(String);
  });
}

async function words<T>(prefix: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof TlsFileError) throw refusal(`${prefix}${error.message}`, error);
    throw error;
  }
}

function refusal(message: string, cause?: unknown): AgentClientError {
  return new AgentClientError('CLIENT_ARGUMENT', message, { method: '', url: '' }, { cause });
}
