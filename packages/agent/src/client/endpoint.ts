/** Where requests go. */
export interface Endpoint {
  /** What the request URLs in errors begin with. */
  readonly base: string;
  readonly target: { readonly socketPath: string } | { readonly host: string; readonly port: number };
  readonly protocol: 'http' | 'https';
}

/** As Go dials an address without a host. */
const thisHost = '127.0.0.1';
const defaultPorts = { http: 80, https: 443 } as const;

/**
 * Reads `host:port`, `http://host:port`, `https://host:port` or `unix:///path` as Consul's client does: no host is this
 * machine, no port is that of the scheme. A path or a user, which that client would take for a part of the host name, is refused with the reason.
 */
export function parseEndpoint(address: string): Endpoint | { readonly problem: string } {
  const [, scheme, rest = ''] = /^(?:([^/:]*):\/\/)?(.*)$/s.exec(address) ?? [];
  if (scheme === 'unix') {
    return rest === ''
      ? { problem: 'there is no path' }
      : { base: address, target: { socketPath: rest }, protocol: 'http' };
  }
  const protocol = scheme ?? 'http';
  if (protocol !== 'http' && protocol !== 'https')
    return { problem: `the scheme "${scheme}" is not supported` };
  const authority = rest.replace(/\/$/, '');
  const problem = authorityProblem(authority);
  if (problem !== undefined) return { problem };
  const [, host = '', port = ''] = /^(.*?)(?::(\d*))?$/.exec(authority) ?? [];
  const number = port === '' ? defaultPorts[protocol] : Number(port);
  const text = `${protocol}://${host === '' ? thisHost : host}:${number}`;
  if (!URL.canParse(text)) return { problem: 'it is no host name' };
  const { hostname, origin } = new URL(text);
  return { base: origin, target: { host: hostname.replace(/^\[|\]$/g, ''), port: number }, protocol };
}

function authorityProblem(authority: string): string | undefined {
  if (authority === '') return 'there is no host';
  if (authority.startsWith('/')) return 'a socket is written unix:///path';
  if (/[/?#]/.test(authority)) return 'it has a path';
  if (authority.includes('@')) return 'it has a user';
  if (/[\s\\]/.test(authority)) return 'it has white space or a backslash';
  const [, brackets, host = '', port] = /^(\[[0-9a-f:.%]*\])?([^[\]]*?)(?::([^:]*))?$/i.exec(authority) ?? [];
  if (brackets === undefined && host.includes(':')) return 'an IPv6 address is written [::1]:8500';
  if (brackets !== undefined && host !== '') return 'it is no host name';
  if (port !== undefined && !/^\d*$/.test(port)) return `"${port}" is no port`;
  if (Number(port) > 65_535) return `${port} is no port: the highest is 65535`;
  return undefined;
}
