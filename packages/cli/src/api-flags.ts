import type { AgentClientOptions, ReadOptions } from '@hobnob/agent/client';
import { systemErrorText } from '@hobnob/gossip/files';
import type { FlagSpec, FlagValues } from './flag-spec.ts';

/** The flags of every command that asks a running agent. */
export const apiFlags = [
  {
    name: 'http-addr',
    kind: 'string',
    placeholder: 'address',
    section: 'api',
    description:
      'Where the agent answers: host:port, http://host:port or unix:///path. Also CONSUL_HTTP_ADDR in the environment. Default http://127.0.0.1:8500.',
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
    description: 'CA certificate for https, which this version does not speak: without effect on http.',
  },
  {
    name: 'ca-path',
    kind: 'string',
    section: 'api',
    description: 'Directory of CA certificates for https: without effect on http.',
  },
  {
    name: 'client-cert',
    kind: 'string',
    section: 'api',
    description: 'Client certificate for https: without effect on http.',
  },
  {
    name: 'client-key',
    kind: 'string',
    section: 'api',
    description: 'Key of the client certificate for https: without effect on http.',
  },
  {
    name: 'tls-server-name',
    kind: 'string',
    section: 'api',
    description: 'Server name for https: without effect on http.',
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
}

/**
 * The address and token for requests to the agent. Flags override the environment, and a token file overrides a token.
 * @throws ConnectionError when https or another scheme is asked for, or the token file cannot be read.
 */
export async function resolveConnection(
  flags: ApiFlagValues,
  { env, readText }: ConnectionSources,
): Promise<AgentClientOptions> {
  const address = given(flags['http-addr']) ?? given(env['CONSUL_HTTP_ADDR']) ?? '127.0.0.1:8500';
  checkScheme(address, env['CONSUL_HTTP_SSL']);
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
  return { address, ...(token === undefined ? {} : { token }) };
}

function checkScheme(address: string, sslSwitch: string | undefined): void {
  const [, scheme] = /^([^:]*):\/\//.exec(address) ?? [];
  const wantsTls = scheme === 'https' || (scheme !== 'unix' && /^(1|t|true)$/i.test(sslSwitch ?? ''));
  if (wantsTls) {
    throw new ConnectionError(
      `https is not supported by this version: reach ${address} over http or a unix socket`,
    );
  }
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'unix') {
    throw new ConnectionError(`Unknown protocol scheme: ${scheme}`);
  }
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
