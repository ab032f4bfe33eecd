import type { AgentClientOptions, ClientTlsFiles, ClientTlsOptions, ReadOptions } from '@hobnob/agent/client';
import { systemErrorText } from '@hobnob/gossip/files';
import type { FlagSpec, FlagValues } from './flag-spec.ts';
import { parseGoBool } from './go-flags.ts';

/** The flags of every command that asks a running agent. */
export const apiFlags = [
  {
    name: 'http-addr',
    kind: 'string',
    placeholder: 'address',
    section: 'api',
    description:
      'Where the agent answers: host:port, http://host:port, https://host:port or unix:///path. Also CONSUL_HTTP_ADDR in the environment. Default http://127.0.0.1:8500, or https with CONSUL_HTTP_SSL=true.',
  },
  {
    name: 'token',
    kind: 'string',
    section: 'api',
    description: 'Token to send with the request. Also CONSUL_HTTP_TOKEN in the environment.',
  },
  {
    name: 'token-file',
    kind: 'string',
    section: 'api',
    description:
      'File that holds the token; wins over -token. Also CONSUL_HTTP_TOKEN_FILE in the environment.',
  },
  {
    name: 'ca-file',
    kind: 'string',
    section: 'api',
    description:
      'File with the authorities that the certificate of the agent may have. Also CONSUL_CACERT in the environment. Default: those of the system.',
  },
  {
    name: 'ca-path',
    kind: 'string',
    section: 'api',
    description:
      'Directory of such files, for when there is no -ca-file. Also CONSUL_CAPATH in the environment.',
  },
  {
    name: 'client-cert',
    kind: 'string',
    section: 'api',
    description:
      'File with a certificate for an agent that wants one. Also CONSUL_CLIENT_CERT in the environment.',
  },
  {
    name: 'client-key',
    kind: 'string',
    section: 'api',
    description: 'File with the key of that certificate. Also CONSUL_CLIENT_KEY in the environment.',
  },
  {
    name: 'tls-server-name',
    kind: 'string',
    section: 'api',
    description:
      'Name that the certificate of the agent must have, when it is not that of the address. Also CONSUL_TLS_SERVER_NAME in the environment.',
  },
] as const satisfies readonly FlagSpec[];

/** The flags of every command that asks for what servers have. */
export const serverFlags = [
  ...apiFlags,
  {
    name: 'datacenter',
    kind: 'string',
    section: 'api',
    description: 'Datacenter to ask. Default: that of the agent.',
  },
  {
    name: 'stale',
    kind: 'bool',
    section: 'api',
    description:
      'Lets any server answer a read, one that does not lead too. Without effect on other requests.',
  },
] as const satisfies readonly FlagSpec[];

/** The flag of commands whose records Consul Enterprise has in namespaces. */
export const namespaceFlag = {
  name: 'namespace',
  kind: 'string',
  placeholder: 'default',
  description: 'Namespace to ask. A feature of Consul Enterprise: other agents refuse it.',
} as const satisfies FlagSpec;

/** Which datacenter a command asks, and how current the answer is, as options of the client's reads. */
export function readOptionsOf(
  flags: FlagValues<readonly [...typeof serverFlags, typeof namespaceFlag]>,
): Pick<ReadOptions, 'datacenter' | 'namespace' | 'consistency'> {
  return {
    ...(flags.namespace === undefined ? {} : { namespace: flags.namespace }),
    ...(flags.datacenter === undefined ? {} : { datacenter: flags.datacenter }),
    ...(flags.stale === true ? { consistency: 'stale' } : {}),
  };
}

export type ApiFlagValues = FlagValues<typeof apiFlags>;

/** The connection that was asked for cannot be made; the message is one sentence for the user. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

export interface ConnectionSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readText: (path: string) => Promise<string>;
  /** Rejects with AgentClientError in Consul's words. */
  readonly readClientTls: (files: ClientTlsFiles) => Promise<ClientTlsOptions>;
}

/**
 * The address, certificates and token for requests to the agent. Flags override the environment, and a token file overrides
 * a token. What was to go over TLS never goes without.
 * @throws ConnectionError when another scheme is asked for, a switch in the environment is no boolean, or the token file cannot
 *   be read; what `readClientTls` throws.
 */
export async function resolveConnection(
  flags: ApiFlagValues,
  { env, readText, readClientTls }: ConnectionSources,
): Promise<AgentClientOptions> {
  const address = addressOf(
    given(flags['http-addr']) ?? given(env['CONSUL_HTTP_ADDR']) ?? '127.0.0.1:8500',
    booleanOf(env, 'CONSUL_HTTP_SSL') === true,
  );
  if (given(env['CONSUL_HTTP_AUTH']) !== undefined) {
    throw new ConnectionError(
      'CONSUL_HTTP_AUTH asks for HTTP authentication, which this version does not do',
    );
  }
  const file = given(flags['token-file']) ?? given(env['CONSUL_HTTP_TOKEN_FILE']);
  const token =
    file === undefined
      ? (given(flags.token) ?? given(env['CONSUL_HTTP_TOKEN']))
      : await tokenFrom(file, readText);
  if (token !== undefined && /[^\t\x20-\x7e\x80-\xff]/.test(token)) {
    throw new ConnectionError('the token holds characters that no HTTP header may carry');
  }
  const tls = await resolveTls(flags, address, { env, readClientTls });
  return {
    address,
    ...(token === undefined ? {} : { token }),
    ...(tls === undefined ? {} : { tls }),
  };
}

/** CONSUL_HTTP_SSL turns http into https, also where the address says http; a socket stays one. */
function addressOf(text: string, wantsTls: boolean): string {
  const [, scheme, rest = ''] = /^(?:([^:]*):\/\/)?(.*)$/s.exec(text) ?? [];
  if (scheme !== undefined && !['http', 'https', 'unix'].includes(scheme)) {
    throw new ConnectionError(`Unknown protocol scheme: ${scheme}`);
  }
  return wantsTls && scheme !== 'unix' ? `https://${rest}` : text;
}

/** Undefined for an address without TLS; files that are named are read, and wrong ones refused, nevertheless. */
async function resolveTls(
  flags: ApiFlagValues,
  address: string,
  { env, readClientTls }: Pick<ConnectionSources, 'env' | 'readClientTls'>,
): Promise<ClientTlsOptions | undefined> {
  const files = {
    caFile: given(flags['ca-file']) ?? given(env['CONSUL_CACERT']),
    caPath: given(flags['ca-path']) ?? given(env['CONSUL_CAPATH']),
    certFile: given(flags['client-cert']) ?? given(env['CONSUL_CLIENT_CERT']),
    keyFile: given(flags['client-key']) ?? given(env['CONSUL_CLIENT_KEY']),
  };
  const rejectUnauthorized = booleanOf(env, 'CONSUL_HTTP_SSL_VERIFY') !== false;
  const isTls = address.startsWith('https://');
  if (!isTls && Object.values(files).every((file) => file === undefined)) return undefined;
  const certificates = await readClientTls(files);
  if (!isTls) return undefined;
  const serverName = withoutPort(given(flags['tls-server-name']) ?? given(env['CONSUL_TLS_SERVER_NAME']));
  return { ...certificates, rejectUnauthorized, ...(serverName === undefined ? {} : { serverName }) };
}

/** As Consul reads the name: `consul.example:8501` is `consul.example`, and `[::1]:8501` is `::1`. */
function withoutPort(name: string | undefined): string | undefined {
  const [, brackets, host] = /^(?:\[(.*)\]|([^:]*)):\d*$/.exec(name ?? '') ?? [];
  return brackets ?? host ?? name;
}

/** @throws ConnectionError for a word that is no boolean: 1.8.7 would go on without what it was to switch on. */
function booleanOf(env: ConnectionSources['env'], name: string): boolean | undefined {
  const text = given(env[name]);
  if (text === undefined) return undefined;
  const value = parseGoBool(text);
  if (value === undefined)
    throw new ConnectionError(`could not parse ${name}: ${JSON.stringify(text)} is no boolean`);
  return value;
}

async function tokenFrom(path: string, readText: ConnectionSources['readText']): Promise<string> {
  let text: string;
  try {
    text = (await readText(path)).trim();
  } catch (cause) {
    throw new ConnectionError(`Error loading token file: open ${path}: ${systemErrorText(cause)}`, { cause });
  }
  if (text === '') throw new ConnectionError(`Error loading token file: ${path} is empty`);
  return text;
}

/** Go's flags and environment know no difference between empty and absent. */
function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
